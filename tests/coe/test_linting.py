"""The linter's rules on single sentences, and what holds for every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coe.linting import RULES, Document, Names, Person, lint
from coe.linting.reading import prose_of

ALICE = Person("Alice Moreau", "alice@example.com", "the on-call engineer", is_near=True)
FAR = Person("Carol Osei", "carol.osei@example.com", "a colleague")
WORDY = Person("Will Turner", "will@example.com", "a responder", is_near=True)
DIRECTORY = Names((ALICE, FAR, WORDY), ("Acme", "Big Bank plc"))


def found(rule, content):
    return [finding for finding in lint(content, DIRECTORY) if finding.rule == rule]


def in_text(rule, text, key="summary"):
    return [finding.words for finding in found(rule, {"sections": {key: text}})]


def event(number, minute, anchor="", text="Graphs were looked at"):
    return {
        "id": number,
        "at": f"2026-11-16T{14 + minute // 60}:{minute % 60:02}:00+00:00",
        "text": text,
        "anchor": anchor,
    }


@pytest.mark.parametrize(
    ("rule", "text", "words"),
    [
        ("personal-name", "Then Alice Moreau rolled it back.", "Alice Moreau"),
        ("personal-name", "Alice's change was found.", "Alice"),
        ("personal-name", "Ask carol.osei@example.com about it.", "carol.osei@example.com"),
        ("personal-name", "Thanks @alice for the fix.", "@alice"),
        ("customer-name", "Orders of Acme were lost.", "Acme"),
        ("person-pronoun", "The engineer said that he saw it.", "he"),
        ("blame", "The cause was human error.", "human error"),
        ("counterfactual", "We should have tested it.", "We should have tested"),
        ("counterfactual", "The engineer failed to check the graph.", "engineer failed to check"),
        ("counterfactual", "It could have been avoided.", "could have been avoided"),
        ("counterfactual", "I could have asked first.", "I could have asked"),
        ("counterfactual", "The human wiping caches should have asked.", "human wiping caches should have asked"),
        ("counterfactual", "Then Otto forgot that bots were filtered.", "Otto forgot that"),
        ("counterfactual", "We didn't test the restore.", "We didn't test"),
        ("blame", "We wrongly assumed a limit.", "We wrongly assumed"),
        ("blame", "The change was poorly planned.", "poorly planned"),
        ("hidden-actor", "The upgrade was rolled back.", "was rolled back"),
        ("hidden-actor", "In the end it was decided to wait.", "was decided"),
        ("action-asks-care", "- We should be more careful on Fridays", "We should be more careful"),
        ("vague-quantity", "A small percentage of builds failed.", "A small percentage of builds"),
        ("zone-missing", "At the time, 14:05, nobody looked.", "14:05"),
        ("hidden-actor", "The table was accidentally deleted.", "was accidentally deleted"),
        ("vague-quantity", "Many users were affected.", "Many users"),
        ("estimate-unmarked", "It hit 10,000 customers.", "10,000 customers"),
        ("zone-missing", "It began at 14:05 and ended at 15:00.", "14:05"),
        ("template-text", "The number is TBD.", "TBD"),
    ],
)
def test_a_rule_finds_the_exact_words(rule, text, words):
    assert in_text(rule, text) == [words]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("personal-name", "It will turn; Will it hold? The carol was sung, Osei is a town."),
        ("personal-name", "See [the change](https://git.example.com/alice/) and `alice@example.com`."),
        ("personal-name", "> Alice Moreau wrote this\n\nShe said “Alice was here”."),
        ("customer-name", "The acme of skill; see acme-proxy and Acme.io."),
        ("blame", "A check prevents human error."),
        ("blame", "The parser wrongly assumed a limit, and it made a mistake."),
        ("counterfactual", "They could have read the token. We should have an alarm, we could not have known."),
        ("hidden-actor", "When the patch was reverted, the pod was deleted. No problem was spotted."),
        ("action-asks-care", "The team was very careful. Nodes will be aware of it."),
        ("vague-quantity", "- 20:10 some jobs failed again"),
        ("zone-missing", "It began at 7:09 AM Eastern, or 16:09 Denver time."),
        ("counterfactual", "The pods failed to start, and the alarm should have a threshold."),
        ("hidden-actor", "It was merged by the pipeline. The alert was triggered."),
        ("vague-quantity", "Many users, 312 of 500, were affected."),
        ("estimate-unmarked", "It hit about 10,000 customers; the limit is 500 requests."),
        ("zone-missing", "It began at 14:05 UTC. It took 1:30 hours."),
        ("zone-missing", "All times are Europe/Paris. It began at 14:05."),
        ("template-text", "See [your account](https://example.com) and the `TODO` list."),
    ],
)
def test_a_rule_keeps_quiet_where_nothing_is_wrong(rule, text):
    assert in_text(rule, text) == []


def test_a_name_is_offered_as_the_role_and_capitalised_where_a_sentence_begins():
    text = "Alice Moreau saw it. Later Alice mended it."

    offers = [finding.offer for finding in found("personal-name", {"sections": {"summary": text}})]

    assert offers == ["The on-call engineer", "the on-call engineer"]


def test_a_first_name_of_somebody_who_had_no_part_is_let_be():
    assert in_text("personal-name", "Carol of another team helped.") == []


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        ("title-empty", "  "),
        ("title-says-nothing", "Incident on 2020-02-12"),
        ("title-says-nothing", "EventLogging"),
        ("title-names-cause", "Expired certificate on the gateway"),
    ],
)
def test_a_title_says_the_impact(rule, title):
    assert found(rule, {"title": title})
    assert not found(
        rule, {"title": "38 % of card checkouts were declined for 27 minutes due to an expired certificate"}
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("impact-without-number", "Customers could see the wrong price from 14:02 to 14:29 UTC."),
        ("impact-without-unit", "Affected were 512, from 14:02 to 14:29 UTC."),
        ("impact-without-period", "512 customers saw the wrong price."),
    ],
)
def test_an_impact_has_a_number_a_unit_and_a_period(rule, text):
    assert found(rule, {"sections": {"impact": text}})
    assert not found(rule, {"sections": {"impact": "512 customers saw the wrong price for 27 minutes."}})


def test_the_period_may_stand_in_the_header():
    times = {"impact_started_at": "2026-11-16T14:02:00+00:00", "impact_ended_at": "2026-11-16T14:29:00+00:00"}

    assert not found("impact-without-period", {"sections": {"impact": "512 customers."}, **times})


def test_anchors_that_cannot_be_in_this_order_are_told():
    content = {"timeline": [event(1, 0, "mitigated"), event(2, 5, "impact_started"), event(3, 6, "detected")]}

    assert {finding.place for finding in found("anchor-order", content)} == {"event-1"}
    assert not found("anchor-missing", content)


def test_a_gap_is_a_question_scaled_to_the_length():
    short = {"timeline": [event(1, 0, "detected"), event(2, 20), event(3, 45, "mitigated")]}
    long = {"timeline": [event(1, 0, "detected"), event(2, 50), event(3, 60, "mitigated")]}

    assert not found("timeline-gap", short)
    assert [finding.message for finding in found("timeline-gap", long)] == [
        "What happened in the 50 min before this line?"
    ]


def test_a_timeline_starts_before_somebody_noticed():
    content = {"timeline": [event(1, 0, "detected"), event(2, 5)]}

    assert found("starts-at-page", content)
    assert not found("starts-at-page", {"timeline": [event(9, 0, "impact_started"), *content["timeline"]]})


def cause(number, text, *children, reason=""):
    return {"id": number, "text": text, "no_action_because": reason, "children": list(children)}


def test_no_branch_of_the_causes_ends_at_a_human():
    slip = cause(2, "The engineer ran the wrong command")

    assert found("cause-human", {"causes": [cause(1, "The table was gone", slip)]})
    assert not found("cause-human", {"causes": [cause(1, slip["text"], cause(2, "Nothing asks before it deletes"))]})
    linked = {"causes": [slip, cause(3, "Nothing asks before it deletes")], "links": [{"cause": 3, "effect": 2}]}
    assert not found("cause-human", linked)


def test_each_last_cause_is_corrected_or_says_why_not():
    actions = [{"id": 1, "title": "Ask before deleting", "corrects": [1]}]
    causes = [cause(1, "Nothing asks"), cause(2, "Disks are slow", reason="Bought already"), cause(3, "No alarm")]

    assert [one.place for one in found("cause-uncorrected", {"causes": causes, "actions": actions})] == ["cause-3"]


@pytest.mark.parametrize("title", ["Investigate the timeouts", "Better monitoring", "We should look into retries"])
def test_an_action_begins_with_a_verb_that_has_an_end(title):
    assert found("action-vague", {"actions": [{"id": 1, "title": title}]})


@pytest.mark.parametrize(
    "title", ["Improve the timeout from 30 s to 2 s", "Investigate and fix the leak", "Alert at 80 %"]
)
def test_a_concrete_action_is_let_be(title):
    assert not found("action-vague", {"actions": [{"id": 1, "title": title}]})


def test_an_action_that_relies_on_memory_is_told():
    assert found("action-asks-care", {"actions": [{"id": 1, "title": "Double-check the region before deleting"}]})


def test_what_the_template_asks_is_no_text():
    prompt = "Who was affected, how many, from when to when?"
    form = [{"key": "impact", "title": "Impact", "prompt": prompt, "kind": "text", "is_required": True}]

    assert [one.words for one in found("template-text", {"form": form, "sections": {"impact": prompt}})] == [prompt]
    assert found("section-empty", {"form": form, "sections": {"impact": " \n"}})


def test_a_question_is_answered_or_waived():
    form = [{"key": "detection", "title": "Detection", "kind": "text", "is_question": True}]

    assert found("question-open", {"form": form, "sections": {}})
    assert not found("question-open", {"form": form, "sections": {}, "waived": {"detection": "A near miss"}})


def test_a_point_that_went_badly_leads_to_an_action():
    content = {
        "sections": {"went_badly": "- The runbook was wrong\n- Failover took an hour"},
        "actions": [{"id": 1, "title": "Correct the runbook of the gateway"}],
    }

    assert [one.words for one in found("badly-without-action", content)] == ["Failover took an hour"]


def test_more_than_six_pages_are_told_and_code_does_not_count():
    assert found("too-long", {"sections": {"summary": "word " * 3100}})
    assert not found("too-long", {"sections": {"summary": "```\n" + "word " * 3100 + "\n```"}})


def test_a_fingerprint_survives_edits_elsewhere_and_dies_with_its_words():
    before = found("blame", {"sections": {"summary": "It was human error."}})[0]
    moved = found("blame", {"sections": {"summary": "Much was written before. It was  Human error."}})[0]
    gone = found("blame", {"sections": {"summary": "It was operator error."}})[0]

    assert before.fingerprint == moved.fingerprint != gone.fingerprint


def test_every_rule_says_why_with_a_source_and_how_to_mend_it():
    assert not [
        rule.id for rule in RULES.values() if not (rule.why and rule.source and rule.mend and rule.look.__doc__)
    ]


texts = st.text(max_size=300) | st.lists(
    st.sampled_from(
        ["Alice ", "we should have ", "`", "```\n", "> ", "“", "”", '"', "[a](", ")", "<!-- ", "14:05 ", "TBD ", "- ",
         "\n", "\r\n", "human error ", "was merged ", "many users ", "10,000 users ", "😀", "|", "he ", "\ud800"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(texts, texts, texts)
def test_offsets_always_lie_in_the_text_and_nothing_is_raised(title, section, row):
    content = {
        "title": title,
        "sections": {"summary": section, "impact": section, "went_badly": section},
        "timeline": [event(1, 0, "detected", row), {"id": 2, "at": row, "text": row}],
        "causes": [cause(1, row)],
        "actions": [{"id": 1, "title": row, "corrects": []}],
    }
    document = Document(content)

    for finding in lint(content, DIRECTORY):
        if finding.start is not None:
            text = document.text_at(finding.place)
            assert 0 <= finding.start < finding.end <= len(text)
            assert text[finding.start : finding.end] == finding.words


@given(texts)
def test_prose_is_as_long_as_the_text(text):
    assert len(prose_of(text)) == len(text)

"""What makes an approver judge again, and what does not."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coe import materiality

IMPACT = "38 % of card checkouts were declined for 27 minutes. The refunds were sent on the same day by the bank."
OLD = {
    "title": "38 % of card checkouts were declined for 27 minutes",
    "severity": 2,
    "impact_started_at": "2026-11-16T14:02:00+00:00",
    "impact_ended_at": "2026-11-16T14:29:00+00:00",
    "no_actions_because": "",
    "services": [{"slug": "payments", "name": "payments"}],
    "sections": {"impact": IMPACT, "lucky": ""},
    "waived": {},
    "form": [{"key": "impact", "title": "Customer impact"}, {"key": "lucky", "title": "Where we were lucky"}],
    "timeline": [
        {"id": 1, "at": "2026-11-16T14:02:00+00:00", "text": "Deployed", "anchor": "trigger", "is_starred": False}
    ],
    "causes": [{"id": 1, "text": "The pool was shared", "kind": "trigger", "join": "or", "children": []}],
    "links": [],
    "actions": [
        {
            "id": 1, "title": "Split the pool", "exit_test": "A drill passes", "owner": {"id": 1, "name": "Alice"},
            "due_on": "2026-12-16", "priority": "high", "kind": "prevent", "corrects": [], "tracker_url": "",
        }
    ],
    "graphs": [],
    "checklist": [],
}  # fmt: skip
WORDS = st.lists(st.sampled_from(["pool", "slow", "not", "27", "issuer", "was", "the", "."]), max_size=30).map(" ".join)


def changed(**facts):
    return materiality.changes(OLD, {**copy.deepcopy(OLD), **facts})


def impact(text):
    return changed(sections={"impact": text, "lucky": ""})


def action(**facts):
    return changed(actions=[{**OLD["actions"][0], **facts}])


@pytest.mark.parametrize(
    "found",
    [
        changed(severity=1),
        changed(impact_ended_at="2026-11-16T15:29:00+00:00"),
        changed(services=[]),
        changed(title="Card checkouts were declined for 40 minutes"),
        impact(IMPACT.replace("27", "28")),
        impact(IMPACT.replace("were sent", "were not sent")),
        impact(IMPACT + " Two large customers wrote to their account managers."),
        changed(waived={"lucky": "No luck in it"}),
        changed(timeline=[{**OLD["timeline"][0], "at": "2026-11-16T14:03:00+00:00"}]),
        changed(timeline=[{**OLD["timeline"][0], "anchor": ""}]),
        changed(causes=[]),
        changed(causes=[{**OLD["causes"][0], "kind": "contributing"}]),
        changed(causes=[{**OLD["causes"][0], "text": "Nobody had ever drilled what a slow issuer does to all others"}]),
        changed(actions=[]),
        action(due_on="2027-01-16"),
        action(owner=None),
        action(owner={"id": 2, "name": "Bob"}),
        action(exit_test="Somebody of the team has looked at the dashboard for a week"),
    ],
)
def test_claims_and_promises_are_material(found):
    assert found


@pytest.mark.parametrize(
    "found",
    [
        changed(checklist=["title"], tags=["pool"], owner={"id": 9, "name": "Zoe"}),
        impact(IMPACT.replace("declined", "decilned")),
        impact(IMPACT.upper().replace(" ", "  ") + "\n"),
        impact(
            "The refunds were sent on the same day by the bank.\n\n38 % of card checkouts were declined for 27 minutes."
        ),
        impact(IMPACT.replace("the bank", "[the bank](https://bank.example/2026/17)")),
        impact(IMPACT.replace("sent on the", "**sent** on the very")),
        changed(timeline=[{**OLD["timeline"][0], "is_starred": True, "source": "GitHub"}]),
        action(tracker_url="https://tracker.example/17"),
        action(title="Split the pools"),
    ],
)
def test_manners_and_typing_errors_are_not_material(found):
    assert not found


def test_many_small_changes_are_summed_from_what_was_approved():
    text = IMPACT
    for word, other in (("refunds", "credits"), ("sent", "made"), ("same", "next"), ("bank", "issuer")):
        text = text.replace(word, other)
        assert not impact(text)

    assert impact(text.replace("day by", "week through"))


def test_each_change_says_its_place():
    assert [change.place for change in changed(severity=1, sections={"impact": "", "lucky": "x"})] == [
        "header",
        "impact",
    ]


def test_revisions_of_the_first_shape_are_compared_too():
    first = {key: value for key, value in OLD.items() if key not in {"form", "waived", "links", "graphs"}}

    assert not materiality.changes(first, {**OLD, "graphs": []})


@given(old=WORDS, new=WORDS)
def test_it_is_the_same_both_ways_and_never_about_nothing(old, new):
    assert not materiality.is_material(old, old)
    assert materiality.is_material(old, new) == materiality.is_material(new, old)


def test_long_texts_take_no_time():
    old = " ".join(f"word{number}" for number in range(20_000))
    new = " ".join(f"other{number}" for number in range(20_000))

    assert materiality.is_material(old, new)

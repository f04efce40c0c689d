"""Templates as rows: versions that never change, drafts that move on, questions that are waived, the checklist."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from coe import documents, drafting, editing, templating
from coe.models import COE, Section
from coe.template import BUILT_IN, ChecklistItem, Demands, Form, Kind, Role, SectionForm, from_json
from coe.template_differences import differences
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe.writers import LATER, finished_incident
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
PARTS = tuple(one for one in BUILT_IN.sections if one.kind is not Kind.TEXT)
WITHOUT_METRICS = replace(BUILT_IN, sections=tuple(one for one in BUILT_IN.sections if one.key != "metrics"))
line = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip)
texts = st.lists(
    st.builds(SectionForm, st.from_regex(r"t[a-z0-9_]{0,20}", fullmatch=True), line, line, line,
              is_required=st.booleans(), is_question=st.booleans()),
    min_size=1, max_size=8, unique_by=lambda one: one.key,
).map(lambda some: [one for one in some if one.key != "timeline"] or [SectionForm("text", "Text")])  # fmt: skip
items = st.lists(
    st.builds(ChecklistItem, st.from_regex(r"[a-z][a-z0-9_]{0,29}", fullmatch=True), line,
              st.sampled_from(["review", "publication"]), st.sets(st.integers(1, 5)).map(sorted).map(tuple)),
    max_size=8, unique_by=lambda one: one.key,
)  # fmt: skip
demands = st.dictionaries(
    st.integers(1, 5),
    st.builds(Demands, st.booleans(), st.integers(1, 8760), st.integers(1, 365), st.integers(1, 90),
              st.sets(st.sampled_from(Role), min_size=1).map(tuple)),
)  # fmt: skip
BAD = {
    "no sections": {"sections": []},
    "no object": {"sections": ["summary"]},
    "sections of nothing": {},
    "a key twice": {"sections": [*BUILT_IN.to_json()["sections"], {"key": "summary", "title": "Again"}]},
    "a key in capitals": {"sections": [*BUILT_IN.to_json()["sections"], {"key": "Summary", "title": "Again"}]},
    "a key that is a number": {"sections": [*BUILT_IN.to_json()["sections"], {"key": 7, "title": "Again"}]},
    "no heading": {"sections": [*BUILT_IN.to_json()["sections"], {"key": "more", "title": " "}]},
    "a heading that is none": {"sections": [*BUILT_IN.to_json()["sections"], {"key": "more", "title": None}]},
    "an unknown kind": {"sections": [{"key": "a", "title": "A", "kind": "video"}]},
    "an unknown fact": {"sections": [{"key": "a", "title": "A", "colour": "red"}]},
    "a part twice": {"sections": [*BUILT_IN.to_json()["sections"], {"key": "c2", "title": "C", "kind": "causes"}]},
    "too long a prompt": {"sections": [{"key": "m", "title": "M", "prompt": "x" * 1001}]},
    "too many sections": {"sections": [{"key": f"s{n}", "title": "S"} for n in range(41)]},
    "an item of no time": BUILT_IN.to_json() | {"checklist": [{"key": "a", "text": "A", "before": "lunch"}]},
    "an item of no severity": BUILT_IN.to_json() | {"checklist": [{"key": "a", "text": "A", "severities": [9]}]},
    "an item that says nothing": BUILT_IN.to_json() | {"checklist": [{"key": "a", "text": ""}]},
    "no approval": BUILT_IN.to_json() | {"demands": {"1": {"approvals": []}}},
    "an unknown role": BUILT_IN.to_json() | {"demands": {"1": {"approvals": ["king"]}}},
    "no time to draft": BUILT_IN.to_json() | {"demands": {"1": {"draft_hours": 0, "approvals": ["peer"]}}},
    "time as words": BUILT_IN.to_json() | {"demands": {"1": {"draft_hours": "soon", "approvals": ["peer"]}}},
    "a sixth severity": BUILT_IN.to_json() | {"demands": {"6": {"approvals": ["peer"]}}},
    "a severity in words": BUILT_IN.to_json() | {"demands": {"one": {"approvals": ["peer"]}}},
}  # fmt: skip


@given(texts, items, demands)
def test_every_template_comes_back_from_json_as_it_was(texts, items, demands):
    form = Form((*texts, *PARTS), tuple(items), demands)

    assert from_json(form.to_json()) == form


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_no_template_is_refused_in_one_sentence(bad):
    with pytest.raises(ValueError, match=r"\.$"):
        from_json(bad)


def test_the_first_change_makes_rows_of_the_built_in_form():
    made = templating.adopt(make.dora(), MONDAY)

    assert made.is_default
    assert made.current.form == BUILT_IN
    assert templating.adopt(make.dora(), MONDAY) == made


def test_only_administrators_change_templates():
    with pytest.raises(NotAllowed):
        templating.adopt(make.alice(), MONDAY)


def test_a_change_is_a_new_version_and_none_is_none():
    made = templating.adopt(make.dora(), MONDAY)

    assert templating.save_version(made, BUILT_IN, make.dora(), MONDAY).number == 1
    assert templating.save_version(made, WITHOUT_METRICS, make.dora(), MONDAY).number == 2
    with pytest.raises(Conflict):
        templating.save_version(made, BUILT_IN, make.dora(), MONDAY, seen=1)


def test_a_name_is_taken_once():
    templating.create("Near miss", BUILT_IN, make.dora(), MONDAY)

    with pytest.raises(ValidationError) as refusal:
        templating.create("Near miss", BUILT_IN, make.dora(), MONDAY)
    assert "name" in refusal.value.message_dict


def test_the_default_template_is_not_archived():
    made = templating.adopt(make.dora(), MONDAY)
    other = templating.copy(made, "Near miss", make.dora(), MONDAY)

    with pytest.raises(Conflict):
        templating.archive(made, make.dora(), MONDAY)
    templating.make_default(other, make.dora(), MONDAY)
    templating.archive(made, make.dora(), MONDAY)
    assert templating.offered() == [other]


def test_a_draft_keeps_its_version_until_it_moves_on_and_loses_nothing():
    made = templating.adopt(make.dora(), MONDAY)
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    editing.save_section(coe, "metrics", "See the board.", 0, by=make.alice(), now=LATER)
    more = SectionForm("security", "Security", "Was data touched?")
    newer = replace(WITHOUT_METRICS, sections=(*WITHOUT_METRICS.sections, more))
    templating.save_version(made, newer, make.dora(), LATER)
    coe = COE.objects.get(pk=coe.pk)
    assert "security" not in coe.form.forms

    templating.move_on(coe, make.alice(), LATER)

    coe = COE.objects.get(pk=coe.pk)
    assert list(coe.form.forms)[-2:] == ["security", "metrics"]
    assert coe.form.forms["metrics"].title == "Metrics"
    assert documents.content_of(coe)["sections"]["metrics"] == "See the board."
    assert templating.newer_for(coe) is None


def test_a_section_that_stays_at_the_end_can_still_be_written():
    made = templating.adopt(make.dora(), MONDAY)
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    editing.save_section(coe, "metrics", "See the board.", 0, by=make.alice(), now=LATER)
    templating.save_version(made, WITHOUT_METRICS, make.dora(), LATER)
    templating.move_on(coe, make.alice(), LATER)

    editing.save_section(coe, "metrics", "", 1, by=make.alice(), now=LATER)

    assert Section.objects.get(coe=coe, key="metrics").text == ""


def test_a_question_is_waived_with_a_reason_and_stands_in_the_document():
    coe = make.coe()
    templating.waive(coe, "detection", "A customer told us", make.alice(), LATER)

    assert documents.content_of(coe)["waived"] == {"detection": "A customer told us"}
    assert "detection" not in documents.unanswered(documents.content_of(coe))
    with pytest.raises(KeyError):
        templating.waive(coe, "summary", "No time", make.alice(), LATER)


def test_the_checklist_asks_by_severity_and_by_step():
    grave, light = make.coe(severity=1), make.coe(severity=3)
    editing.tick(light, {"title"}, by=make.alice(), now=LATER)

    assert {"told", "title"} <= {item.key for item in templating.unticked(grave)}
    assert {"told", "title"}.isdisjoint(item.key for item in templating.unticked(light))


def test_two_versions_are_told_apart_in_sentences():
    found = differences(BUILT_IN, replace(WITHOUT_METRICS, demands={**BUILT_IN.demands, 3: Demands(is_owed=True)}))

    assert [(one.kind, one.what) for one in found] == [("removed", "Section “Metrics”"), ("changed", "SEV 3")]
    assert differences(BUILT_IN, BUILT_IN) == []

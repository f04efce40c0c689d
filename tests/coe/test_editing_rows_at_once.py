"""Two people change the same line, cause, action item or header: nothing is overwritten unseen, both are shown."""

import re

import pytest

from coe import editing, templating
from tests import make
from tests.coe.writers import LATER, drafted, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return drafted()


@pytest.fixture
def alice():
    return signed_in(make.alice())


def by_bob():
    make.team("Payments", make.bob())
    return {"by": make.bob(), "now": LATER}


def test_a_line_saved_on_an_older_state_shows_both_and_saves_the_second_time(coe, alice):
    line = editing.add_event(coe, LATER, "Opened", by=make.alice(), now=LATER)
    editing.change_event(coe, line.pk, LATER, "Bob's", base=0, **by_bob())
    address = f"/coes/{coe.pk}/edit/timeline/{line.pk}/"
    typed = {"at": "2026-11-16T17:00", "text": "Alice's", "anchor": "", "base": "0"}

    answer = alice.post(address, typed, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "saved is: at" in answer.text
    assert "“Bob&#x27;s”" in answer.text
    assert "Alice&#x27;s</textarea>" in answer.text
    line.refresh_from_db()
    assert (line.text, line.edits) == ("Bob's", 1)
    assert alice.post(address, {**typed, "base": "1"}, headers={"HX-Request": "true"}).status_code == 200


def test_what_saves_itself_is_told_that_it_was_overtaken(coe, alice):
    cause = editing.add_cause(coe, "Why", "trigger", by=make.alice(), now=LATER)
    editing.change_cause(coe, cause.pk, "Bob's", "trigger", base=0, **by_bob())

    typed = {"text": "Alice's", "kind": "trigger", "base": "0"}
    answer = alice.post(f"/coes/{coe.pk}/edit/causes/{cause.pk}/", typed, headers={"X-Autosave": "1"})

    assert answer.status_code == 409
    cause.refresh_from_db()
    assert cause.text == "Bob's"


def test_what_saves_itself_goes_on_from_its_own_save(coe, alice):
    action = editing.add_action(coe, title="Give each issuer a pool", by=make.alice(), now=LATER)
    typed = {"title": "One", "priority": "high", "kind": "prevent", "base": "0"}
    address = f"/coes/{coe.pk}/edit/actions/{action.pk}/"

    first = alice.post(address, typed, headers={"X-Autosave": "1"}).json()
    second = alice.post(address, {**typed, "title": "Two", **first["fields"]}, headers={"X-Autosave": "1"})

    assert second.json() == {"fields": {"base": "2"}}


def test_a_graph_saved_on_an_older_state_shows_both_and_saves_the_second_time(coe, alice):
    facts = {"title": "Declines", "kind": "link", "url": "https://graphs.example/1"}
    graph = editing.add_graph(coe, by=make.alice(), now=LATER, **facts)
    editing.change_graph(coe, graph.pk, base=0, **{**facts, "title": "Bob's"}, **by_bob())
    address, typed = f"/coes/{coe.pk}/edit/graphs/{graph.pk}/", {**facts, "title": "Alice's", "base": "0"}

    answer = alice.post(address, typed, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "saved is: title “Bob&#x27;s”" in answer.text
    assert 'name="base" value="1"' in answer.text
    assert coe.graphs.get().title == "Bob's"
    assert alice.post(address, {**typed, "base": "1"}, headers={"HX-Request": "true"}).status_code == 200
    assert coe.graphs.get().title == "Alice's"


def test_ticks_that_another_made_meanwhile_stay(coe, alice):
    seen = re.search(r'name="seen" value="([^"]*)"', alice.get(f"/coes/{coe.pk}/edit/").text)[1]
    editing.tick(coe, {"title", "measured"}, seen=(), **by_bob())
    address, saves_itself = f"/coes/{coe.pk}/edit/checklist/", {"X-Autosave": "1"}

    first = alice.post(address, {"items": ["names"], "seen": seen}, headers=saves_itself).json()
    assert set(coe.checked_items.values_list("key", flat=True)) == {"title", "measured", "names"}
    alice.post(address, {"items": [], **first["fields"]}, headers=saves_itself)

    assert set(coe.checked_items.values_list("key", flat=True)) == {"title", "measured"}


def test_a_header_saved_on_an_older_state_is_refused(coe):
    editing.save_header(coe, title="Bob's", base=0, **by_bob())

    with pytest.raises(editing.RowConflict, match="title “Bob's”"):
        editing.save_header(coe, title="Alice's", base=0, by=make.alice(), now=LATER)
    coe.refresh_from_db()
    assert (coe.title, coe.header_edits) == ("Bob's", 1)


def test_the_same_change_by_both_is_no_conflict(coe):
    editing.save_header(coe, severity=1, base=0, **by_bob())

    editing.save_header(coe, severity=1, base=0, by=make.alice(), now=LATER)


def test_a_reason_for_no_correction_given_meanwhile_is_shown_beside_the_own(coe, alice):
    address, typed = f"/coes/{coe.pk}/edit/actions/none/", {"no_actions_because": "Alice's", "base": ""}
    editing.save_no_actions(coe, "Bob's", **by_bob())

    answer = alice.post(address, typed, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "because “Bob&#x27;s”" in answer.text
    assert 'value="Alice&#x27;s"' in answer.text
    coe.refresh_from_db()
    assert coe.no_actions_because == "Bob's"
    assert alice.post(address, {**typed, "base": "Bob's"}, headers={"HX-Request": "true"}).status_code == 200


def test_a_reason_that_saves_itself_goes_on_from_its_own_save(coe, alice):
    address, headers = f"/coes/{coe.pk}/edit/actions/none/", {"X-Autosave": "1"}
    first = alice.post(address, {"no_actions_because": "One", "base": ""}, headers=headers).json()["fields"]

    assert first == {"base": "One"}
    assert alice.post(address, {"no_actions_because": "Two", **first}, headers=headers).status_code == 200
    assert alice.post(address, {"no_actions_because": "Three", "base": ""}, headers=headers).status_code == 409


def test_why_nothing_corrects_a_cause_is_shown_beside_the_own_when_another_said_it(coe, alice):
    cause = editing.add_cause(coe, "Why", "trigger", by=make.alice(), now=LATER)
    editing.set_no_action(coe, cause.pk, "Bob's", **by_bob())
    address = f"/coes/{coe.pk}/edit/causes/{cause.pk}/no-action/"

    answer = alice.post(address, {"no_action_because": "Alice's", "base": ""}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "“Bob&#x27;s”" in answer.text
    assert 'value="Alice&#x27;s"' in answer.text
    cause.refresh_from_db()
    assert cause.no_action_because == "Bob's"


def test_why_a_question_is_waived_is_shown_beside_the_own_when_another_said_it(coe, alice):
    key = next(form.key for form in coe.form.texts if form.is_question)
    templating.waive(coe, key, "Bob's", base="", **by_bob())
    address, typed = f"/coes/{coe.pk}/edit/sections/{key}/waive/", {"because": "Alice's", "base": ""}

    answer = alice.post(address, typed)

    assert answer.status_code == 422
    assert "“Bob&#x27;s”" in answer.text
    assert "Alice&#x27;s</textarea>" in answer.text
    assert coe.sections.get(key=key).waived_because == "Bob's"
    assert alice.post(address, typed, headers={"X-Autosave": "1"}).status_code == 409
    assert alice.post(address, {**typed, "base": "Bob's"}).status_code == 303

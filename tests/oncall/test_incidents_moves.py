"""Acknowledge, mitigate, resolve, escalate, trigger again, severity, note: by a form, by htmx, and too late."""

from datetime import timedelta

import pytest

from oncall.models import Incident
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def incident():
    return make.incident()


@pytest.fixture
def press(client, alice, incident):
    """Alice presses a button; the answer, and the incident as it is afterwards."""
    client.force_login(alice)

    def press(verb, headers=None, **sent):
        answer = client.post(f"/incidents/{incident.pk}/{verb}/", sent, headers=headers)
        incident.refresh_from_db()
        return answer

    return press


@pytest.mark.parametrize(
    ("verb", "state"), [("acknowledge", "acknowledged"), ("mitigate", "mitigated"), ("resolve", "resolved")]
)
def test_a_press_moves_the_incident_and_leads_back_to_it(press, incident, verb, state):
    answer = press(verb)

    assert (answer.status_code, answer.url) == (303, incident.get_absolute_url())
    assert incident.state == state
    assert incident.timeline.get(kind=state).actor.name == "Alice Moreau"


def test_htmx_gets_the_screen_instead_of_a_redirect(press):
    answer = press("acknowledge", HTMX)

    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith("<div")
    assert "Alice Moreau has it" in answer.content.decode()
    assert "toast" in answer["HX-Trigger"]


def test_nothing_changes_on_get(client, alice, incident):
    client.force_login(alice)

    assert client.get(f"/incidents/{incident.pk}/resolve/").status_code == 405
    incident.refresh_from_db()
    assert incident.state == "triggered"


def test_a_stranger_moves_nothing(client, incident):
    answer = client.post(f"/incidents/{incident.pk}/resolve/")

    assert answer.status_code == 302
    incident.refresh_from_db()
    assert incident.state == "triggered"


def test_whoever_is_too_late_learns_who_was_faster_and_when(press, incident):
    incident.acknowledge(by=make.bob(), at=MONDAY)

    answer = press("acknowledge")

    assert answer.status_code == 409
    assert "it was acknowledged by Bob Kimani at 14:02:00 UTC" in answer.content.decode()


def test_htmx_too_late_gets_the_sentence_and_the_screen_as_it_is_now(press, incident):
    incident.resolve(by=make.bob(), at=MONDAY)

    answer = press("mitigate", HTMX)
    text = answer.content.decode()

    assert answer.status_code == 409
    assert "it was resolved by Bob Kimani" in text
    assert "Trigger again" in text
    assert "<html" not in text


def test_escalating_owes_a_page_now_and_takes_the_incident_from_whoever_has_it(press, incident):
    incident.acknowledge(by=make.bob(), at=MONDAY)

    press("escalate")

    assert incident.state == "triggered"
    assert incident.page_after is not None


def test_triggered_again_starts_paging_from_the_first_step(press, incident):
    incident.resolve(by=make.bob(), at=MONDAY)

    press("trigger-again")

    assert (incident.state, incident.step, incident.cycle) == ("triggered", 0, 2)
    assert incident.page_after is not None


def test_a_raised_severity_starts_paging(press, incident):
    Incident.objects.update(severity=4, page_after=None)

    press("severity", severity="1")

    assert incident.severity == 1
    assert incident.page_after is not None


@pytest.mark.parametrize("level", ["0", "6", "high", ""])
def test_a_severity_that_does_not_exist_changes_nothing(press, incident, level):
    answer = press("severity", severity=level)

    assert answer.status_code == 422
    assert "SEV 1 to SEV 5" in answer.content.decode()
    assert incident.severity == 2


def test_a_note_stands_on_the_timeline_with_its_writer(press, incident):
    press("note", text="Rolled eu-west-1 back")

    entry = incident.timeline.get(kind="note")
    assert (entry.text, entry.actor.name, entry.source) == ("Rolled eu-west-1 back", "Alice Moreau", "screen")


def test_an_empty_note_is_refused_at_its_field(press, incident):
    answer = press("note", HTMX, text="  ")

    assert answer.status_code == 422
    assert "A note needs words." in answer.content.decode()
    assert not incident.timeline.exists()


def test_a_note_that_is_too_long_is_kept_in_its_box(press, incident):
    answer = press("note", text="long " * 3000)

    assert answer.status_code == 422
    assert "long long long" in answer.content.decode()
    assert not incident.timeline.exists()


def test_a_nul_byte_in_a_note_is_refused(press):
    assert press("note", text="a\x00b").status_code == 422


def test_the_next_step_never_takes_the_place_of_the_one_just_pressed(press, incident):
    """A second click of a double click must not mitigate what the first one acknowledged."""
    text = press("acknowledge", HTMX).content.decode()

    assert text.index('id="moved-acknowledge"') < text.index('id="move-mitigate"')


def test_an_incident_resolved_at_once_was_never_acknowledged(press, incident):
    text = press("resolve", HTMX).content.decode()

    assert "Acknowledged</span>" not in text
    assert incident.resolved_at - MONDAY > timedelta(0)

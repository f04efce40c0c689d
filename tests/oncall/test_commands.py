"""What people write back to a page, and what comes of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall import paging
from oncall.answering import answer_text, person_at
from oncall.commands import Command, Unclear, read
from oncall.models import Incident
from tests import make
from tests.make import MONDAY


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("ack", Command("acknowledge")),
        ("  ACK 12 ", Command("acknowledge", 12)),
        ("Ack INC-12", Command("acknowledge", 12)),
        ("resolve #7", Command("resolve", 7)),
        ("esc", Command("escalate")),
        ("snooze", Command("snooze", minutes=30)),
        ("snooze 45", Command("snooze", minutes=45)),
        ("snooze 12 45", Command("snooze", 12, minutes=45)),
        ("snooze inc-12 45", Command("snooze", 12, minutes=45)),
        ("add Bob@Example.com", Command("add", person="bob@example.com")),
        ("assign 12 bob@example.com", Command("reassign", 12, person="bob@example.com")),
        ("status", Command("status")),
    ],
)
def test_a_command_is_read_as_it_is_meant(text, command):
    assert read(text) == command


@pytest.mark.parametrize("text", ["", "   ", "hello", "12", "snooze 0", "snooze 99999", "add", "assign 12"])
def test_what_is_unclear_is_answered_with_what_can_be_written(text):
    with pytest.raises(Unclear, match=r"Write|lasts"):
        read(text)


@given(st.text(max_size=300))
def test_whatever_is_written_is_a_command_or_unclear(text):
    try:
        minutes = read(text).minutes
    except Unclear:
        return
    assert 1 <= minutes <= 24 * 60


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def incident(alice):
    made = make.incident(of=make.service(escalation_policy=make.policy(alice)))
    paging.open_due(now=MONDAY)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "state", "kind"),
    [
        ("ack", "acknowledged", "acknowledged"),
        ("resolve", "resolved", "resolved"),
        ("escalate", "triggered", "escalated"),
        ("snooze 10", "acknowledged", "snoozed"),
        ("assign bob@example.com", "triggered", "reassigned"),
        ("add bob@example.com", "triggered", "responder"),
    ],
)
def test_each_command_does_what_it_says_and_the_timeline_says_who_and_how(incident, alice, text, state, kind):
    make.bob()

    answer_text(alice, text, now=MONDAY, source="sms")

    entry = incident.timeline.get(kind=kind)
    assert (Incident.objects.get(pk=incident.pk).state, entry.actor, entry.source) == (state, alice, "sms")


@pytest.mark.django_db
def test_a_command_without_number_means_the_last_page_that_is_not_over(incident, alice):
    other = make.incident("Later", of=incident.service, at=MONDAY + timedelta(minutes=1))
    paging.open_due(now=MONDAY + timedelta(minutes=1))

    answer_text(alice, "resolve", now=MONDAY, source="sms")
    answer_text(alice, "ack", now=MONDAY, source="sms")

    states = dict(Incident.objects.values_list("pk", "state"))
    assert states == {other.pk: "resolved", incident.pk: "acknowledged"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ack 999999", "There is no INC-999999"),
        ("add nobody@example.com", "Nobody here has the address"),
        ("hello", "Write ACK"),
    ],
)
def test_what_cannot_be_done_is_said(incident, alice, text, words):
    assert words in answer_text(alice, text, now=MONDAY, source="sms")


@pytest.mark.django_db
def test_a_second_acknowledgement_says_who_was_faster(incident, alice):
    answer_text(alice, "ack", now=MONDAY, source="sms")

    assert "it was acknowledged by Alice Moreau" in answer_text(alice, f"ack {incident.pk}", now=MONDAY, source="sms")
    assert incident.timeline.filter(kind="acknowledged").count() == 1


@pytest.mark.django_db
def test_an_address_names_its_person_only_when_it_is_proven_and_theirs_alone(alice):
    assert person_at("email", "alice@example.com") == alice
    unproven = make.contact(make.bob(), address="shared@example.com", verified=False)
    assert person_at("email", "shared@example.com") is None
    unproven.verified_at = MONDAY
    unproven.save()
    make.contact(alice, address="shared@example.com")
    assert person_at("email", "shared@example.com") is None


@pytest.mark.django_db
def test_the_status_names_what_is_open_and_no_more_than_five(incident, alice):
    for number in range(7):
        make.incident(f"More {number}", of=incident.service)
    paging.open_due(now=MONDAY)

    assert len(answer_text(alice, "status", now=MONDAY, source="sms").splitlines()) == 6

"""The auditor finds each broken invariant, once, and ends what was put right."""

from datetime import timedelta

import pytest

from oncall import auditing
from oncall.models import Attempt, Heartbeat, Incident, Page, Signal, Violation
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(minutes=5)


def audit(now=LATER):
    return [finding.invariant for finding in auditing.audit(auditing.CHECKS, now)]


def attempt(**facts):
    incident = make.incident(page_after=None, exhausted_at=MONDAY)
    page = Page.objects.create(
        incident=incident, user=make.alice(), cycle=1, round=0, step=0, reason="a test", opened_at=MONDAY
    )
    facts = {"send_after": LATER, **facts}
    return Attempt.objects.create(page=page, channel="email", address="alice@example.com", **facts)


def test_an_empty_installation_is_sound():
    assert audit() == []


def test_an_accepted_signal_without_an_alert_is_found():
    Signal.objects.create(dialect="alertmanager", received_at=MONDAY, body=b"{}")
    assert audit() == [1]


def test_a_refused_signal_owes_no_alert():
    Signal.objects.create(dialect="alertmanager", received_at=MONDAY, body=b"{", state="refused", reason="no JSON")
    assert audit() == []


def test_a_triggered_incident_that_pages_nobody_is_found():
    make.incident(page_after=None)
    assert audit() == [2]


def test_an_overdue_page_is_found():
    make.incident(page_after=MONDAY)
    assert audit() == [3]


def test_an_overdue_attempt_is_found():
    attempt(send_after=MONDAY)
    assert audit() == [3]


def test_a_lease_without_a_sender_is_found():
    attempt(state="sending", leased_until=MONDAY)
    assert audit() == [4]


def test_a_violation_is_recorded_once_and_ended_when_put_right():
    make.incident(page_after=None)
    audit()
    audit(LATER + timedelta(minutes=1))
    assert Violation.objects.filter(ended_at=None).count() == 1

    Incident.objects.update(page_after=LATER + timedelta(minutes=2))
    audit(LATER + timedelta(minutes=2))
    assert not Violation.objects.filter(ended_at=None).exists()


def test_a_check_that_fails_is_a_finding_and_the_others_are_made():
    def broken(now):
        raise RuntimeError("no such table")

    make.incident(page_after=None)
    findings = auditing.audit((broken, *auditing.CHECKS), LATER)

    assert [finding.invariant for finding in findings] == [0, 2]
    assert Heartbeat.objects.is_fresh("audit", LATER, timedelta(seconds=1))


def test_a_sign_of_life_from_before_the_clock_was_put_back_is_none():
    Heartbeat.objects.beat("tick", LATER + timedelta(hours=1))
    assert not Heartbeat.objects.is_fresh("tick", LATER, timedelta(seconds=30))

    Heartbeat.objects.beat("tick", LATER)
    assert Heartbeat.objects.is_fresh("tick", LATER, timedelta(seconds=30))

"""The auditor finds each broken invariant in one run, once, and ends what was put right."""

from datetime import timedelta

import pytest

from oncall import auditing, holding, paging, responding
from oncall.models import (
    Alert,
    AlertEvent,
    Attempt,
    Heartbeat,
    Incident,
    Page,
    Responder,
    Signal,
    Violation,
)
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = MONDAY + 5 * MINUTE


def audit(now=LATER):
    return [(finding.invariant, finding.subject.split()[0]) for finding in auditing.audit(auditing.CHECKS, now)]


def attempt(incident=None, **facts):
    incident = incident or make.incident(page_after=None, state="acknowledged")
    page = Page.objects.create(
        incident=incident, user=make.alice(), cycle=1, round=0, step=0, reason="a test", opened_at=MONDAY
    )
    facts = {"send_after": LATER, **facts}
    return Attempt.objects.create(page=page, channel="email", address="alice@example.com", **facts)


def signal(**facts):
    return Signal.objects.create(**{"dialect": "alertmanager", "received_at": MONDAY, "body": b"{}", **facts})


def alert(**facts):
    door, _ = make.integration()
    about = {"integration": door, "service": make.service(), "dedup_key": "declines", "title": "Declines"}
    return Alert.objects.create(started_at=MONDAY, opened_at=MONDAY, last_signal_at=MONDAY, **about, **facts)


def responder(incident, **facts):
    Responder.objects.create(incident=incident, user=make.bob(), added_at=MONDAY, **facts)


# Each plants one violation by hand.
PLANTED = {
    "a signal without an alert": ((1, "signal"), signal),
    "an event that says what broke, of no alert": (
        (1, "signal"),
        lambda: AlertEvent.objects.create(signal=signal(), action="trigger", at=MONDAY),
    ),
    "an open alert without an incident": ((1, "alert"), alert),
    "a refused signal that says no reason": ((1, "signal"), lambda: signal(state="refused")),
    "an unrouted signal that says no reason": ((1, "signal"), lambda: signal(state="unrouted", dialect="github")),
    "a triggered incident without a time to page": ((2, "INC"), lambda: make.incident(page_after=None)),
    "an incident that waits for a hold there is not": (
        (2, "INC"),
        lambda: make.incident(page_after=LATER + 60 * MINUTE),
    ),
    "a snooze that ends and wakes nobody": (
        (2, "INC"),
        lambda: make.incident(state="triggered", page_after=LATER, pages_made=1, snoozed_until=LATER + MINUTE),
    ),
    "an exhausted incident that reached nobody": (
        (2, "INC"),
        lambda: attempt(make.incident(page_after=None, exhausted_at=MONDAY), state="failed"),
    ),
    "an exhausted incident of whose attempt nobody knows": (
        (2, "INC"),
        lambda: attempt(make.incident(page_after=None, exhausted_at=MONDAY), state="uncertain"),
    ),
    "an exhausted incident that reached somebody in an earlier cycle only": (
        (2, "INC"),
        lambda: attempt(make.incident(page_after=None, exhausted_at=MONDAY, cycle=2), state="sent"),
    ),
    "an overdue page": ((3, "INC"), lambda: make.incident(page_after=MONDAY)),
    "an overdue attempt": ((3, "attempt"), lambda: attempt(send_after=MONDAY)),
    "an attempt that is being sent for ever": (
        (3, "attempt"),
        lambda: attempt(send_after=MONDAY - 20 * MINUTE, state="sending", leased_until=LATER),
    ),
    "somebody asked for by name and not paged": (
        (3, "responder"),
        lambda: responder(make.incident(state="acknowledged"), page_after=MONDAY),
    ),
    "a snooze that is over": (
        (3, "snooze"),
        lambda: make.incident(state="acknowledged", snoozed_until=LATER - 2 * MINUTE),
    ),
    "a lease without a sender": ((4, "attempt"), lambda: attempt(state="sending", leased_until=MONDAY)),
    "a lease from before the clock was put back": (
        (4, "attempt"),
        lambda: attempt(state="sending", leased_until=LATER + 60 * MINUTE),
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_one_run_reports_what_was_planted_and_nothing_else(planted):
    (invariant, subject), plant = PLANTED[planted]
    plant()

    assert [(number, name.partition("-")[0]) for number, name in audit()] == [(invariant, subject)]


def test_a_snooze_that_is_long_over_is_late_and_wakes_nobody():
    make.incident(state="acknowledged", snoozed_until=LATER - 6 * MINUTE)

    assert sorted(number for number, _ in audit()) == [2, 3]


def test_an_empty_installation_is_sound():
    assert audit() == []


def test_a_refused_signal_with_its_reason_owes_no_alert():
    signal(state="refused", reason="no JSON")
    assert audit() == []


def test_what_is_younger_than_its_grace_may_still_be_on_its_way():
    signal(received_at=LATER - MINUTE / 2)
    make.incident(at=LATER, page_after=LATER - MINUTE / 2)
    attempt(send_after=LATER - MINUTE / 2)
    assert audit() == []


def busy():
    """An installation in the middle of everything, moved there by the verbs of the product."""
    alice = make.alice()
    service = make.service(escalation_policy=make.policy(alice, make.bob(), delay=5))
    held = make.service("ledger", escalation_policy=make.policy(alice))
    holding.schedule_maintenance(held, (MONDAY, LATER + 60 * MINUTE), reason="upgrade", by=alice, now=MONDAY)
    make.incident("new", of=service)
    make.incident("held", of=held)
    make.incident("mild", of=service, severity=5, page_after=None)
    make.incident("taken", of=service).acknowledge(by=alice, at=MONDAY)
    make.incident("later", of=service).snooze(LATER + 60 * MINUTE, by=alice, at=MONDAY)
    make.incident("over", of=service).resolve(by=alice, at=MONDAY)
    asked = make.incident("helped", of=service)
    responding.add_responder(asked, make.bob(), by=alice, now=MONDAY)
    asked.acknowledge(by=alice, at=MONDAY)
    make.dora()
    make.incident("nobody answers", of=make.service("carts", escalation_policy=make.policy(alice, delay=1)))


def test_a_busy_installation_is_sound_every_half_minute_of_two_hours(mailoutbox):
    busy()

    for half in range(1, 240, 7):
        now = MONDAY + half * MINUTE / 2
        paging.tick(now, at_once=1)
        assert audit(now + MINUTE / 2) == [], now

    assert Incident.objects.filter(exhausted_at__isnull=False).exists()


def test_a_violation_is_recorded_once_and_ended_when_put_right():
    make.incident(page_after=None)
    audit()
    audit(LATER + MINUTE)
    assert Violation.objects.open().grave().count() == 1

    Incident.objects.update(page_after=LATER + 2 * MINUTE, ignores_holds=True)
    audit(LATER + 2 * MINUTE)
    assert not Violation.objects.open().exists()


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


def test_the_auditor_asks_few_questions(django_assert_max_num_queries):
    busy()
    paging.tick(LATER, at_once=1)
    with django_assert_max_num_queries(46):
        audit()

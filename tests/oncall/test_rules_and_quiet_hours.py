"""Who is told by which contact method when: rules by urgency, quiet hours, the next way when one fails."""

from datetime import time, timedelta

import pytest

from oncall import delivering, paging
from oncall.channels.message import DeliveryFailed
from oncall.models import Attempt
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def alice():
    return make.alice()


def rule(person, method, after, urgency="high"):
    return person.notification_rules.create(contact_method=method, urgency=urgency, after_minutes=after)


def incident_of(person, severity=2, at=MONDAY):
    return make.incident(of=make.service(escalation_policy=make.policy(person, make.bob())), severity=severity, at=at)


def told(person):
    rows = Attempt.objects.filter(page__user=person).order_by("send_after", "pk")
    return [(row.address, (row.send_after - MONDAY) // MINUTE) for row in rows]


def test_rules_say_when_each_method_is_used(alice):
    mail, other = alice.contact_methods.get(), make.contact(alice, address="alice@elsewhere.example")
    rule(alice, other, 0)
    rule(alice, mail, 3)
    rule(alice, other, 4)
    incident_of(alice)

    paging.open_due(now=MONDAY)

    assert told(alice) == [
        ("alice@elsewhere.example", 0), ("alice@example.com", 3), ("alice@elsewhere.example", 4)
    ]  # fmt: skip


def test_without_rules_for_an_urgency_every_verified_method_is_used_at_once(alice):
    make.contact(alice, address="alice@elsewhere.example")
    make.contact(alice, address="unproven@elsewhere.example", verified=False)
    rule(alice, alice.contact_methods.first(), 0, urgency="low")
    incident_of(alice)

    paging.open_due(now=MONDAY)

    assert sorted(told(alice)) == [("alice@elsewhere.example", 0), ("alice@example.com", 0)]


def test_a_rule_whose_method_is_not_verified_does_not_silence_its_person(alice):
    rule(alice, make.contact(alice, address="unproven@elsewhere.example", verified=False), 0)
    incident_of(alice)

    paging.open_due(now=MONDAY)

    assert told(alice) == [("alice@example.com", 0)]


def test_whoever_acknowledged_is_not_told_by_the_later_rules(alice, mailoutbox):
    rule(alice, alice.contact_methods.get(), 0)
    rule(alice, make.contact(alice, address="alice@elsewhere.example"), 3)
    incident = incident_of(alice)
    paging.tick(now=MONDAY)
    incident.refresh_from_db()
    incident.acknowledge(by=alice, at=MONDAY + MINUTE)

    paging.tick(now=MONDAY + 4 * MINUTE)

    assert [mail.to for mail in mailoutbox] == [["alice@example.com"]]


def test_the_delay_of_a_step_begins_when_its_person_is_told(alice):
    rule(alice, alice.contact_methods.get(), 10)
    incident = incident_of(alice)

    paging.open_due(now=MONDAY)

    incident.refresh_from_db()
    assert incident.page_after == MONDAY + 15 * MINUTE


def test_a_method_that_fails_for_good_brings_the_next_rule_forward(alice):
    rule(alice, alice.contact_methods.get(), 0)
    rule(alice, make.contact(alice, address="alice@elsewhere.example"), 30)
    incident_of(alice)
    paging.open_due(now=MONDAY)
    first = Attempt.objects.get(address="alice@example.com")
    Attempt.objects.filter(pk=first.pk).update(state="sending", leased_until=MONDAY + MINUTE)
    first = Attempt.objects.select_related("page__user", "contact_method", "page__responder").get(pk=first.pk)

    delivering._fail(first, DeliveryFailed("refused", is_permanent=True), MONDAY + MINUTE)

    assert told(alice) == [("alice@example.com", 0), ("alice@elsewhere.example", 1)]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [(2, 0), (3, 958)],  # 15:02 in Paris on Monday; quiet until 07:00 on Tuesday is 15 h 58 min away
)
def test_what_is_not_urgent_waits_for_the_end_of_quiet_hours(alice, severity, expected):
    alice.quiet_from, alice.quiet_until = time(14), time(7)
    alice.save()
    incident = incident_of(alice, severity=severity)

    paging.open_due(now=MONDAY)

    incident.refresh_from_db()
    assert told(alice) == [("alice@example.com", expected)]
    assert incident.page_after == MONDAY + (expected + 5) * MINUTE


def test_what_becomes_urgent_does_not_wait_for_the_end_of_quiet_hours(alice, mailoutbox):
    alice.quiet_from, alice.quiet_until = time(14), time(7)
    alice.save()
    incident = incident_of(alice, severity=3)
    paging.tick(now=MONDAY)

    incident.change_severity(1, by=None, at=MONDAY + MINUTE)
    paging.tick(now=MONDAY + MINUTE)

    assert [mail.to for mail in mailoutbox] == [["alice@example.com"]]
    incident.acknowledge(by=alice, at=MONDAY + 2 * MINUTE)
    paging.tick(now=MONDAY + 958 * MINUTE)
    assert len(mailoutbox) == 1


def test_what_becomes_urgent_is_not_told_again_where_nobody_waits(alice, mailoutbox):
    incident = incident_of(alice, severity=3)
    paging.tick(now=MONDAY)

    incident.change_severity(1, by=None, at=MONDAY + MINUTE)
    paging.tick(now=MONDAY + MINUTE)

    assert len(mailoutbox) == 1
    assert (incident.cycle, incident.page_after) == (1, MONDAY + 5 * MINUTE)


def test_quiet_hours_that_are_over_keep_nobody_back(alice):
    alice.quiet_from, alice.quiet_until = time(22), time(7)
    alice.save()
    incident_of(alice, severity=3)

    paging.open_due(now=MONDAY)

    assert told(alice) == [("alice@example.com", 0)]


def test_a_receipt_of_failure_takes_the_next_way_at_once(alice, mailoutbox):
    make.contact(alice, address="alice@elsewhere.example")
    rule(alice, alice.contact_methods.first(), 0)
    incident_of(alice)
    paging.tick(now=MONDAY)
    sent = Attempt.objects.get()

    assert delivering.take_receipt(str(sent.key), "failed", "undelivered", MONDAY + MINUTE, "30005")
    paging.tick(now=MONDAY + MINUTE)

    assert [mail.to[0] for mail in mailoutbox] == ["alice@example.com", "alice@elsewhere.example"]
    sent.refresh_from_db()
    assert (sent.state, sent.receipts.get().said) == ("failed", "undelivered")


def test_a_late_failure_never_undoes_a_delivery(alice, mailoutbox):
    incident_of(alice)
    paging.tick(now=MONDAY)
    key = str(Attempt.objects.get().key)

    delivering.take_receipt(key, "delivered", "delivered", MONDAY + MINUTE)
    delivering.take_receipt(key, "failed", "undelivered", MONDAY + 2 * MINUTE)

    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.delivered_at) == ("delivered", MONDAY + MINUTE)
    assert attempt.receipts.count() == 2


@pytest.mark.parametrize("key", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_receipt_for_nothing_of_ours_changes_nothing(key):
    assert not delivering.take_receipt(key, "delivered", "delivered", MONDAY)

"""Maintenance and mutes: what machines trigger waits, what people want does not, and nothing is lost."""

from datetime import timedelta

import pytest

from oncall import auditing, holding, paging, responding
from oncall.exceptions import Conflict
from oncall.models import Alert
from tests import make
from tests.make import MONDAY
from tests.oncall.test_receiving import alert, post

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def incident(alice):
    return make.incident(of=make.service(escalation_policy=make.policy(alice)))


def maintain(service, hours=1, starts_at=MONDAY):
    return holding.schedule_maintenance(
        service, (starts_at, starts_at + hours * HOUR), reason="New disks", by=make.alice(), now=MONDAY
    )


def alert_of(incident, key="disk-full"):
    door, _ = make.integration(of=incident.service)
    return Alert.objects.create(
        integration=door, service=incident.service, incident=incident, dedup_key=key, title="Disk full",
        started_at=MONDAY, opened_at=MONDAY, last_signal_at=MONDAY,
    )  # fmt: skip


def is_paged(incident):
    return incident.pages.exists()


def test_during_maintenance_nobody_is_paged_and_afterwards_somebody_is(incident):
    maintain(incident.service)
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    assert not is_paged(incident)
    assert incident.page_after == MONDAY + HOUR
    assert "maintenance: New disks" in incident.timeline.get(kind="held").text

    paging.open_due(now=MONDAY + HOUR)

    assert is_paged(incident)


def test_what_is_held_violates_no_invariant(incident):
    maintain(incident.service)
    paging.open_due(now=MONDAY)

    assert auditing.audit(auditing.CHECKS, MONDAY + timedelta(minutes=5)) == []


def test_maintenance_of_another_service_or_hour_keeps_nobody_back(incident):
    maintain(make.service("ledger"))
    maintain(incident.service, starts_at=MONDAY + 5 * HOUR)

    paging.open_due(now=MONDAY)

    assert is_paged(incident)


def test_what_was_paged_before_maintenance_began_goes_on(incident):
    paging.open_due(now=MONDAY)
    maintain(incident.service)
    type(incident).objects.update(page_after=MONDAY)

    paging.open_due(now=MONDAY)

    assert incident.pages.count() == 1
    assert incident.timeline.filter(text__contains="policy is at its end").exists()


@pytest.mark.parametrize("act", ["declare", "escalate", "trigger_again"])
def test_what_a_person_wants_is_paged_in_spite_of_maintenance(incident, alice, act):
    maintain(incident.service)
    if act == "declare":
        type(incident).objects.update(declared_by=alice)
    elif act == "escalate":
        incident.escalate(by=alice, at=MONDAY)
    else:
        incident.resolve(by=alice, at=MONDAY)
        incident.trigger_again(by=alice, at=MONDAY)

    paging.open_due(now=MONDAY)

    assert is_paged(incident)


def test_maintenance_that_ends_early_lets_pages_go_at_once(incident, alice):
    running = maintain(incident.service)
    paging.open_due(now=MONDAY)

    holding.end(running, by=alice, now=MONDAY + timedelta(minutes=10))
    paging.open_due(now=MONDAY + timedelta(minutes=10))

    assert is_paged(incident)


def test_maintenance_that_ends_early_pages_although_somebody_was_asked_by_name(incident, alice):
    running = maintain(incident.service)
    paging.open_due(now=MONDAY)
    responding.add_responder(incident, make.bob(), by=alice, now=MONDAY)
    paging.open_due(now=MONDAY)

    holding.end(running, by=alice, now=MONDAY + timedelta(minutes=10))
    paging.open_due(now=MONDAY + timedelta(minutes=10))

    assert incident.pages.filter(user=alice).exists()


def test_the_end_of_maintenance_does_not_hurry_whoever_was_given_the_incident(incident, alice):
    running = maintain(incident.service)
    paging.open_due(now=MONDAY)
    responding.reassign(incident, make.bob(), by=alice, now=MONDAY)

    holding.end(running, by=alice, now=MONDAY + timedelta(minutes=1))
    paging.open_due(now=MONDAY + timedelta(minutes=1))

    assert [page.user.name for page in incident.pages.all()] == ["Bob Kimani"]


def test_a_muted_alert_pages_nobody_until_the_mute_expires(incident, alice):
    holding.mute(alert_of(incident), MONDAY + HOUR, reason="Known", by=alice, now=MONDAY)
    paging.open_due(now=MONDAY)
    assert not is_paged(incident)

    paging.open_due(now=MONDAY + HOUR)

    assert is_paged(incident)


def test_an_alert_beside_the_muted_one_pages(incident, alice):
    holding.mute(alert_of(incident), MONDAY + HOUR, reason="Known", by=alice, now=MONDAY)
    alert_of(incident, "disk-gone")

    paging.open_due(now=MONDAY)

    assert is_paged(incident)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [(2, 1, "end after it starts"), (-3, -1, "over already"), (0, 24 * 40, "30 days")],
)
def test_a_hold_that_makes_no_sense_is_refused(incident, alice, start, end, words):
    span = (MONDAY + start * HOUR, MONDAY + end * HOUR)
    with pytest.raises(Conflict, match=words):
        holding.schedule_maintenance(incident.service, span, reason="x", by=alice, now=MONDAY)


def test_a_hold_is_ended_once(incident, alice):
    running = maintain(incident.service)
    holding.end(running, by=alice, now=MONDAY + timedelta(minutes=1))

    with pytest.raises(Conflict, match="over already"):
        holding.end(running, by=alice, now=MONDAY + timedelta(minutes=2))


def test_an_alert_that_joins_what_a_mute_holds_pages_at_once(incident, alice):
    muted = alert_of(incident)
    type(muted).objects.update(group_key="disks")
    holding.mute(muted, MONDAY + HOUR, reason="Known", by=alice, now=MONDAY)
    paging.open_due(now=MONDAY)

    post(muted.integration, alert("disk-gone"), group="disks")
    paging.open_due(now=MONDAY)

    assert incident.alerts.count() == 2
    assert is_paged(incident)


def test_what_a_person_makes_worse_is_held_no_longer(incident, alice):
    maintain(incident.service)
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()

    incident.change_severity(1, by=alice, at=MONDAY)
    paging.open_due(now=MONDAY)

    assert is_paged(incident)

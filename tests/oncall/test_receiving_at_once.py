"""Signals that arrive in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from oncall.models import Alert, AlertEvent, Incident, Signal
from tests import make
from tests.oncall.test_receiving import alert, enqueue, post

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs):
    """Run all jobs from threads that start together; returns what they returned."""
    gate = Barrier(len(jobs))

    def run(job):
        gate.wait()
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def test_the_same_alert_twenty_times_at_once_is_one_alert_and_one_incident():
    door, _ = make.integration("alertmanager")

    answers = at_once([lambda: post(door, alert())] * 20)

    assert {answer.status for answer in answers} == {200}
    assert Incident.objects.count() == 1
    assert Alert.objects.get().signal_count == 20
    assert Signal.objects.count() == AlertEvent.objects.count() == 20


def test_twenty_alerts_of_one_group_at_once_are_one_incident():
    door, _ = make.integration("alertmanager")

    at_once([lambda number=number: post(door, alert(f"A{number}"), group="g") for number in range(20)])

    assert Incident.objects.count() == 1
    assert Incident.objects.get().alerts.count() == 20


def test_the_same_alerts_in_two_orders_and_groups_wait_for_each_other_without_a_deadlock():
    door, _ = make.integration("alertmanager")
    alerts = [alert(f"A{number}") for number in range(30)]

    answers = at_once([lambda: post(door, *alerts, group="g"), lambda: post(door, *reversed(alerts), group="h")] * 5)

    assert {answer.status for answer in answers} == {200}
    assert Alert.objects.count() == 30
    assert Incident.objects.count() == 1


def test_triggers_and_resolves_at_once_leave_nothing_half_done():
    door, _ = make.integration("pagerduty")

    at_once([lambda action=action: enqueue(door, action) for action in ("trigger", "resolve", "acknowledge") * 6])

    for incident in Incident.objects.all():
        assert incident.alerts.open().exists() == (incident.state != "resolved")
    assert Signal.objects.count() == AlertEvent.objects.count() == 18


def test_an_alert_that_comes_while_a_person_resolves_is_never_lost_in_a_resolved_incident():
    door, _ = make.integration("alertmanager")
    alice = make.alice()
    post(door, alert("A"), group="g")
    incident = Incident.objects.get()

    at_once([lambda: incident.resolve(by=alice), lambda: post(door, alert("B"), group="g")])

    last = Alert.objects.get(dedup_key="fp-B").incident
    order = [entry.kind for entry in last.timeline.order_by("pk")]
    # Either she saw it and resolved both, or it came too late and somebody is paged.
    assert order == (["alert", "alert", "resolved"] if last == incident else ["alert"])
    assert (last.page_after is None) == (last == incident)

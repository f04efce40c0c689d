"""The alert doors as they are behind granian: the same words as Django's, many signals in one commit."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from config.doors import Doors
from oncall.models import Alert, Incident, Signal
from tests import make
from tests.oncall.test_doors import FIRING, WRONG

pytestmark = pytest.mark.django_db(transaction=True)


class Knock:
    """One request, and what was answered."""

    def __init__(self, path, *parts, method="POST", leaves=False, **headers):
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "client": ("192.0.2.7", 40_000),
            "headers": [(name.replace("_", "-").encode(), str(value).encode()) for name, value in headers.items()],
        }
        self.messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        self.messages.append({"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""})
        self.sent = []

    async def receive(self):
        return self.messages.pop(0)

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def json(self):
        return json.loads(self.sent[1]["body"])


@pytest.fixture
def doors():
    opened = Doors()
    yield opened
    opened.close()


def knock(doors, *knocks):
    async def all_at_once():
        for one in knocks:
            assert doors.opens(one.scope)
        await asyncio.gather(*(doors.answer(one.scope, one.receive, one.send) for one in knocks))

    # In a thread of its own: a browser that other tests left open has its loop in this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, all_at_once()).result()
    return knocks[0]


def alertmanager(*parts, key=None, **facts):
    return Knock(f"/integrations/v1/alertmanager/{key or make.integration('alertmanager')[1]}/", *parts, **facts)


def firing(number, group=""):
    alert = {"status": "firing", "labels": {"alertname": f"A{number}"}, "fingerprint": f"fp-{number}"}
    return json.dumps({"groupKey": group or f"g{number}", "alerts": [alert]}).encode()


def pagerduty(**fields):
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    return json.dumps({"event_action": "trigger", "dedup_key": "disk", "payload": payload} | fields).encode()


def test_a_signal_is_stored_before_it_is_answered(doors):
    said = knock(doors, alertmanager(FIRING[:100], FIRING[100:], content_length=len(FIRING)))

    assert (said.status, said.json) == (200, "Ok.")
    assert Incident.objects.get().alerts.count() == 2
    assert Signal.objects.get().remote == "192.0.2.7"


def test_an_alert_door_opens_by_whatever_name_it_is_reached(doors, settings):
    settings.ALLOWED_HOSTS = ["errata.example.org"]

    said = knock(doors, alertmanager(FIRING, host="errata.monitoring.svc.cluster.local:8000"))

    assert (said.status, said.json) == (200, "Ok.")


def test_the_pagerduty_door_finds_its_key_in_the_body(doors):
    _, key = make.integration("pagerduty")

    said = knock(doors, Knock("/v2/enqueue", pagerduty(routing_key=key)))

    assert (said.status, said.json["dedup_key"]) == (202, "disk")


def test_signals_that_arrive_together_are_all_stored_and_each_gets_its_own_answer(doors):
    _, key = make.integration("alertmanager")
    good = [alertmanager(firing(number), key=key) for number in range(40)]
    bad = [alertmanager(b"{", key=key), alertmanager(firing(1), key=WRONG), Knock("/v2/enqueue", b"{}")]

    knock(doors, *good, *bad)

    assert {one.status for one in good} == {200}
    assert [one.status for one in bad] == [400, 403, 400]
    assert Incident.objects.count() == Alert.objects.count() == 40
    assert sorted(Signal.objects.values_list("state", flat=True)) == ["accepted"] * 40 + ["refused"]


def test_the_same_alert_many_times_at_once_is_one_alert(doors):
    _, key = make.integration("alertmanager")

    knock(doors, *(alertmanager(firing(1), key=key) for _ in range(20)))

    assert Alert.objects.get().signal_count == 20
    assert Incident.objects.count() == 1


def test_alerts_of_one_group_that_arrive_together_are_one_incident(doors):
    _, key = make.integration("alertmanager")

    knock(doors, *(alertmanager(firing(number, "g"), key=key) for number in range(20)))

    assert Incident.objects.get().alerts.count() == 20


@pytest.mark.parametrize("told", [{"content_length": 600_000}, {}])
def test_too_large_a_body_is_not_read_to_its_end(doors, told):
    said = knock(doors, alertmanager(*[b"x" * 100_000] * 6, **told))

    assert said.status == 413
    assert Signal.objects.get().state == "refused"


def test_a_client_that_leaves_in_the_middle_changes_nothing(doors):
    assert knock(doors, alertmanager(FIRING[:100], leaves=True)).sent == []
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v2/enqueue"), ("POST", "/v2/enqueue/more"), ("POST", "/integrations/v1/alertmanager/"), ("POST", "/")],
)
def test_everything_else_is_left_to_django(doors, method, path):
    assert not doors.opens({"method": method, "path": path})


def test_while_the_database_is_away_senders_come_back_and_later_all_is_well(doors):
    _, key = make.integration("alertmanager")
    first, second = alertmanager(firing(1), key=key), alertmanager(firing(1), key=key)
    port, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], "1"
    try:
        knock(doors, first)
    finally:
        connection.settings_dict["PORT"] = port
    knock(doors, second)

    assert (first.status, second.status) == (503, 200)
    assert (b"retry-after", b"5") in first.sent[0]["headers"]
    assert Alert.objects.get().signal_count == 1


def test_a_connection_that_died_costs_one_repetition(doors):
    _, key = make.integration("alertmanager")
    knock(doors, alertmanager(firing(1), key=key))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'"
        )

    statuses = [knock(doors, alertmanager(firing(2), key=key)).status for _ in range(2)]

    assert statuses[-1] == 200
    assert Alert.objects.count() == 2

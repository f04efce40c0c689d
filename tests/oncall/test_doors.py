"""Who may come in through a door, and what each is told in its own dialect."""

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from oncall.models import Alert, Deployment, Incident, Integration, Signal
from tests import make

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "fixtures/wire"
FIRING = (SAMPLES / "alertmanager-firing.json").read_bytes()
DEPLOYED = (SAMPLES / "github-deployment_status.json").read_bytes()
WRONG = "0" * 32
HUGE = b'{"routing_key": "' + WRONG.encode() + b'", "filler": "' + b"x" * 600_000 + b'"}'


def to_alertmanager(body=FIRING, key=None, **headers):
    key = key or make.integration("alertmanager")[1]
    return Client().post(f"/integrations/v1/alertmanager/{key}/", body, "application/json", headers=headers)


def enqueue(path="/v2/enqueue", dialect="pagerduty", **fields):
    if "routing_key" not in fields:
        fields["routing_key"] = make.integration(dialect)[1]
    payload = {"summary": "Disk full", "source": "db-1", "severity": "critical"}
    event = {"event_action": "trigger", "dedup_key": "disk", "payload": payload} | fields
    return Client().post(path, json.dumps(event), "application/json")


def to_github(body=DEPLOYED, event="deployment_status", key=None, secret=None):
    key = key or make.integration("github")[1]
    signature = hmac.new((secret or key).encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={signature}"}
    return Client().post(f"/integrations/v1/github/{key}/", body, "application/json", headers=headers)


def nothing_is_stored():
    return not any(model.objects.exists() for model in (Signal, Alert, Incident, Deployment))


def test_alertmanager_is_told_ok_when_the_incident_is_stored():
    answer = to_alertmanager()

    assert (answer.status_code, answer.json()) == (200, "Ok.")
    assert Incident.objects.get().alerts.count() == 2
    assert Signal.objects.get().remote == "127.0.0.1"


def test_pagerduty_clients_are_told_what_pagerduty_tells_them():
    answer = enqueue()

    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "disk"}
    assert Incident.objects.get().title == "Disk full"


def test_github_is_believed_when_it_signs_with_the_key():
    answer = to_github()

    assert (answer.status_code, answer.json()) == (202, {"message": "Recorded."})
    assert Deployment.objects.get().state == "succeeded"
    assert Deployment.objects.get().signal == Signal.objects.get()


def test_a_ping_is_answered_and_stores_nothing():
    assert to_github((SAMPLES / "github-ping.json").read_bytes(), "ping").status_code == 202
    assert nothing_is_stored()


@pytest.mark.parametrize("dialect", ["pagerduty-change", "pagerduty"])
def test_change_events_are_recorded_with_either_key_of_pagerduty(dialect):
    answer = enqueue("/v2/change/enqueue", dialect)

    assert (answer.status_code, answer.json()) == (202, {"status": "success", "message": "Change event processed"})
    assert Deployment.objects.get().description == "Disk full"


@pytest.mark.parametrize(
    "knock",
    [
        lambda: to_alertmanager(key=WRONG),
        lambda: to_alertmanager(key="é" * 20),
        lambda: to_alertmanager(key=make.integration("pagerduty")[1]),
        lambda: enqueue(routing_key=WRONG),
        lambda: enqueue(routing_key=make.integration("alertmanager")[1]),
        lambda: enqueue("/v2/change/enqueue", routing_key=WRONG),
        lambda: to_github(key=WRONG),
        lambda: to_github(secret="not the key"),
    ],
)
def test_a_wrong_key_or_signature_is_refused_and_nothing_is_stored(knock):
    answer = knock()

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/json"
    assert nothing_is_stored()


def test_a_door_that_was_closed_opens_for_nobody():
    door, key = make.integration("alertmanager")
    Integration.objects.filter(pk=door.pk).update(is_enabled=False)

    assert to_alertmanager(key=key).status_code == 403


def test_what_is_malformed_is_kept_with_its_reason_and_answered_in_the_dialect():
    assert to_alertmanager(b"{").json()["errorType"] == "bad_data"
    assert enqueue(event_action="explode").json()["message"] == "Event object is invalid"
    assert to_github(b"[]").json()["message"].endswith("not a list.")
    assert [signal.state for signal in Signal.objects.all()] == ["refused"] * 3
    assert not Incident.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"routing_key": 7}', b"\x00\xff"])
@pytest.mark.parametrize("path", ["/v2/enqueue", "/v2/change/enqueue"])
def test_a_body_without_a_routing_key_is_told_so_and_nothing_is_stored(path, body):
    answer = Client().post(path, body, "application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert nothing_is_stored()


def test_too_large_a_body_is_refused_in_the_dialect_and_leaves_a_trace_where_the_key_is_known():
    assert to_alertmanager(HUGE).status_code == 413
    assert Client().post("/v2/enqueue", HUGE, "application/json").status_code == 413
    signal = Signal.objects.get()
    assert (signal.state, bytes(signal.body)) == ("refused", b"")


def test_a_form_is_not_mistaken_for_a_message():
    answer = Client().post("/v2/enqueue", {"routing_key": WRONG})

    assert answer.status_code == 400


@pytest.mark.parametrize("tail", ["", "/"])
def test_a_slash_more_or_less_loses_no_page(tail):
    key = make.integration("alertmanager")[1]

    answer = Client().post(f"/integrations/v1/alertmanager/{key}{tail}", FIRING, "application/json")

    assert answer.status_code == 200


def test_a_door_only_opens_inwards():
    assert Client().get("/v2/enqueue").status_code == 405


def test_no_token_against_forgery_is_asked_for():
    key = make.integration("alertmanager")[1]

    answer = Client(enforce_csrf_checks=True).post(f"/integrations/v1/alertmanager/{key}/", FIRING, "application/json")

    assert answer.status_code == 200


def test_the_address_behind_trusted_proxies_is_noted(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    to_alertmanager(**{"X-Forwarded-For": "198.51.100.9, 203.0.113.5"})

    assert Signal.objects.get().remote == "203.0.113.5"


def test_a_message_at_a_door_costs_few_queries(django_assert_max_num_queries):
    _, key = make.integration("alertmanager")
    to_alertmanager(key=key)
    Incident.objects.get().resolve(by=None, at=Incident.objects.get().detected_at + timedelta(minutes=1))
    Alert.objects.update(state="closed")

    with django_assert_max_num_queries(6):
        to_alertmanager(key=key)


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_senders_are_asked_to_come_back():
    key = make.integration("alertmanager")[1]
    connection.close()
    port, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], "1"
    try:
        answers = [to_alertmanager(key=key), enqueue(routing_key=key), to_github(key=key)]
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port

    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(answer["Retry-After"] for answer in answers)
    assert nothing_is_stored()

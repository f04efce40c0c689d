"""What an accepted signal changes, and what a refused one does not."""

import json
from datetime import timedelta

import pytest

from oncall.models import Alert, AlertEvent, Incident, Signal, TimelineEntry
from oncall.receiving import receive
from oncall.sources import REGISTRY
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(minutes=10)


@pytest.fixture
def door():
    return make.integration("alertmanager")[0]


@pytest.fixture
def pagerduty():
    return make.integration("pagerduty")[0]


def alert(name="Down", *, status="firing", severity="critical", **labels):
    return {
        "status": status,
        "labels": {"alertname": name, "severity": severity} | labels,
        "startsAt": "2026-11-16T13:58:00Z",
        "endsAt": "2026-11-16T14:05:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": f"fp-{name}",
    }


def post(door, *alerts, group="{}:{}", at=MONDAY):
    body = json.dumps({"version": "4", "groupKey": group, "alerts": alerts}).encode()
    return receive(door, REGISTRY["alertmanager"], body, {}, remote="192.0.2.7", now=at)


def enqueue(door, action="trigger", *, severity="critical", key="disk", at=MONDAY):
    payload = {"summary": "Disk full", "source": "db-1", "severity": severity}
    event = {"routing_key": "k" * 32, "event_action": action, "dedup_key": key, "payload": payload}
    return receive(door, REGISTRY["pagerduty"], json.dumps(event).encode(), {}, remote=None, now=at)


def test_a_new_alert_opens_an_incident_whose_first_page_is_owed_at_once(door):
    assert post(door, alert()).status == 200

    incident = Incident.objects.get()
    assert (incident.state, incident.severity, incident.service) == ("triggered", 2, door.service)
    assert incident.page_after == incident.detected_at == incident.rank_after == MONDAY
    assert incident.impact_started_at == MONDAY - timedelta(minutes=4)
    assert incident.alerts.get().dedup_key == "fp-Down"
    assert incident.timeline.get().source == "alertmanager"


def test_the_signal_is_kept_as_it_came_and_belongs_to_its_alert(door):
    post(door, alert())

    signal = Signal.objects.get()
    assert json.loads(bytes(signal.body))["groupKey"] == "{}:{}"
    assert (signal.state, signal.remote, signal.integration) == ("accepted", "192.0.2.7", door)
    assert signal.events.get().alert == Alert.objects.get()


def test_the_same_alert_again_is_appended(door):
    post(door, alert())
    post(door, alert(), at=LATER)

    found = Alert.objects.get()
    assert (found.signal_count, found.last_signal_at) == (2, LATER)
    assert Incident.objects.count() == 1
    assert TimelineEntry.objects.count() == 1
    assert Signal.objects.count() == AlertEvent.objects.count() == 2


def test_alerts_of_one_group_share_an_incident(door):
    post(door, alert("A", severity="warning"), alert("B"), group="g")
    post(door, alert("A", severity="warning"), alert("B"), alert("C"), group="g", at=LATER)

    incident = Incident.objects.get()
    assert (incident.title, incident.severity, incident.alerts.count()) == ("B", 2, 3)
    assert incident.timeline.filter(kind="alert").count() == 3


def test_alerts_of_different_groups_do_not(door):
    post(door, alert("A"), group="g")
    post(door, alert("B"), group="h")

    assert Incident.objects.count() == 2


def test_alerts_without_a_group_have_an_incident_each(door):
    post(door, alert("A"), alert("B"), group="")

    assert Incident.objects.count() == 2


def test_the_last_alert_that_closes_resolves_the_incident(door):
    post(door, alert("A"), alert("B"))

    post(door, alert("A", status="resolved"), alert("B"), at=LATER)
    assert Incident.objects.get().state == "triggered"
    post(door, alert("A", status="resolved"), alert("B", status="resolved"), at=LATER)

    incident = Incident.objects.get()
    assert (incident.state, incident.resolved_at, incident.page_after) == ("resolved", LATER, None)
    assert [entry.kind for entry in incident.timeline.all()][-1] == "resolved"
    assert Alert.objects.get(dedup_key="fp-A").closed_at == MONDAY + timedelta(minutes=3)


def test_a_resolve_without_an_open_alert_is_noted_and_changes_nothing(door):
    assert post(door, alert(status="resolved")).status == 200

    assert AlertEvent.objects.get().alert is None
    assert not Incident.objects.exists()


def test_after_a_resolve_a_trigger_opens_a_new_incident(pagerduty):
    for action in ("trigger", "resolve", "trigger"):
        enqueue(pagerduty, action)

    assert [incident.state for incident in Incident.objects.order_by("pk")] == ["resolved", "triggered"]
    assert Alert.objects.count() == 2


def test_an_alert_that_still_fires_after_a_person_resolved_its_incident_pages_again(door):
    post(door, alert())
    Incident.objects.get().resolve(by=make.alice(), at=MONDAY)

    post(door, alert(), at=LATER)

    again = Incident.objects.get(state="triggered")
    assert again.page_after == LATER
    assert [found.state for found in Alert.objects.order_by("pk")] == ["closed", "open"]


def test_acknowledge_takes_the_incident(pagerduty):
    enqueue(pagerduty)
    enqueue(pagerduty, "acknowledge", at=LATER)

    incident = Incident.objects.get()
    assert (incident.state, incident.acknowledged_at, incident.page_after) == ("acknowledged", LATER, None)
    assert enqueue(pagerduty, "acknowledge").status == 202


def test_a_repeat_that_got_worse_pages_though_it_did_not_before(pagerduty):
    enqueue(pagerduty, severity="info")
    assert Incident.objects.get().page_after is None

    enqueue(pagerduty, severity="critical", at=LATER)

    incident = Incident.objects.get()
    assert (incident.severity, incident.page_after) == (2, LATER)


def test_a_new_alert_on_a_mitigated_incident_pages_again(door):
    post(door, alert("A"), group="g")
    Incident.objects.get().mitigate(by=make.alice(), at=MONDAY)

    post(door, alert("B"), group="g", at=LATER)

    assert (Incident.objects.get().state, Incident.objects.get().page_after) == ("triggered", LATER)


def test_a_new_alert_on_an_acknowledged_incident_leaves_it_with_its_person(door):
    post(door, alert("A"), group="g")
    Incident.objects.get().acknowledge(by=make.alice(), at=MONDAY)

    post(door, alert("B"), group="g", at=LATER)

    assert Incident.objects.get().state == "acknowledged"


@pytest.mark.parametrize(("word", "severity", "pages"), [("info", 4, False), ("purple", 3, True), ("p1", 1, True)])
def test_only_severities_one_to_three_page(door, word, severity, pages):
    post(door, alert(severity=word))

    incident = Incident.objects.get()
    assert incident.severity == severity
    assert (incident.page_after is not None) == pages


@pytest.mark.parametrize("labels", [{"environment": "EU-West-1"}, {"env": "eu", "region": "west-1"}])
def test_the_environment_is_found_among_those_known(door, labels):
    known = make.environment("eu-west-1")

    post(door, alert(**labels))

    assert Incident.objects.get().environment == known
    assert Alert.objects.get().environment == known


def test_an_environment_nobody_knows_is_not_made_up(door):
    post(door, alert(env="k8s-7f3a"))

    assert Incident.objects.get().environment is None


def test_a_malformed_body_is_kept_with_its_reason_and_opens_nothing(door):
    answer = receive(door, REGISTRY["alertmanager"], b"\x00{", {"User-Agent": "x\x00y"}, remote=None, now=MONDAY)

    signal = Signal.objects.get()
    assert answer.status == 400
    assert (signal.state, bytes(signal.body), signal.headers) == ("refused", b"\x00{", {"User-Agent": "xy"})
    assert "not JSON" in signal.reason
    assert not Alert.objects.exists()


def test_a_title_too_long_for_the_screen_is_kept_in_full_in_the_description(door):
    long = alert()
    long["annotations"] = {"summary": "s" * 900}

    post(door, long)

    found = Alert.objects.get()
    assert (len(found.title), found.description.count("s")) == (500, 900)


def test_a_large_group_is_one_incident_with_a_short_timeline(door):
    post(door, *(alert(f"A{number}") for number in range(300)))

    assert Alert.objects.count() == 300
    assert list(TimelineEntry.objects.values_list("text", flat=True))[-1] == "280 more alerts"
    assert TimelineEntry.objects.count() == 21


def test_a_clock_that_runs_ahead_does_not_begin_an_incident_in_the_future(door):
    early = alert() | {"startsAt": "2030-01-01T00:00:00Z"}

    post(door, early)

    assert Incident.objects.get().impact_started_at == MONDAY


def test_the_key_is_noted_as_used_at_most_once_a_minute(door):
    post(door, alert())
    door.refresh_from_db()

    post(door, alert(), at=MONDAY + timedelta(seconds=50))

    door.refresh_from_db()
    assert door.last_used_at == MONDAY


def test_a_new_alert_costs_three_statements(door, django_assert_num_queries):
    post(door, alert("A"), group="a")
    door.refresh_from_db()

    with django_assert_num_queries(5):  # with the savepoint around them, which in production is the transaction
        post(door, alert("B"), group="b")


def test_a_repeat_and_a_resolve_cost_the_same_however_many_alerts(door, django_assert_max_num_queries):
    alerts = [alert(f"A{number}") for number in range(50)]
    post(door, *alerts)

    with django_assert_max_num_queries(9):
        post(door, *alerts)
    with django_assert_max_num_queries(18):
        post(door, *({**one, "status": "resolved"} for one in alerts))

"""A real Alertmanager, repointed at Errata by its address alone, pages through."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.models import Incident
from tests import make
from tests.alertmanager import Alertmanager
from tests.stack import eventually

SUMMARY = "5xx above 2 % of requests"


@pytest.fixture
def owned():
    """A service whose policy pages Alice."""
    return make.service(f"checkout-{next(make.number)}", escalation_policy=make.policy(make.alice()))


@pytest.fixture
def webhook(live_stack, owned, tmp_path):
    _, key = make.integration("alertmanager", owned)
    address = f"{live_stack.url}/integrations/v1/alertmanager/{key}/"
    with Alertmanager(tmp_path, f"webhook_configs: [{{url: '{address}'}}]") as running:
        yield running


@pytest.fixture
def pagerduty(live_stack, owned, tmp_path):
    _, key = make.integration("pagerduty", owned)
    receiver = f"pagerduty_configs: [{{url: '{live_stack.url}/v2/enqueue', routing_key: {key}, severity: critical}}]"
    with Alertmanager(tmp_path, receiver) as running:
        yield running


def in_seconds(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def state(service):
    return Incident.objects.filter(service=service).values_list("state", flat=True).first()


def test_an_alert_reaches_the_person_on_call_by_mail_and_resolves_by_itself(webhook, owned, live_stack):
    webhook.add("CheckoutErrors", summary=SUMMARY, severity="critical", end=in_seconds(6))

    eventually(lambda: live_stack.messages, what="the page arrives")
    assert SUMMARY in str(live_stack.messages[0]["Subject"]) + live_stack.messages[0].as_string()
    assert "alice@example.com" in live_stack.messages[0]["X-Recipients"]
    eventually(lambda: state(owned) == "resolved", 30, "the incident is resolved by the resolved alert")
    assert Incident.objects.get(service=owned).alerts.get().state == "closed"


def test_the_pagerduty_receiver_only_needs_another_address(pagerduty, owned):
    pagerduty.add("CheckoutErrors", summary=SUMMARY, end=in_seconds(6))

    eventually(lambda: state(owned) in ("triggered", "acknowledged"), what="the incident opens")
    assert Incident.objects.get(service=owned).severity == 2
    eventually(lambda: state(owned) == "resolved", 30, "the incident is resolved")


def test_alerts_that_fire_while_the_web_program_is_down_arrive_when_it_is_back(webhook, owned, live_stack):
    live_stack.kill("web")
    webhook.add("CheckoutErrors", summary=SUMMARY, severity="critical")
    eventually(lambda: "connection refused" in webhook.log(), what="Alertmanager knocks in vain")

    live_stack.start("web")

    eventually(lambda: state(owned) is not None, 30, "Alertmanager tries again")
    eventually(lambda: live_stack.messages, what="the page arrives")

"""kill -9 between signal and page: what was answered with 2xx is paged, whoever dies when."""

import json
import re
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from oncall.models import Attempt, Incident
from tests import make
from tests.stack import eventually

pytestmark = pytest.mark.chaos
NAMES = re.compile(r"alpha|alert-\d+(?!\d)")


def firing(name):
    """What Alertmanager posts for one alert that begins to fire."""
    alert = {
        "status": "firing",
        "labels": {"alertname": name, "severity": "critical"},
        "annotations": {"summary": name},
        "startsAt": "2026-11-16T14:02:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": name,
    }
    return json.dumps(
        {
            "version": "4",
            "groupKey": name,
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "errata",
            "groupLabels": {},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "",
            "alerts": [alert],
        }
    ).encode()


def post(url, name):
    """Whether the door answered with 2xx; a broken connection is a no, and Alertmanager would come again."""
    request = urllib.request.Request(url, firing(name), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return 200 <= answer.status < 300
    except (OSError, urllib.error.HTTPError):
        return False


@pytest.fixture
def door(live_stack):
    """The address of an Alertmanager door whose policy pages Alice."""
    service = make.service(escalation_policy=make.policy(make.alice()))
    _, key = make.integration("alertmanager", service)
    return f"{live_stack.url}/integrations/v1/alertmanager/{key}/"


def paged(stack):
    """How many messages named each alert; a bundle names many."""
    counts = Counter()
    for message in list(stack.messages):
        text = message.get_body(("plain",)).get_content()
        counts.update(set(NAMES.findall(f"{message['Subject']} {text}")))
    return counts


def test_a_worker_killed_before_it_pages_loses_nothing(live_stack, door):
    live_stack.kill("worker")
    assert post(door, "alpha")

    live_stack.start("worker")

    eventually(lambda: paged(live_stack) == {"alpha": 1}, 30)
    assert Incident.objects.get().page_after is not None


def test_web_killed_under_load_loses_nothing_it_accepted(live_stack, door):
    names = [f"alert-{number}" for number in range(60)]
    with ThreadPoolExecutor(4) as senders:
        answers = senders.map(lambda name: post(door, name), names)
        accepted = [name for name, is_accepted in zip(names[:30], answers, strict=False) if is_accepted]
        live_stack.kill("web")
        accepted += [name for name, is_accepted in zip(names[30:], answers, strict=False) if is_accepted]
    live_stack.start("web")
    live_stack.wait_until_ready()

    assert len(accepted) >= 29
    eventually(lambda: set(accepted) <= set(paged(live_stack)), 60, "every accepted alert is paged")


def test_a_worker_killed_while_it_sends_loses_nothing_and_repeats_only_what_is_uncertain(live_stack, door):
    names = [f"alert-{number}" for number in range(120)]
    with ThreadPoolExecutor(4) as senders:
        answers = senders.map(lambda name: post(door, name), names)
        eventually(lambda: len(live_stack.messages) > 1, 30, "the first pages arrive")
        live_stack.kill("worker")
        assert all(answers)
    live_stack.start("worker")

    eventually(lambda: set(names) <= set(paged(live_stack)), 120, "every alert is paged")
    repeated = {name for name, times in paged(live_stack).items() if times > 1}
    uncertain = Attempt.objects.filter(state="uncertain").values_list("page__incident__title", flat=True)
    assert repeated <= set(uncertain)


def test_web_and_worker_killed_together_lose_nothing(live_stack, door):
    assert post(door, "alpha")
    for name in ("worker", "scheduler", "web"):
        live_stack.kill(name)
    for name in ("web", "worker", "scheduler"):
        live_stack.start(name)

    eventually(lambda: "alpha" in paged(live_stack), 90)
    assert live_stack.manage("audit").strip() == "Every invariant holds."

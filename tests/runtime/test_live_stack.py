"""The whole program as processes: it becomes ready, survives what dies, and pages without a broker."""

import signal
import urllib.request
from datetime import timedelta

from django.utils import timezone

from oncall.models import Heartbeat
from tests.stack import Stack, eventually


def is_ticking() -> bool:
    return Heartbeat.objects.is_fresh("tick", timezone.now(), timedelta(seconds=2))


def test_a_stack_becomes_ready_and_answers(live_stack):
    with urllib.request.urlopen(f"{live_stack.url}/healthz") as answer:
        assert answer.status == 200
    assert live_stack.is_ready()


def test_the_worker_ticks_by_itself_when_the_scheduler_is_dead(live_stack):
    live_stack.kill("scheduler")
    dead_since = timezone.now()

    eventually(lambda: Heartbeat.objects.filter(name="tick", seen_at__gt=dead_since + timedelta(seconds=4)).exists())


def test_everything_is_ready_although_the_broker_is_away(postgres, tmp_path):
    with Stack(postgres, tmp_path, ERRATA_BROKER_URL="amqp://127.0.0.1:9//") as stack:
        assert stack.is_ready()


def test_a_killed_worker_that_starts_again_ticks_again(live_stack):
    live_stack.kill("worker", signal.SIGKILL)
    live_stack.start("worker")

    eventually(is_ticking, seconds=30)


def test_killed_web_leaves_its_port_and_starts_again(live_stack):
    live_stack.kill("web", signal.SIGKILL)
    assert not live_stack.is_ready()

    live_stack.start("web")

    eventually(live_stack.is_ready, seconds=30)

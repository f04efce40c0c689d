"""The threads of a worker that must not wait for each other."""

import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from config.sweeping import Pulse, Sweeper
from oncall.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


def eventually(holds):
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def is_fresh(name):
    return Heartbeat.objects.is_fresh(name, timezone.now(), timedelta(seconds=1))


@pytest.fixture
def stuck():
    """Somebody holds the table of incidents, so that a tick waits."""
    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute("LOCK TABLE oncall_incident IN ACCESS EXCLUSIVE MODE")
        yield holder
        holder.rollback()


def test_a_worker_lives_while_its_tick_takes_long(stuck):
    watches = [Pulse(0.05), Sweeper(0.05)]
    for watch in watches:
        watch.start()
    try:
        assert eventually(lambda: is_fresh("worker"))
        Heartbeat.objects.filter(name="worker").update(seen_at=timezone.now() - timedelta(minutes=1))
        assert eventually(lambda: is_fresh("worker"))
        assert not Heartbeat.objects.filter(name="tick").exists()

        stuck.rollback()
        assert eventually(lambda: is_fresh("tick"))
    finally:
        stuck.rollback()
        for watch in watches:
            watch.end()

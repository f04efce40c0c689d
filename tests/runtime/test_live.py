"""Live streams over the real web server, fed by the real database."""

import http.client
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from tests import make
from tests.stack import eventually


@contextmanager
def stream(stack, path, user=None, **headers):
    if user is not None:
        headers["Cookie"] = f"sessionid={stack.session_of(user)}"
    client = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    client.request("GET", path, headers=headers)
    try:
        yield client.getresponse()
    finally:
        client.close()


def announce(topic):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('errata_live', %s)", [topic])


def block(answer):
    """One event or comment: the lines until an empty one."""
    lines = []
    while line := answer.readline().decode().rstrip("\n"):
        lines.append(line)
    return lines


@pytest.fixture
def incident(shared_stack):
    return make.incident()


def test_a_stream_hears_that_its_incident_changed(shared_stack, incident):
    with stream(shared_stack, f"/live/incidents/{incident.pk}/", make.alice()) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert block(answer) == ["retry: 3000", "id: 0"]

        announce(f"incident:{incident.pk + 1}")
        announce(f"incident:{incident.pk}")

        assert block(answer) == ["id: 1", "event: changed", f'data: {{"topic": "incident:{incident.pk}"}}']


def test_a_person_hears_about_themselves_and_about_incidents(shared_stack):
    alice = make.alice()
    with stream(shared_stack, "/live/me/", alice) as answer:
        block(answer)
        announce(f"user:{alice.pk}")
        assert block(answer)[-1] == f'data: {{"topic": "user:{alice.pk}"}}'
        announce("incidents")
        assert block(answer)[-1] == 'data: {"topic": "incidents"}'


def test_a_browser_that_comes_back_is_told_to_look_again(shared_stack, incident):
    with stream(shared_stack, f"/live/incidents/{incident.pk}/", make.alice(), **{"Last-Event-ID": "0"}) as answer:
        block(answer)
        assert block(answer)[1] == "event: changed"


@pytest.mark.parametrize("path", ["/live/me/", "/live/incidents/1/", "/live/nothing/"])
def test_a_stream_without_a_session_is_refused(shared_stack, path):
    with stream(shared_stack, path) as answer:
        assert answer.status == 401


def test_an_unknown_session_is_refused(shared_stack):
    with stream(shared_stack, "/live/me/", Cookie="sessionid=0123456789abcdef0123456789abcdef") as answer:
        assert answer.status == 401


def test_what_does_not_exist_has_no_stream(shared_stack):
    with stream(shared_stack, "/live/incidents/999999999/", make.alice()) as answer:
        assert answer.status == 404


def test_a_person_who_was_deactivated_is_refused(shared_stack, incident):
    mallory = make.person("Mallory Former")
    with stream(shared_stack, f"/live/incidents/{incident.pk}/", mallory) as answer:
        assert answer.status == 200
    session = shared_stack.session_of(mallory)
    type(mallory).objects.filter(pk=mallory.pk).update(is_active=False)

    with stream(shared_stack, f"/live/incidents/{incident.pk}/", Cookie=f"sessionid={session}") as answer:
        assert answer.status == 401


def test_streams_hear_again_after_the_database_dropped_the_listener(shared_stack, incident):
    with stream(shared_stack, f"/live/incidents/{incident.pk}/", make.alice()) as answer:
        block(answer)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query = 'LISTEN errata_live'"
            )

        assert block(answer)[1] == "event: changed"  # told to look again, for news may have been missed
        announce(f"incident:{incident.pk}")
        assert block(answer)[1] == "event: changed"


def test_web_stops_soon_although_a_stream_is_open(live_stack):
    with stream(live_stack, "/live/me/", make.alice()) as answer:
        block(answer)
        asked_at = time.monotonic()

        live_stack.children["web"].kill(15)

        eventually(lambda: live_stack.children["web"].status() is not None)
        assert time.monotonic() - asked_at < 1.5

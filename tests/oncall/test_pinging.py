"""The dead-man's switch is called while all holds, and only then."""

import logging
from datetime import timedelta

import pytest

from coe import tasks as coe_tasks
from oncall import pinging, tasks
from oncall.models import Heartbeat, Incident
from tests import make
from tests.make import MONDAY
from tests.oncall.receivers import WebhookServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with WebhookServer() as server:
        settings.ERRATA_DEADMAN_URL = server.url
        yield server


def audits():
    """Both auditors run, as they do every minute."""
    coe_tasks.audit()
    tasks.audit()


def test_it_is_called_while_all_holds_silent_while_something_does_not_and_called_again(switch):
    audits()
    assert len(switch.received) == 1

    incident = make.incident(page_after=None)
    audits()
    assert len(switch.received) == 1

    incident.resolve(by=None)
    audits()
    assert len(switch.received) == 2


def test_it_is_silent_while_the_other_auditor_does_not_run(switch):
    tasks.audit()
    assert not switch.received

    coe_tasks.audit()
    tasks.audit()
    assert len(switch.received) == 1


def test_an_auditor_that_stopped_some_minutes_ago_silences_it(switch):
    for name in pinging.AUDITORS:
        Heartbeat.objects.beat(name, MONDAY)

    assert not pinging.ping(MONDAY + timedelta(minutes=4))
    assert pinging.ping(MONDAY + timedelta(minutes=1))


def test_without_an_address_nobody_is_called():
    audits()
    assert not Heartbeat.objects.filter(name=pinging.ANSWERED).exists()


def test_a_switch_that_does_not_answer_is_logged_once(switch, caplog):
    switch.answer = 500
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            audits()
        assert caplog.text.count("audit.deadman_failed it answered 500") == 1

        switch.answer = 200
        audits()
        switch.answer = 404
        audits()
        assert caplog.text.count("audit.deadman_failed") == 2


def test_an_address_that_may_not_be_called_breaks_nothing(settings, caplog):
    settings.ERRATA_DEADMAN_URL = "http://10.0.0.1/ping/secret"
    audits()
    assert "audit.deadman_failed" in caplog.text
    assert "secret" not in caplog.text
    assert not Incident.objects.exists()

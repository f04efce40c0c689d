"""Declaring an incident: what is asked, what is kept, and that two clicks are one incident."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from oncall import declaring
from oncall.models import Incident
from tests import make
from tests.make import MONDAY

DECLARATION = {"title": "Checkout is slow", "service": "checkout-web", "severity": "2", "summary": "p99 at 4 s"}


@pytest.fixture
def declare(client, db):
    make.service("checkout-web", owner=make.team("Checkout"))
    client.force_login(make.alice())
    return lambda **changes: client.post("/incidents/declare/", DECLARATION | changes)


def test_a_declared_incident_owes_its_first_page_at_once(declare):
    answer = declare()

    incident = Incident.objects.get()
    assert (answer.status_code, answer.url) == (303, incident.get_absolute_url())
    assert incident.page_after <= timezone.now()
    assert incident.rank_after is not None
    assert incident.timeline.get().kind == "declared"


def test_a_severity_that_wakes_nobody_owes_no_page(declare):
    declare(severity="4")

    assert Incident.objects.get().page_after is None


def test_two_clicks_declare_one_incident(declare):
    first, second = declare(), declare()

    assert first.url == second.url
    assert Incident.objects.count() == 1


def test_the_same_words_later_are_another_incident(declare):
    declare()
    Incident.objects.update(triggered_at=MONDAY)

    declare()

    assert Incident.objects.count() == 2


def test_what_was_resolved_meanwhile_is_declared_anew(declare):
    declare()
    Incident.objects.get().resolve(by=make.bob())

    declare()

    assert Incident.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_declare_one_incident():
    service, alice = make.service(), make.alice()

    def click(_):
        try:
            return declaring.declare("Down", service, by=alice, now=MONDAY).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        found = set(clicks.map(click, range(4)))

    assert len(found) == Incident.objects.count() == 1


def test_a_service_is_known_by_its_name_in_any_case(declare):
    assert declare(service="CHECKOUT-Web").status_code == 303


def test_an_unknown_service_names_what_is_spelled_alike_and_keeps_what_was_typed(declare):
    answer = declare(service="chekout-web")
    text = answer.content.decode()

    assert answer.status_code == 422
    assert "Do you mean checkout-web?" in text
    assert "p99 at 4 s" in text
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"title": ""}, {"title": " "}, {"title": "x" * 501}, {"severity": "9"}, {"service": ""}, {"environment": "77"}],
    ids=str,
)
def test_a_declaration_that_makes_no_sense_is_answered_at_its_field(declare, changes):
    answer = declare(**changes)

    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()
    assert not Incident.objects.exists()


def test_the_impact_began_on_the_clock_of_whoever_declares(declare):
    declare(impact_started_at="2026-07-01T14:30")

    assert Incident.objects.get().impact_started_at == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


def test_an_impact_cannot_lie_in_the_future(declare):
    tomorrow = timezone.localtime() + timedelta(days=1)

    assert "lies in the future" in declare(impact_started_at=f"{tomorrow:%Y-%m-%dT%H:%M}").content.decode()


def test_a_service_screen_can_fill_in_the_service(client, db):
    client.force_login(make.alice())

    assert 'value="ledger-api"' in client.get("/incidents/declare/?service=ledger-api").content.decode()

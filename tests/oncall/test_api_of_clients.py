"""What clients of the API lean on: who asks, what is mine, by which way it came, muting an incident's alerts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oncall.models import Alert, AuditEntry, Mute
from tests import make
from tests.oncall.test_api import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    """Alice's, of the team Payments."""
    make.team("Payments", make.alice())
    return client_of(make.alice())


def alert_of(incident, key="latency"):
    door, _ = make.integration(of=incident.service)
    times = dict.fromkeys(("started_at", "opened_at", "last_signal_at"), make.MONDAY)
    return Alert.objects.create(
        integration=door, service=incident.service, incident=incident, dedup_key=key, title=key, **times
    )


def ids(answer):
    return [one["id"] for one in answer.json()["results"]]


def test_whoever_asks_is_told_who_they_are(api):
    answer = api.get("/api/v1/people/me/").json()

    assert (answer["email"], answer["teams"], answer["scope"]) == ("alice@example.com", ["payments"], "write")
    assert client_of(make.alice(), "read").get("/api/v1/people/me/").json()["scope"] == "read"


def test_people_are_found_by_address_in_any_case_and_by_numbers(api):
    bob, carol = make.bob(), make.carol()

    assert ids(api.get("/api/v1/people/?email=BOB@example.com")) == [bob.pk]
    assert ids(api.get(f"/api/v1/people/?id={bob.pk},{carol.pk}")) == [bob.pk, carol.pk]
    assert api.get("/api/v1/people/?id=bob").status_code == 400


def test_incidents_are_narrowed_to_open_ones_and_mine(api):
    other = make.service("ledger", owner=make.team("Ledger", make.carol()))
    own, foreign = make.incident(of=make.service(owner=make.team())), make.incident(of=other)
    over = make.incident("Over")
    over.resolve(by=make.bob())

    assert ids(api.get("/api/v1/incidents/?is_open=true&is_mine=true")) == [own.pk]
    assert ids(api.get("/api/v1/incidents/?is_mine=false")) == [foreign.pk]
    assert ids(api.get("/api/v1/incidents/?is_open=false")) == [over.pk]


@pytest.mark.parametrize(("header", "source"), [("cli", "cli"), ("screen", "api"), ("", "api")])
def test_the_timeline_says_by_which_way_a_known_client_only(api, header, source):
    incident = make.incident()
    api.post(f"/api/v1/incidents/{incident.pk}/acknowledge/", headers={"X-Errata-Client": header})

    assert incident.timeline.last().source == source


def test_schedules_of_a_persons_teams(api):
    mine, _ = make.schedule("Payments primary", make.alice()), make.schedule("Other", owner=make.team("Ledger"))

    assert ids(api.get(f"/api/v1/schedules/?member={make.alice().pk}")) == [mine.pk]


def mutes_of(api, incident, **body):
    body = {"ends_at": (timezone.now() + timedelta(hours=2)).isoformat(), "reason": "known"} | body
    return api.post(f"/api/v1/incidents/{incident.pk}/mutes/", body, format="json")


def test_every_open_alert_of_an_incident_is_muted_at_once(api):
    incident = make.incident()
    alert_of(incident), alert_of(incident, "errors")

    answer = mutes_of(api, incident)

    assert answer.status_code == 201
    assert sorted(one["dedup_key"] for one in answer.json()) == ["errors", "latency"]
    assert set(AuditEntry.objects.filter(verb="muted").values_list("source", flat=True)) == {"api"}


def test_muting_is_refused_without_an_alert_for_too_long_and_to_strangers(api):
    incident = make.incident()
    assert mutes_of(api, incident).status_code == 409

    alert_of(incident)
    assert mutes_of(api, incident, ends_at="2099-01-01T00:00:00Z").status_code == 409
    assert mutes_of(client_of(make.carol()), incident).status_code == 403
    assert not Mute.objects.exists()

"""Maintenance and mutes on the screens and over the API; practices that count nowhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.rail import rail_of
from oncall import paging
from oncall.models import ApiToken, Incident, Maintenance, Mute, Page
from oncall.views.deployment_rhythm import rhythm_of
from oncall.views.schedule_load import load_of
from tests import make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def alice():
    user = make.alice()
    make.team("Payments", user)
    return user


@pytest.fixture
def service(alice):
    return make.service(escalation_policy=make.policy(alice))


@pytest.fixture
def api(client, alice):
    """Alice's calls to the API."""
    headers = {"Authorization": f"Bearer {ApiToken.issue(alice, 'laptop')[1]}"}

    def call(path, body=None):
        how = {"headers": headers, "content_type": "application/json"}
        return client.get(path, **how) if body is None else client.post(path, body, **how)

    return call


def maintenance(service, now, **facts):
    span = {"starts_at": now - HOUR, "ends_at": now + HOUR, "reason": "database upgrade", **facts}
    return Maintenance.objects.create(service=service, created_by=make.alice(), **span)


def wall(user, at):
    return f"{user.local(at):%Y-%m-%dT%H:%M}"


def test_maintenance_is_scheduled_on_my_clock_and_holds_the_first_page(client, alice, service, now, mailoutbox):
    client.force_login(alice)
    typed = {
        "starts": wall(alice, now - timedelta(minutes=5)),
        "ends": wall(alice, now + 2 * HOUR),
        "reason": "upgrade",
    }
    assert client.post(f"/services/{service.slug}/maintenance/", typed).status_code == 303

    make.incident(of=service, at=now)
    paging.tick(timezone.now())

    assert not mailoutbox
    assert "upgrade" in client.get(service.get_absolute_url()).content.decode()


def test_maintenance_that_ends_before_it_starts_is_refused_at_its_field(client, alice, service, now):
    client.force_login(alice)
    typed = {"starts": wall(alice, now + 2 * HOUR), "ends": wall(alice, now + HOUR), "reason": "upgrade"}

    answer = client.post(f"/services/{service.slug}/maintenance/", typed)

    assert answer.status_code == 422
    assert "It must end after it starts." in answer.content.decode()


def test_ending_it_pages_what_is_still_triggered(client, alice, service, now, mailoutbox):
    hold, incident = maintenance(service, now), make.incident(of=service, at=now)
    paging.tick(timezone.now())
    assert incident.timeline.filter(kind="held").exists()

    client.force_login(alice)
    client.post(f"/maintenances/{hold.pk}/end/")
    paging.tick(timezone.now())

    assert [mail.to for mail in mailoutbox] == [["alice@example.com"]]


def test_people_of_the_team_are_told_on_their_screens_and_others_are_not(client, alice, service, now):
    maintenance(service, now)
    for path in ("/", "/schedules/"):
        client.force_login(alice)
        assert "Maintenance of payments-api" in client.get(path).content.decode()
        client.force_login(make.carol())
        assert "Maintenance of payments-api" not in client.get(path).content.decode()


def test_a_mute_is_ended_by_whoever_began_it(client, service, now):
    door, _ = make.integration(of=service)
    about = {"integration": door, "dedup_key": "1", "title": "Disk", "reason": "known"}
    mute = Mute.objects.create(starts_at=now - HOUR, ends_at=now + HOUR, created_by=make.carol(), **about)
    client.force_login(make.bob())
    assert client.post(f"/mutes/{mute.pk}/end/").status_code == 403

    client.force_login(make.carol())
    assert client.post(f"/mutes/{mute.pk}/end/").status_code == 303
    assert not Mute.objects.running(timezone.now()).exists()


def test_maintenance_over_the_api_from_begin_to_end(api, service, now):
    wanted = {"service": service.slug, "ends_at": (now + HOUR).isoformat(), "reason": "upgrade"}
    made = api("/api/v1/maintenances/", wanted)
    assert made.status_code == 201

    listed = api(f"/api/v1/maintenances/?service={service.slug}&is_running=true").json()
    assert [row["reason"] for row in listed["results"]] == ["upgrade"]
    assert api(f"/api/v1/maintenances/{made.json()['id']}/end/", {}).status_code == 204
    assert api(f"/api/v1/maintenances/{made.json()['id']}/end/", {}).json()["detail"] == "This is over already."


def test_maintenance_of_another_team_is_refused_as_problem_details(api, now):
    other = make.service("ledger", owner=make.team("Ledger"))
    wanted = {"service": other.slug, "ends_at": (now + HOUR).isoformat(), "reason": "upgrade"}

    refused = api("/api/v1/maintenances/", wanted)

    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert "Only members of Ledger" in refused.json()["detail"]


def test_an_incident_is_snoozed_reassigned_and_helped_with_over_the_api(api, service, now):
    incident, bob = make.incident(of=service, at=now), make.bob()
    path = f"/api/v1/incidents/{incident.pk}/"

    assert api(f"{path}snooze/", {"until": (now + HOUR).isoformat()}).json()["state"] == "acknowledged"
    assert api(f"{path}responders/", {"user": bob.pk}).status_code == 201
    assert api(f"{path}reassign/", {"user": bob.pk}).json()["state"] == "triggered"
    assert [row["user"] for row in api(f"{path}responders/").json()] == [bob.pk]
    assert api(f"{path}reroute/", {"policy": make.policy(bob).pk}).status_code == 403
    assert set(incident.timeline.values_list("source", flat=True)) == {"api"}


def test_a_snooze_of_a_month_is_refused_over_the_api(api, service, now):
    path = f"/api/v1/incidents/{make.incident(of=service, at=now).pk}/snooze/"

    assert "a week at most" in api(path, {"until": (now + 30 * 24 * HOUR).isoformat()}).json()["errors"]["until"][0]


def test_a_practice_is_declared_marked_and_pages_for_real(client, alice, service, mailoutbox):
    client.force_login(alice)
    typed = {"title": "Drill", "service": service.slug, "severity": "2", "is_practice": "on"}
    answer = client.post("/incidents/declare/", typed)

    paging.tick(timezone.now())

    incident = Incident.objects.get()
    assert answer.url == incident.get_absolute_url()
    assert mailoutbox[0].subject.startswith("[Practice] [SEV 2]")
    for path in (incident.get_absolute_url(), "/incidents/", service.get_absolute_url(), "/"):
        assert "Practice</span>" in client.get(path).content.decode(), path


def test_a_practice_counts_nowhere(alice, service, now):
    rota = make.schedule("Payments primary", alice)
    incident = make.incident(of=service, at=now, is_practice=True)
    Page.objects.create(incident=incident, user=alice, cycle=1, round=0, step=0, reason="named", opened_at=now)

    assert rail_of(alice, now).open_incidents == 0
    assert sum(day.incidents for day in rhythm_of(service, now)) == 0
    assert [count for _, count, _ in load_of(rota, now)] == [0]


def test_a_practice_gets_no_coe(client, alice, service, now):
    incident = make.incident(of=service, at=now, is_practice=True)
    client.force_login(alice)

    assert "A practice needs no COE" in client.get(incident.get_absolute_url()).content.decode()
    assert client.post(f"/incidents/{incident.pk}/coe/").status_code in (403, 404)

"""The API of on-call: tokens, problems, listings, and the same moves as the screens."""

import pytest
from rest_framework.test import APIClient

from oncall.models import ApiToken, Deployment, Incident, RunningVersion
from tests import make

pytestmark = pytest.mark.django_db


def client_of(user, scope="write"):
    client = APIClient()
    _, text = ApiToken.issue(user, "a test", scope)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


@pytest.fixture
def alice():
    user = make.alice()
    make.team("Payments", user)
    return user


@pytest.fixture
def api(alice):
    return client_of(alice)


def test_without_a_token_there_is_no_answer():
    answer = APIClient().get("/api/v1/incidents/")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("text", ["Bearer nonsense", "Bearer ", "Bearer errata_é", "Bearer a b"])
def test_a_wrong_token_is_a_problem_not_a_fault(text):
    answer = APIClient().get("/api/v1/incidents/", HTTP_AUTHORIZATION=text)
    assert answer.status_code == 401


def test_the_token_of_somebody_who_left_opens_nothing(api, alice):
    alice.is_active = False
    alice.save()
    assert api.get("/api/v1/teams/").status_code == 401


def test_a_token_for_reading_does_not_write(alice):
    service = make.service()
    answer = client_of(alice, "read").post("/api/v1/incidents/", {"title": "x", "service": service.slug}, format="json")
    assert answer.status_code == 403


def test_declaring_twice_is_one_incident_that_pages(api):
    service = make.service()
    for _ in range(2):
        answer = api.post("/api/v1/incidents/", {"title": "Ledger lags", "service": service.slug}, format="json")
        assert answer.status_code == 201

    assert Incident.objects.get().page_after is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x", "service": "unknown"}, "service"),
        ({"service": "payments-api"}, "title"),
        ({"title": "x" * 10_000, "service": "payments-api"}, "title"),
        ({"title": "x\x00y", "service": "payments-api"}, "title"),
        ({"title": "x", "service": "payments-api", "severity": 9}, "severity"),
        ({"title": "x", "service": "payments-api", "impact_started_at": "yesterday"}, "impact_started_at"),
    ],
)
def test_a_bad_declaration_names_the_field_and_stores_nothing(api, body, field):
    make.service()
    answer = api.post("/api/v1/incidents/", body, format="json")

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Incident.objects.exists()


def test_malformed_json_is_a_problem(api):
    answer = api.post("/api/v1/incidents/", b"{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


def test_a_move_that_is_too_late_says_who_was_faster(api, alice):
    incident = make.incident()
    assert api.post(f"/api/v1/incidents/{incident.pk}/resolve/").json()["state"] == "resolved"

    answer = api.post(f"/api/v1/incidents/{incident.pk}/acknowledge/")

    assert answer.status_code == 409
    assert "resolved by Alice Moreau at" in answer.json()["detail"]


def test_a_suspect_is_confirmed_over_the_api(api):
    incident, change = make.incident(), make.deployment()
    body = {"deployment": change.pk, "ruling": "confirmed"}
    assert api.post(f"/api/v1/incidents/{incident.pk}/verdicts/", body, format="json").status_code == 200

    assert incident.verdicts.get().ruling == "confirmed"
    assert "Confirmed" in api.get(f"/api/v1/incidents/{incident.pk}/timeline/").json()[-1]["text"]


def test_a_deployment_told_twice_is_one_and_never_goes_back(api):
    service = make.service()
    body = {"service": service.slug, "version": "2.0", "environment": "eu-west-1", "external_id": "42"}
    for state in ("started", "succeeded", "started"):
        assert api.post("/api/v1/deployments/", {**body, "state": state}, format="json").status_code == 201

    assert Deployment.objects.get().state == "succeeded"
    assert RunningVersion.objects.get().deployment.version == "2.0"


def test_only_the_owning_team_tells_of_deployments():
    make.service()
    body = {"service": "payments-api", "version": "2.0"}
    assert client_of(make.carol()).post("/api/v1/deployments/", body, format="json").status_code == 403


def test_a_key_is_shown_once(api):
    service = make.service()
    made = api.post("/api/v1/integrations/", {"service": service.slug, "dialect": "alertmanager"}, format="json").json()

    assert len(made["key"]) == 32
    assert "key" not in api.get(f"/api/v1/integrations/{made['id']}/").json()


def test_the_shifts_of_a_schedule_are_computed(api, alice):
    rota = make.schedule("Payments primary", alice, make.bob())
    window = {"from": "2026-11-16T08:00:00Z", "to": "2026-11-30T08:00:00Z"}
    shifts = api.get(f"/api/v1/schedules/{rota.slug}/shifts/", window).json()

    assert [shift["people"] for shift in shifts] == [[alice.pk], [make.bob().pk]]


@pytest.mark.parametrize("start", ["2026-11-16T08:00:00", "yesterday", "0001-01-01T00:00:00Z"])
def test_a_time_without_zone_is_refused_with_a_sentence(api, start):
    rota = make.schedule("Payments primary", make.alice())
    answer = api.get(f"/api/v1/schedules/{rota.slug}/shifts/", {"from": start})
    assert answer.status_code == 400
    assert answer.json()["errors"]["from"]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("incidents/?page_size=200", 7),
        ("deployments/?page_size=200", 6),
        ("services/?page_size=200", 8),
        ("teams/", 7),
        ("schedules/", 9),
        ("people/", 6),
    ],
)
def test_listings_take_few_queries(api, path, most, django_assert_max_num_queries):
    for number in range(12):
        service = make.service(f"service-{number}", owner=make.team(f"Team {number}", make.bob(), make.carol()))
        make.incident(of=service)
        make.deployment(of=service)
        make.schedule(f"Rota {number}", make.alice(), make.bob(), owner=service.team)
    with django_assert_max_num_queries(most):
        assert api.get(f"/api/v1/{path}").status_code == 200


def test_the_schema_describes_every_path(api):
    schema = api.get("/api/v1/schema/?format=json").json()
    assert "/api/v1/incidents/{id}/acknowledge/" in schema["paths"]

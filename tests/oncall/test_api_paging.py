"""How people are paged, read over the API: policies, rooms, one's own contact methods and rules."""

import pytest

from tests import make
from tests.oncall.test_api import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    """Alice's, to be read."""
    make.team("Payments", make.alice())
    return client_of(make.alice(), "read")


def test_a_policy_is_read_with_its_version_and_steps(api):
    schedule = make.schedule("Payments primary", make.alice())
    policy = make.policy(schedule, make.bob(), repeats=1)

    answer = api.get(f"/api/v1/policies/{policy.pk}/").json()

    assert (answer["team"], answer["version"], answer["repeats"], answer["last_resort"]) == ("payments", 1, 1, None)
    first, second = (step["targets"][0] for step in answer["steps"])
    assert first == {"person": None, "schedule": schedule.slug, "role": "primary", "room": None}
    assert second["person"] == make.bob().pk


def test_policies_are_listed_within_their_queries(api, django_assert_max_num_queries):
    for _ in range(5):
        make.policy(make.alice(), make.bob())

    with django_assert_max_num_queries(12):
        answer = api.get("/api/v1/policies/?team=payments").json()

    assert answer["count"] == 5


def test_a_policy_without_a_version_has_no_steps(api):
    policy = make.policy()
    type(policy).objects.update(current=None)

    answer = api.get(f"/api/v1/policies/{policy.pk}/").json()

    assert (answer["version"], answer["steps"]) == (None, [])


def test_rooms_are_read_without_their_addresses(api):
    make.room(address="secret@example.com")

    answer = api.get("/api/v1/rooms/?team=payments")

    assert answer.json()["results"][0]["name"] == "#payments-alerts"
    assert "secret@example.com" not in answer.content.decode()


def test_only_ones_own_contact_methods_and_rules_are_read(api):
    mine, others = make.rule(make.alice(), 5), make.rule(make.bob())

    methods = api.get("/api/v1/contact-methods/").json()["results"]
    rules = api.get("/api/v1/notification-rules/").json()["results"]

    assert [method["address"] for method in methods] == ["alice@example.com"]
    assert rules == [{"id": mine.pk, "urgency": "high", "contact_method": mine.contact_method_id, "after_minutes": 5}]
    assert api.get(f"/api/v1/notification-rules/{others.pk}/").status_code == 404


@pytest.mark.parametrize("place", ["policies", "rooms", "contact-methods", "notification-rules"])
def test_nothing_of_it_is_written_here(api, place):
    assert client_of(make.alice()).post(f"/api/v1/{place}/", {}, format="json").status_code == 405

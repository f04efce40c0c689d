"""Teams on screen: the tree, one team, and its members."""

import pytest

from oncall.models import AuditEntry, Membership
from oncall.models.people import Team
from oncall.views.teams import MOST_DRAWN
from tests import make
from tests.oncall.test_schedule_screens import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments():
    """Alice is a member, Rafael the manager."""
    return make.team("Payments", make.alice(), managers=(rafael(),), parent=make.team("Commerce"))


def rafael():
    return make.person("Rafael Ortega")


def members(team):
    return set(team.memberships.values_list("user__name", "role"))


def test_strangers_are_sent_to_sign_in(client, payments):
    assert client.get("/teams/").status_code == 302
    assert client.get(payments.get_absolute_url()).status_code == 302


def test_the_tree_counts_what_teams_below_have(client, payments):
    make.incident(of=make.service(owner=payments))
    client.force_login(make.carol())

    page = client.get("/teams/").content.decode()

    commerce = page[page.index("Commerce") : page.index("Payments</a>")]
    assert "1 open incident" in commerce
    assert "1 service" in commerce
    assert "2 members" in commerce


def test_a_tree_that_bites_its_own_tail_is_survived(client, payments):
    Team.objects.filter(slug="commerce").update(parent=payments)
    client.force_login(make.alice())

    assert client.get("/teams/").status_code == 200
    assert client.get(payments.get_absolute_url()).status_code == 200


def test_teams_are_found_by_name(client, payments):
    client.force_login(make.carol())

    page = client.get("/teams/", {"q": "paym"}).content.decode()

    assert payments.get_absolute_url() in page
    assert "/teams/commerce/" not in page


def test_the_tree_asks_the_database_no_more_for_more_teams(client, payments, django_assert_max_num_queries):
    for number in range(30):
        make.team(f"Team {number}", make.bob(), parent=payments)
    client.force_login(make.alice())

    with django_assert_max_num_queries(20):
        client.get("/teams/")


def test_a_team_shows_people_duty_services_incidents_and_policies(client, payments):
    schedule = running(make.alice(), owner=payments)
    policy = make.policy(schedule, owner=payments)
    incident = make.incident(of=make.service(owner=payments, escalation_policy=policy))
    client.force_login(make.carol())

    page = client.get(payments.get_absolute_url()).content.decode()

    for shown in ("Rafael Ortega", "SDE, manager", schedule.name, incident.title, "payments-api", policy.name):
        assert shown in page


def test_a_team_names_members_whom_a_page_would_not_reach(client, payments):
    Membership.objects.create(team=payments, user=make.person("Silent Sam", reachable=False))
    client.force_login(make.carol())

    assert "Silent Sam has no verified contact method" in client.get(payments.get_absolute_url()).content.decode()


def test_a_team_stays_within_its_queries(client, payments, django_assert_max_num_queries):
    for number in range(8):
        make.service(f"service-{number}", owner=payments)
        running(make.alice(), owner=payments, name=f"Schedule {number}")
    client.force_login(make.alice())

    with django_assert_max_num_queries(35):
        client.get(payments.get_absolute_url())


def test_a_manager_adds_a_person_with_job_and_role(client, payments):
    make.bob()
    client.force_login(rafael())

    answer = client.post("/teams/payments/members/", {"user": "bob@example.com", "job": "tpm", "role": "member"})

    assert answer.status_code == 303
    assert payments.memberships.get(user=make.bob()).job == "tpm"
    assert AuditEntry.objects.filter(kind="oncall.membership", verb="added").count() == 1


@pytest.mark.parametrize("person", [make.alice, make.carol])
def test_only_managers_and_administrators_change_members(client, payments, person):
    alice = payments.memberships.get(user=make.alice())
    client.force_login(person())

    for tail in ("", f"{alice.pk}/change/", f"{alice.pk}/remove/"):
        answer = client.post(f"/teams/payments/members/{tail}", {"job": "sde", "role": "manager"})
        assert answer.status_code == 403
        assert "Only managers of Payments" in answer.content.decode()
    assert members(payments) == {("Alice Moreau", "member"), ("Rafael Ortega", "manager")}


def test_an_administrator_makes_a_member_a_manager(client, payments):
    alice = payments.memberships.get(user=make.alice())
    client.force_login(make.dora())

    client.post(f"/teams/payments/members/{alice.pk}/change/", {"job": "sdm", "role": "manager"})

    assert ("Alice Moreau", "manager") in members(payments)


def test_a_team_keeps_its_last_manager(client, payments):
    manager = payments.memberships.get(user=rafael())
    client.force_login(rafael())

    removed = client.post(f"/teams/payments/members/{manager.pk}/remove/")
    demoted = client.post(f"/teams/payments/members/{manager.pk}/change/", {"job": "sdm", "role": "member"})

    assert removed.status_code == demoted.status_code == 409
    assert "is the last manager of Payments" in removed.content.decode()
    assert ("Rafael Ortega", "manager") in members(payments)


def test_a_person_who_is_in_the_team_already_is_a_conflict(client, payments):
    client.force_login(rafael())

    answer = client.post("/teams/payments/members/", {"user": "alice@example.com", "job": "sde", "role": "member"})

    assert answer.status_code == 409
    assert "Alice Moreau is in Payments already" in answer.content.decode()


def test_an_unknown_person_is_said_at_the_field_with_what_was_typed(client, payments):
    client.force_login(rafael())

    answer = client.post("/teams/payments/members/", {"user": "Nobody Nowhere", "job": "sde", "role": "member"})

    assert answer.status_code == 422
    assert 'value="Nobody Nowhere"' in answer.content.decode()


def test_a_member_of_another_team_cannot_be_reached_through_this_one(client, payments):
    elsewhere = Membership.objects.create(team=make.team("Checkout"), user=make.carol())
    client.force_login(rafael())

    assert client.post(f"/teams/payments/members/{elsewhere.pk}/remove/").status_code == 404
    assert Membership.objects.filter(pk=elsewhere.pk).exists()


def test_a_large_tree_is_drawn_to_its_second_level(client, payments):
    below = make.team("Cards", parent=payments)
    Team.objects.bulk_create(Team(name=f"Team {number}", slug=f"team-{number}") for number in range(MOST_DRAWN))
    client.force_login(make.carol())

    page = client.get("/teams/").content.decode()

    assert "1 team below" in page
    assert below.get_absolute_url() not in page
    assert below.get_absolute_url() in client.get("/teams/", {"q": "cards"}).content.decode()

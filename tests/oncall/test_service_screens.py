"""Services on screen: the listing, one service, its facts, links, dependencies and doors."""

import pytest
from django.conf import settings

from oncall.models import Integration, Service
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(client):
    """payments-api of Alice, who is signed in."""
    client.force_login(make.alice())
    return make.service(owner=make.team("Payments", make.alice()), tier=1)


def facts(service, **changes):
    return {
        "name": service.name,
        "description": "",
        "team": service.team_id,
        "tier": service.tier,
        "lifecycle": "production",
        "repository": "",
        "escalation_policy": "",
        **changes,
    }


def test_strangers_are_sent_to_sign_in(client, service):
    client.logout()

    assert client.get("/services/").status_code == 302
    assert client.get(service.get_absolute_url()).status_code == 302


@pytest.mark.parametrize("query", [{"team": "payments"}, {"tier": "1"}, {"q": "PAY api"}])
def test_the_listing_is_narrowed_by_team_tier_and_words(client, service, query):
    other = make.service("cart", owner=make.team("Checkout"), tier=3)

    page = client.get("/services/", query).content.decode()

    assert service.get_absolute_url() in page
    assert f'row-title" href="{other.get_absolute_url()}"' not in page


@pytest.mark.parametrize("query", [{"tier": "nine"}, {"team": "x" * 300}, {"page": "-1"}, {"q": "%_\\"}])
def test_a_listing_with_nonsense_in_its_address_is_shown(client, service, query):
    assert client.get("/services/", query).status_code == 200


def test_the_listing_asks_the_database_no_more_for_more_services(client, service, django_assert_max_num_queries):
    for number in range(40):
        make.service(f"service-{number}", owner=make.team(f"Team {number}"))

    with django_assert_max_num_queries(22):
        client.get("/services/")


def test_one_service_shows_what_runs_what_is_open_and_who_is_paged(client, service):
    policy = make.policy(make.alice(), owner=service.team)
    Service.objects.update(escalation_policy=policy)
    incident = make.incident(of=service)
    deployment = make.deployment(of=service)
    service.running.create(environment=deployment.environment, deployment=deployment, since=make.MONDAY)

    page = client.get(service.get_absolute_url()).content.decode()

    for shown in (incident.title, "1.42.0", "eu-west-1", policy.name):
        assert shown in page


def test_a_service_without_policy_says_who_is_paged_instead(client, service):
    assert "the managers of Payments are paged" in client.get(service.get_absolute_url()).content.decode()


def test_the_graph_reaches_two_hops_both_ways_and_no_further(client, service):
    names = ["web", "api", "ledger", "store", "disk"]
    web, api, ledger, store, disk = (make.service(name, owner=service.team) for name in names)
    for upper, lower in ((web, api), (api, service), (service, ledger), (ledger, store), (store, disk), (disk, web)):
        make.needs(upper, lower)

    page = client.get(service.get_absolute_url()).content.decode()

    assert "web needs api" in page
    assert "ledger needs store" in page
    assert disk.get_absolute_url() not in page


def test_a_service_that_everything_needs_keeps_a_picture_of_few(client, service, django_assert_max_num_queries):
    for number in range(60):
        make.needs(make.service(f"caller-{number}", owner=service.team), service)

    with django_assert_max_num_queries(35):
        page = client.get(service.get_absolute_url()).content.decode()

    assert "51 more had no room in the picture" in page


def test_facts_are_changed_by_members(client, service):
    answer = client.post(f"{service.get_absolute_url()}edit/", facts(service, tier="2", repository="acme/pay"))

    service.refresh_from_db()
    assert answer.status_code == 303
    assert (service.tier, service.repository) == (2, "acme/pay")


def test_a_service_is_not_given_to_a_team_one_does_not_belong_to(client, service):
    answer = client.post(f"{service.get_absolute_url()}edit/", facts(service, team=make.team("Checkout").pk))

    assert answer.status_code == 422
    assert Service.objects.get().team == service.team


def test_another_team_changes_nothing(client, service):
    client.force_login(make.carol())

    for tail in ("edit/", "links/add/", "needs/add/", "doors/add/"):
        answer = client.post(f"{service.get_absolute_url()}{tail}", {})
        assert answer.status_code == 403
        assert "Only members of Payments" in answer.content.decode()


def test_a_door_shows_key_address_and_lines_exactly_once(client, service):
    answer = client.post(f"{service.get_absolute_url()}doors/add/", {"dialect": "alertmanager", "name": "eu"})
    first = client.get(service.get_absolute_url())
    second = client.get(service.get_absolute_url())

    door = service.integrations.get()
    key = first.context["new_key"]
    page = first.content.decode()
    assert answer.status_code == 303
    assert Integration.objects.keyed(key, "alertmanager").get() == door
    assert f"{settings.ERRATA_URL}/integrations/v1/alertmanager/{key}/" in page
    assert "webhook_configs" in page
    assert "no-store" in first["Cache-Control"]
    assert key not in second.content.decode()


@pytest.mark.parametrize("dialect", ["github", "pagerduty", "pagerduty-change"])
def test_every_dialect_has_its_lines(client, service, dialect):
    client.post(f"{service.get_absolute_url()}doors/add/", {"dialect": dialect})

    page = client.get(service.get_absolute_url())

    assert page.context["snippet"].text.count(page.context["new_key"]) >= 1
    assert page.context["new_url"] in page.context["snippet"].text


def test_a_door_that_is_closed_lets_nothing_in_until_it_is_opened(client, service):
    door, key = make.integration(of=service)

    client.post(f"{service.get_absolute_url()}doors/{door.pk}/close/")
    closed = Integration.objects.keyed(key, "alertmanager").exists()
    client.post(f"{service.get_absolute_url()}doors/{door.pk}/open/")

    assert not closed
    assert Integration.objects.keyed(key, "alertmanager").exists()


def test_a_door_of_another_service_is_not_there(client, service):
    door, _ = make.integration(of=make.service("cart", owner=make.team("Checkout")))

    assert client.post(f"{service.get_absolute_url()}doors/{door.pk}/close/").status_code == 404


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://example.com/x", "nonsense", "https://x/" + "y" * 600])
def test_links_lead_to_web_pages_only(client, service, url):
    answer = client.post(f"{service.get_absolute_url()}links/add/", {"kind": "runbook", "title": "Book", "url": url})

    assert answer.status_code == 422
    assert not service.links.exists()


def test_links_are_added_once_and_removed(client, service):
    link = {"kind": "runbook", "title": "Book", "url": "https://runbooks.example.com/pay"}
    client.post(f"{service.get_absolute_url()}links/add/", link)
    again = client.post(f"{service.get_absolute_url()}links/add/", link)
    runbook = service.runbook
    client.post(f"{service.get_absolute_url()}links/{service.links.get().pk}/remove/")

    assert runbook == link["url"]
    assert again.status_code == 422
    assert not service.links.exists()


def test_dependencies_are_added_by_name_and_removed(client, service):
    cart = make.service("cart", owner=make.team("Checkout"))
    client.post(f"{service.get_absolute_url()}needs/add/", {"needs": "CART"})
    needed = service.needs.get()
    client.post(f"{service.get_absolute_url()}needs/{needed.pk}/remove/")

    assert needed.needs == cart
    assert not service.needs.exists()


def test_no_service_needs_itself(client, service):
    answer = client.post(f"{service.get_absolute_url()}needs/add/", {"needs": service.slug})

    assert answer.status_code == 422
    assert "No service needs itself." in answer.content.decode()

"""Follow buttons beside things and listings, the screen of what is followed, and the same over the API."""

import pytest

from coe import publishing, subscribing
from coe.models import Subscription, Tag
from oncall.models import ApiToken
from tests import make
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return published(drafted())


@pytest.fixture
def carol(client):
    client.force_login(make.carol())
    return client


@pytest.fixture
def api(client):
    text = ApiToken.issue(make.carol(), "laptop")[1]
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    return client


def mine():
    return Subscription.objects.get(user=make.carol())


@pytest.mark.parametrize(
    ("place", "posted"),
    [
        ("/teams/payments/", {"team": "payments"}),
        ("/services/payments-api/", {"service": "payments-api"}),
        ("/coes/?team=payments", {"team": "payments"}),
        ("/coes/?tag=pools", {"tag": "pools"}),
        ("/coes/?severity=2&cause=trigger", {"query": "sev:2 cause:trigger"}),
        ("/search/?q=card+declines&team=payments&page=1", {"query": "card declines team:payments"}),
    ],
)
def test_a_button_says_that_one_follows_how_often_and_leads_back(carol, coe, place, posted):
    coe.tags.add(Tag.objects.create(name="pools"))
    shown = carol.get(place).content.decode()
    for name, value in posted.items():
        assert f'name="{name}" value="{value}"' in shown

    answer = carol.post("/subscriptions/follow/", {**posted, "cadence": "daily", "place": place})

    assert answer["Location"] == place
    assert "Following, daily" in carol.get(place).content.decode()
    carol.post("/subscriptions/follow/", {**posted, "cadence": "", "place": place})
    assert not Subscription.objects.exists()


def test_a_coe_offers_its_team_services_and_tags(carol, coe):
    coe.tags.add(Tag.objects.create(name="pools"))
    subscribing.follow(make.carol(), "weekly", LATER, service=coe.services.first())
    shown = carol.get(f"/coes/{coe.pk}/").content.decode()

    for posted in ('name="team" value="payments"', 'name="service" value="payments-api"', 'name="tag" value="pools"'):
        assert posted in shown
    assert shown.count("Following, weekly") == 1


def test_a_button_leads_to_no_other_site(carol):
    answer = carol.post("/subscriptions/follow/", {"cadence": "daily", "place": "https://elsewhere.example/"})

    assert answer["Location"] == "/subscriptions/"


def test_a_search_offers_no_button_at_once_and_refuses_it(carol):
    assert 'value="at_once"' not in carol.get("/coes/?q=tls").content.decode()

    assert carol.post("/subscriptions/follow/", {"query": "tls", "cadence": "at_once"}).status_code == 422


def test_a_tag_of_nothing_but_restricted_coes_is_unknown(carol, coe):
    coe.tags.add(Tag.objects.create(name="layoffs"))
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)

    assert carol.post("/subscriptions/follow/", {"tag": "layoffs", "cadence": "daily"}).status_code == 422
    assert carol.post("/subscriptions/", {"tag": "layoffs", "cadence": "daily"}).status_code == 422
    shown = carol.get("/coes/?tag=layoffs").content.decode()
    assert 'name="query" value="tag:layoffs"' in shown
    assert 'name="tag" value="layoffs"' not in shown


@pytest.mark.parametrize(
    ("wish", "words", "place"),
    [
        ({"severity": 2}, "SEV 2 or worse", "/coes/?severity=1&amp;severity=2"),
        ({"query": "tls & dns"}, "Search “tls &amp; dns”", "/coes/?q=tls+%26+dns&amp;sort=date"),
        ({}, "Every COE", "/coes/"),
    ],
)
def test_what_is_followed_leads_to_its_coes(carol, wish, words, place):
    subscribing.follow(make.carol(), "daily", LATER, **wish)

    assert f'<a href="{place}">{words}</a>' in carol.get("/subscriptions/").content.decode()


def test_tags_are_offered_of_what_the_person_may_read_alone(carol, coe):
    secret = published(drafted())
    coe.tags.add(Tag.objects.create(name="pools"))
    secret.tags.add(Tag.objects.create(name="layoffs"))
    publishing.set_audience(secret, "restricted", reason="Personnel", by=make.alice(), now=LATER)

    shown = carol.get("/subscriptions/").content.decode()

    assert '<option value="pools">' in shown
    assert "layoffs" not in shown


def test_how_often_is_changed_on_the_screen(carol):
    made = subscribing.follow(make.carol(), "weekly", LATER)

    carol.post(f"/subscriptions/{made.pk}/", {"cadence": "at_once"})

    assert mine().cadence == "at_once"


def test_a_room_is_chosen_from_those_of_the_own_teams(carol):
    make.team("Fulfilment", make.carol())
    own, other = make.room("#fulfilment", owner=make.team("Fulfilment")), make.room()
    assert other.name not in carol.get("/subscriptions/").content.decode()

    assert carol.post("/subscriptions/", {"cadence": "daily", "room": other.pk}).status_code == 422
    carol.post("/subscriptions/", {"cadence": "daily", "room": own.pk})

    assert mine().room == own


def test_the_api_follows_changes_and_ends(api, coe):
    made = api.post("/api/v1/subscriptions/", {"team": "payments", "cadence": "daily"}, "application/json")
    assert made.status_code == 201
    path = f"/api/v1/subscriptions/{made.json()['id']}/"

    again = api.post("/api/v1/subscriptions/", {"team": "payments", "cadence": "weekly"}, "application/json")
    assert (again.json()["id"], again.json()["cadence"]) == (made.json()["id"], "weekly")
    assert api.patch(path, {"cadence": "at_once"}, "application/json").json()["cadence"] == "at_once"
    assert [one["team"] for one in api.get("/api/v1/subscriptions/").json()["results"]] == ["payments"]
    assert api.delete(path).status_code == 204
    assert not Subscription.objects.exists()


def test_the_api_shows_and_changes_the_own_ones_alone(api):
    other = subscribing.follow(make.bob(), "daily", LATER)

    assert api.get("/api/v1/subscriptions/").json()["results"] == []
    for call in (api.get, api.delete):
        assert call(f"/api/v1/subscriptions/{other.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"query": "tls", "cadence": "at_once"}, 400),
        ({"cadence": "hourly"}, 400),
        ({"team": "none"}, 400),
        ({"tag": "none"}, 400),
        ({"severity": 9}, 400),
        ({"room": 0}, 400),
    ],
)
def test_the_api_refuses_what_cannot_be_followed(api, facts, status):
    assert api.post("/api/v1/subscriptions/", facts, "application/json").status_code == status


def test_the_api_refuses_a_room_of_another_team(api):
    answer = api.post("/api/v1/subscriptions/", {"cadence": "daily", "room": make.room().pk}, "application/json")

    assert answer.status_code == 403


def test_the_list_asks_few_questions(api, django_assert_max_num_queries):
    for severity in (1, 2, 3):
        subscribing.follow(make.carol(), "daily", LATER, severity=severity)

    with django_assert_max_num_queries(5):
        api.get("/api/v1/subscriptions/")

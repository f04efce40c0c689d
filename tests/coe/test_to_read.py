"""What a team has to read: published COEs that concern it, on its screen, on home and in a list with answers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coe import applying, concerning, reading
from coe.models import COE, Revision
from coe.views.to_read import found_for
from oncall.models import Team
from tests import make

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def publish(title="Cards were declined", *services, days=1, **facts):
    """Alice's, of Payments, published so many days ago."""
    at = NOW - timedelta(days=days)
    coe = make.coe(title, state="published", published_at=at, **facts)
    coe.services.set(services)
    content = {"title": title, "severity": coe.severity, "sections": {}, "timeline": [], "causes": [], "actions": []}
    given = {"reason": "published", "made_by": coe.owner, "made_at": at, "content": content, "html": {}}
    Revision.objects.create(coe=coe, number=1, **given)
    return coe


@pytest.fixture
def team():
    """Carol's team Fulfilment: its orders need payments-api; of Payments."""
    team = make.team("Fulfilment", make.carol())
    make.needs(make.service("orders", owner=team), payments_api())
    return team


def payments_api():
    return make.service("payments-api", owner=make.team("Payments", make.alice()))


def to_read(user, *teams):
    mine = list(Team.objects.of(user))
    return list(found_for(user, concerning.reaches_of(teams or mine), mine, NOW))


def test_a_team_reads_about_what_it_owns_and_what_its_services_need(team):
    needed, owned = publish("Needed", payments_api()), publish("Owned", make.service("orders"), days=2)
    publish("Neither", make.service("ledger", owner=make.team("Ledger")))

    assert to_read(make.carol()) == [needed, owned]
    assert to_read(make.alice()) == []


def test_what_is_older_than_ninety_days_is_asked_of_nobody(team):
    publish("Old", payments_api(), days=91)

    assert to_read(make.carol()) == []


def test_it_leaves_the_list_when_it_is_read_and_answered_and_not_before(team):
    coe = publish("Needed", payments_api())
    reading.mark_read(coe, make.carol(), NOW)
    assert to_read(make.carol()) == [coe]

    applying.apply(coe, team, "no", "", make.carol(), NOW)
    assert to_read(make.carol()) == []
    assert to_read(make.person("Nadia New"), team) == []


def test_a_colleague_who_has_not_read_it_still_has_to(team):
    coe = publish("Needed", payments_api())
    make.team("Fulfilment", make.bob())
    applying.apply(coe, team, "no", "", make.carol(), NOW)

    assert to_read(make.bob()) == [coe]


def test_what_is_restricted_is_in_no_list_of_whoever_may_not_read_it(team, client):
    publish("Secret salaries", payments_api(), audience="restricted", restricted_because="Personnel")
    client.force_login(make.carol())

    assert to_read(make.carol()) == []
    for path in ("/", "/coes/to-read/", "/coes/to-read/?team=fulfilment", "/teams/fulfilment/"):
        assert "Secret salaries" not in client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/teams/fulfilment/"])
def test_home_and_team_say_how_many_and_lead_to_the_list(team, client, path):
    for number in range(6):
        publish(f"Needed {number}", payments_api(), days=number + 1)
    client.force_login(make.carol())

    screen = client.get(path).content.decode()

    assert "6 COEs to read" in screen
    assert "/coes/to-read/" in screen


def test_the_list_says_why_and_takes_the_answer_in_place(team, client):
    coe = publish("Needed", payments_api())
    client.force_login(make.carol())
    screen = client.get("/coes/to-read/").content.decode()
    assert "orders of Fulfilment needs payments-api" in screen
    assert "Does this apply to Fulfilment?" in screen

    answer = client.post(f"/coes/{coe.pk}/applies/{team.pk}/", {"answer": "no", "note": "We cache", "list": ""})

    assert answer.url == "/coes/to-read/"
    assert "Everything is read and answered" in client.get(answer.url).content.decode()


def test_of_another_team_one_sees_what_it_has_not_answered_and_answers_nothing(team, client):
    coe = publish("Needed", payments_api())
    client.force_login(make.person("Nadia New"))

    screen = client.get("/coes/to-read/?team=fulfilment").content.decode()

    assert coe.title in screen
    assert "Fulfilment has not answered yet" in screen
    assert f"/coes/{coe.pk}/applies/" not in screen


def test_an_answer_given_in_a_list_leads_to_no_other_site(team, client):
    coe = publish("Needed", payments_api())
    client.force_login(make.carol())

    answer = client.post(f"/coes/{coe.pk}/applies/{team.pk}/", {"answer": "no", "list": "//evil.example/&x=1"})

    assert answer.url.startswith("/coes/to-read/?team=%2F%2Fevil.example")


def test_somebody_in_no_team_is_told_how_it_works(client):
    client.force_login(make.person("Nadia New"))

    assert "You are in no team" in client.get("/coes/to-read/").content.decode()


@pytest.mark.parametrize(("path", "most"), [("/coes/to-read/", 24), ("/", 38), ("/teams/fulfilment/", 42)])
def test_the_lists_take_few_queries_when_there_is_much(team, client, path, most, django_assert_max_num_queries):
    for number in range(25):
        publish(f"Needed {number}", payments_api(), make.service("orders"), days=number % 80 + 1)
    for number in range(3):
        other = make.team(f"Team {number}", make.carol())
        make.needs(make.service(f"svc-{number}", owner=other), payments_api())
    client.force_login(make.carol())
    client.get(path)

    with django_assert_max_num_queries(most):
        client.get(path)


def test_home_remembers_what_the_own_teams_published_a_year_ago(team, client):
    mine, theirs = make.team("Fulfilment"), make.team("Payments")
    a_year_ago = publish("Parcels lost", team=mine, days=365)
    publish("Parcels late", team=mine, days=300)
    publish("Somebody else's", team=theirs, days=365)
    client.force_login(make.carol())

    found = concerning.a_year_ago(make.carol(), [mine], NOW.date())

    assert list(found) == [a_year_ago]
    assert "A year ago in your teams" in client.get("/").content.decode()


def test_a_leap_day_remembers_the_day_before(team):
    leap = NOW.date().replace(year=2028, month=2, day=29)

    assert list(concerning.a_year_ago(make.carol(), [team], leap)) == []
    assert COE.objects.count() == 0

"""Who reads a COE, said over the API: the rules of the screen, told as problem details."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coe import publishing, searching
from coe.models import COE
from coe.searching import Query, Reader
from oncall.models import ApiToken, AuditEntry
from tests import make
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return published(drafted())


@pytest.fixture
def security():
    return make.team("Security", make.carol())


def day(days=30):
    return (timezone.now().date() + timedelta(days=days)).isoformat()


def caller(client, user, scope="write"):
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {ApiToken.issue(user, 'laptop', scope)[1]}"
    return client


@pytest.fixture
def alice(client):
    """Alice, who owns the COE, over the API."""
    return caller(client, make.alice())


def put(client, coe, **changes):
    wish = {"audience": "restricted", "restricted_because": "Keys leaked", "reconsider_on": day(), **changes}
    return client.put(f"/api/v1/coes/{coe.pk}/audience/", wish, "application/json")


def restrict(coe, **facts):
    publishing.set_audience(coe, "restricted", reason="Security", by=make.alice(), now=LATER, **facts)


def test_a_restriction_names_teams_people_a_reason_and_a_day_and_is_read_back(alice, coe, security):
    answer = put(alice, coe, teams=["security"], readers=[make.bob().pk])

    expected = {
        "audience": "restricted",
        "restricted_because": "Keys leaked",
        "teams": ["security"],
        "readers": [make.bob().pk],
        "reconsider_on": day(),
        "restricted_by": make.alice().pk,
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    assert alice.get(f"/api/v1/coes/{coe.pk}/audience/").json() == expected
    entry = AuditEntry.objects.filter(verb="audience").get()
    assert (entry.actor, entry.source, entry.after) == (make.alice(), "api", "restricted")


def test_it_holds_at_the_next_request_in_the_search_too(alice, coe, security, settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    stranger = Reader.of(make.person("Nadia New"))
    assert searching.search(Query(text=""), stranger).total == 1

    put(alice, coe, teams=["security"])

    assert searching.search(Query(text=""), stranger).total == 0
    assert searching.search(Query(text=""), Reader.of(make.carol())).total == 1


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"audience": "friends"}, "audience", "not a valid choice"),
        ({"restricted_because": " "}, "restricted_because", "Say why not everybody may read it."),
        ({"reconsider_on": None}, "reconsider_on", "Name the day on which it is judged again."),
        ({"reconsider_on": "2001-01-01"}, "reconsider_on", "Name a day after today"),
        ({"reconsider_on": "2999-01-01"}, "reconsider_on", "at most a year from now"),
        ({"teams": ["nobody"]}, "teams", "There is no team “nobody”."),
        ({"teams": ["x"] * 31}, "teams", "no more than 30"),
        ({"readers": [2**61]}, "readers", "There is no person"),
        ({"readers": ["alice@example.com"]}, "readers", "valid integer"),
    ],
)
def test_what_a_restriction_lacks_is_a_problem_at_its_field(alice, coe, facts, field, sentence):
    answer = put(alice, coe, **facts)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert sentence in str(answer.json()["errors"][field])
    assert not COE.objects.get().is_restricted


def test_whoever_has_left_is_not_named_and_not_listed(alice, coe):
    bob = make.bob()
    restrict(coe, readers=[bob, make.carol()])
    bob.is_active = False
    bob.save()

    assert alice.get(f"/api/v1/coes/{coe.pk}/audience/").json()["readers"] == [make.carol().pk]
    assert "they have left" in str(put(alice, coe, readers=[bob.pk], because="x").json()["errors"]["readers"])


def test_lifting_a_restriction_or_naming_another_day_asks_why(alice, coe, security):
    restrict(coe, teams=[security])

    for change in ({"audience": "organisation"}, {"reconsider_on": day(60)}):
        assert put(alice, coe, **change).json()["errors"] == {"because": ["Say why."]}
    answer = put(alice, coe, audience="organisation", because="The keys are replaced")

    assert (answer.json()["audience"], answer.json()["teams"], answer.json()["reconsider_on"]) == (
        "organisation",
        [],
        None,
    )
    assert AuditEntry.objects.filter(verb="audience").order_by("pk").last().detail == "The keys are replaced"


def test_only_its_owner_managers_of_its_team_and_administrators_say_and_see_who_reads_it(client, coe, security):
    restrict(coe, teams=[security])
    for user, status in ((make.carol(), 403), (make.person("Nadia New"), 404), (make.dora(), 200)):
        asking = caller(client, user)
        assert asking.get(f"/api/v1/coes/{coe.pk}/audience/").status_code == status
        assert put(asking, coe, because="x").status_code == status


def test_a_key_that_only_reads_changes_no_audience(client, coe):
    assert put(caller(client, make.alice(), "read"), coe).status_code == 403
    assert not COE.objects.get().is_restricted


def test_naming_many_asks_as_many_questions_as_naming_one(alice, coe, django_assert_max_num_queries):
    people = [make.person(f"Person {number}").pk for number in range(20)]
    teams = [make.team(f"Team {number}").slug for number in range(20)]

    with django_assert_max_num_queries(30):
        assert put(alice, coe, readers=people, teams=teams).status_code == 200

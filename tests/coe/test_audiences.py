"""Who reads a COE: teams as well as people, as long as they are members; the form that says so."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import delegating, publishing, searching
from coe.models import COE, Notice
from coe.searching import Query, Reader
from coe.searching.readers import tokens_of
from coe.telling import may_read, tell
from oncall.models import AuditEntry, Membership
from tests import make
from tests.coe.writers import LATER, drafted, in_review, published

pytestmark = pytest.mark.django_db
TODAY = LATER.date()


@pytest.fixture
def security():
    return make.team("Security", make.carol())


def restricted(coe, **facts):
    publishing.set_audience(coe, "restricted", reason="Security", by=make.alice(), now=LATER, **facts)
    return coe


def posted(client, coe, **facts):
    day = (make.alice().local(LATER).date() + timedelta(days=300)).isoformat()
    wish = {"audience": "restricted", "restricted_because": "Keys leaked", "reconsider_on": day}
    return client.post(f"/coes/{coe.pk}/audience/", {**wish, **facts})


def test_members_of_a_reader_team_read_it_as_long_as_they_are_members(security):
    coe = restricted(published(drafted()), teams=[security])
    assert may_read(make.carol(), coe, "published")

    Membership.objects.filter(user=make.carol()).delete()

    assert not may_read(make.carol(), coe, "published")
    assert tell([make.carol()], Notice.Kind.COMMENT, key="one", coe=coe, now=LATER) == 0


def test_teams_below_a_reader_team_do_not_read_it(security):
    coe = restricted(published(drafted()), teams=[security])
    below = make.person("Nadia New")
    make.team("Red team", below, parent=security)

    assert not may_read(below, coe, "published")


def test_a_former_member_finds_nothing_although_the_index_was_not_written(security, settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    restricted(published(drafted()), teams=[security])
    assert searching.search(Query(text=""), Reader.of(make.carol())).total == 1

    Membership.objects.filter(user=make.carol()).delete()

    assert searching.search(Query(text=""), Reader.of(make.carol())).total == 0


def test_who_handed_a_review_of_a_reissue_on_is_no_reader_for_search_either():
    coe = in_review()
    COE.objects.filter(pk=coe.pk).update(audience="restricted", restricted_because="x", published_at=LATER)
    review = coe.reviews.open().get(reviewer=make.bob())

    delegating.delegate(review, make.carol(), "On leave", by=make.bob(), now=LATER)

    coe = COE.objects.get()
    assert f"u{make.bob().pk}" not in tokens_of(coe)
    assert f"u{make.carol().pk}" in tokens_of(coe)


def test_the_form_takes_teams_and_people_with_the_reason_and_the_day(client, security):
    coe = published(drafted())
    client.force_login(make.alice())

    posted(client, coe, teams="security\nPayments", readers=make.bob().email)

    coe.refresh_from_db()
    assert {team.name for team in coe.reader_teams.all()} == {"Payments", "Security"}
    assert (list(coe.readers.all()), coe.restricted_because) == ([make.bob()], "Keys leaked")
    assert coe.restricted_by == make.alice()


def test_teams_that_it_concerns_are_offered_to_be_ticked(client, security):
    coe = published(drafted())
    make.needs(make.service("vault", owner=security), coe.services.first())
    client.force_login(make.alice())
    assert f'value="{security.pk}"' in client.get(f"/coes/{coe.pk}/audience/").content.decode()

    posted(client, coe, near=[security.pk])

    assert list(coe.reader_teams.all()) == [security]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"teams": "Nobody"}, "There is no team called Nobody"),
        ({"restricted_because": " "}, "Say why not everybody may read it"),
        ({"reconsider_on": ""}, "Name the day on which it is judged again"),
        ({"reconsider_on": "2001-01-01"}, "Name a day after today"),
        ({"reconsider_on": "2099-01-01"}, "at most a year from now"),
    ],
)
def test_what_a_restriction_lacks_is_said_and_what_was_typed_stays(client, facts, sentence):
    coe = published(drafted())
    client.force_login(make.alice())

    answer = posted(client, coe, **facts, readers=make.bob().email)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert make.bob().email in answer.content.decode()
    assert not COE.objects.get().is_restricted


def test_lifting_a_restriction_asks_why_and_forgets_who_read_it(client, security):
    coe = restricted(published(drafted()), teams=[security])
    client.force_login(make.alice())
    refused = client.post(f"/coes/{coe.pk}/audience/", {"audience": "organisation", "reconsider_on": "nonsense"})
    assert "Say why." in refused.content.decode()

    client.post(f"/coes/{coe.pk}/audience/", {"audience": "organisation", "because": "The keys are replaced"})

    coe.refresh_from_db()
    assert (coe.audience, coe.reconsider_on, coe.reader_teams.count()) == ("organisation", None, 0)
    entry = AuditEntry.objects.filter(verb="audience").order_by("pk").last()
    assert (entry.after, entry.detail) == ("organisation", "The keys are replaced")


def test_the_verb_names_a_day_by_itself_and_refuses_one_too_far():
    coe = restricted(drafted())
    assert coe.reconsider_on == TODAY + timedelta(days=90)

    with pytest.raises(ValidationError, match="at most a year"):
        restricted(coe, reconsider_on=TODAY + timedelta(days=366))


def test_whoever_reads_a_restricted_coe_is_told_why_for_whom_and_until_when(client, security):
    coe = restricted(published(drafted()), teams=[security])
    client.force_login(make.carol())

    screen = client.get(f"/coes/{coe.pk}/").content.decode()

    assert "/teams/security/" in screen
    assert "To be reconsidered on 14 February 2027" in screen
    assert f"/coes/{coe.pk}/audience/" not in screen

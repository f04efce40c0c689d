"""Incidents of a re-issue's draft, and why it corrects nothing: readers know both with its publication."""

from importlib import import_module

import pytest
from django.db import connection

from coe import documents, drafting, editing, owing
from coe.models import COE, Owed
from tests import make
from tests.coe.writers import LATER, published_anew, reissued

pytestmark = pytest.mark.django_db
WORDS = "UNPUBLISHED WORDS"


@pytest.fixture
def coe():
    return reissued()


@pytest.fixture
def carol(client):
    client.force_login(make.carol())
    return client


def test_an_incident_that_the_draft_adds_is_not_told_to_readers(coe, carol):
    added, page = make.incident("Another outage"), f"/coes/{coe.pk}/"
    coe.header.incidents.add(added)

    assert added not in carol.get(page).context["incidents"]
    assert added.number not in carol.get(f"{page}html/").content.decode()
    assert coe.number not in carol.get(added.get_absolute_url()).content.decode()
    assert coes_about(added, carol) == []
    published_anew(coe)
    assert added in carol.get(page).context["incidents"]
    assert coe.number in carol.get(added.get_absolute_url()).content.decode()
    assert coes_about(added, carol) == [coe.pk]


def coes_about(incident, client):
    return [row["id"] for row in client.get(f"/api/v1/coes/?incident={incident.pk}").json()["results"]]


def test_whoever_writes_the_draft_finds_it_by_the_incident_that_it_adds(coe, client):
    added = make.incident("Another outage")
    coe.header.incidents.add(added)

    client.force_login(make.alice())
    assert coe.number in client.get(added.get_absolute_url()).content.decode()
    assert coes_about(added, client) == [coe.pk]
    assert drafting.draft_for(added, make.alice(), LATER) == coe
    assert drafting.draft_for(added, make.dora(), LATER) == coe
    assert added.number in client.get(f"/coes/{coe.pk}/review/").content.decode()


def test_an_incident_that_the_draft_takes_away_is_one_of_its_own_until_it_is_published(coe, carol):
    known = coe.incidents.get()
    coe.header.incidents.clear()

    assert coes_about(known, carol) == [coe.pk]
    published_anew(coe)
    assert coes_about(known, carol) == []


def test_an_incident_that_a_reissue_adds_is_told_by_its_number_and_the_others_not_again(coe):
    known, added = coe.incidents.get(), make.incident("Another outage")
    coe.header.incidents.add(added)
    published_anew(coe)

    told = [one.timeline.filter(text=f"{coe.number} published").count() for one in (known, added)]
    assert told == [1, 1]


def test_what_is_owed_for_an_incident_is_not_settled_by_a_draft_that_adds_it(coe):
    added = make.incident("Another outage", severity=2, state="mitigated", mitigated_at=LATER, at=LATER)
    coe.header.incidents.add(added)
    owing.tick(LATER)
    assert Owed.objects.get(incident=added).coe is None

    published_anew(coe)
    owing.tick(LATER)
    assert Owed.objects.get(incident=added).coe == coe


def test_why_nothing_is_corrected_is_said_to_readers_with_the_publication(coe, carol):
    editing.save_header(coe, no_actions_because=WORDS, by=make.alice(), now=LATER)

    assert (COE.objects.get().no_actions_because, documents.content_of(coe)["no_actions_because"]) == ("", WORDS)
    assert WORDS not in carol.get(f"/api/v1/coes/{coe.pk}/").content.decode()
    assert published_anew(coe).no_actions_because == WORDS


def test_a_draft_that_was_begun_before_the_upgrade_keeps_what_it_says_and_readers_what_they_read(coe):
    known, added = coe.incidents.get(), make.incident("Another outage")
    coe.header.incidents.clear()
    coe.incidents.add(added)
    COE.objects.update(no_actions_because=WORDS)

    upgrade = import_module("coe.migrations.0020_incidents_of_drafts")
    with connection.cursor() as cursor:
        cursor.execute(upgrade.APART)
    coe = COE.objects.get()
    assert (list(coe.incidents.all()), coe.no_actions_because) == ([known], "")
    assert (set(coe.header.incidents.all()), coe.header.no_actions_because) == ({known, added}, WORDS)

    with connection.cursor() as cursor:
        cursor.execute(upgrade.TOGETHER)
    assert set(coe.incidents.all()) == {known, added}


@pytest.mark.parametrize("asked", ["9999999999999999999", "-1"])
def test_an_incident_that_cannot_be_has_no_coes(asked, carol):
    assert carol.get(f"/api/v1/coes/?incident={asked}").json()["results"] == []


@pytest.mark.parametrize("asked", ["99999999999999999999999", "1.5"])
def test_what_is_no_number_of_an_incident_is_refused(asked, carol):
    assert carol.get(f"/api/v1/coes/?incident={asked}").status_code == 400

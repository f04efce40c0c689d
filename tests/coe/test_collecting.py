"""Collections: made, filled, put in order; what somebody may not read is neither in them nor counted."""

import pytest
from django.core.exceptions import ValidationError

from coe import collecting, reading
from coe.models import COE, Collection
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe import reading_lists
from tests.coe.reading_lists import published, window
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia():
    return reading_lists.mia()


@pytest.fixture
def shown(mia):
    """Payments' reading list of three."""
    made = collecting.make("First week", team=make.team(), by=mia, now=MONDAY)
    for title in ("One", "Two", "Three"):
        add(made, published(title), mia)
    return made


def add(collection, coe, by, note=""):
    return collecting.add(collection, coe, note, by=by, now=MONDAY)


def restrict(title):
    COE.objects.filter(title=title).update(audience="restricted", restricted_because="Personnel")


def order(collection, user):
    return [entry.coe.title for entry in collection.entries.visible_to(user).select_related("coe")]


def test_everybody_makes_a_collection_but_only_managers_make_a_reading_list_of_a_team(mia):
    collecting.make("Mine", by=make.carol(), now=MONDAY)

    for person in (make.carol(), make.bob()):
        with pytest.raises(NotAllowed):
            collecting.make("Ours", team=make.team(), by=person, now=MONDAY)
    for person in (mia, make.dora()):
        assert collecting.make("Ours", team=make.team(), by=person, now=MONDAY).team == make.team()


def test_owner_managers_of_the_team_and_administrators_change_it(mia):
    mine = collecting.make("Mine", by=make.carol(), now=MONDAY)
    collecting.change(mine, "Ours", "", make.team(), by=make.dora(), now=MONDAY)

    for person in (make.carol(), mia, make.dora()):
        collecting.require_change(person, mine)
    for person in (make.bob(), make.alice()):
        with pytest.raises(NotAllowed):
            add(mine, published(), person)


def test_what_is_not_published_is_not_collected_and_nothing_twice(shown, mia):
    with pytest.raises(Conflict):
        add(shown, make.coe("A draft"), mia)
    with pytest.raises(ValidationError, match="in it already"):
        add(shown, COE.objects.get(title="One"), mia)


def test_an_entry_moves_among_what_is_seen(shown, mia):
    """The secret stands between One and Two; for Carol, who owns the list, it is not there."""
    Collection.objects.filter(pk=shown.pk).update(owner=make.carol(), team=None)
    shown.refresh_from_db()
    secret = add(shown, published("Secret"), make.dora())
    collecting.put_at(secret, 2, make.dora())
    restrict("Secret")

    collecting.shift(shown.entries.get(coe__title="Two"), "up", make.carol())

    assert order(shown, make.carol()) == ["Two", "One", "Three"]
    assert order(shown, make.dora()) == ["Two", "One", "Secret", "Three"]


@pytest.mark.parametrize(("title", "way"), [("One", "up"), ("Three", "down")])
def test_at_its_end_an_entry_stays(shown, mia, title, way):
    collecting.shift(shown.entries.get(coe__title=title), way, mia)

    assert order(shown, mia) == ["One", "Two", "Three"]


def test_what_a_person_may_not_read_is_neither_listed_nor_counted(shown):
    restrict("Two")
    reading.mark_read(COE.objects.get(title="One"), make.carol(), MONDAY)
    restrict("Three")

    counted = Collection.objects.counted_for(make.carol()).get(pk=shown.pk)
    page = window(make.carol()).get(f"/collections/{shown.pk}/")

    assert (counted.size, counted.read) == (1, 1)
    assert "1 of 1 read" in page.text
    assert "Two" not in page.text


def test_a_number_of_what_one_may_not_read_is_answered_as_one_that_is_not(shown, mia):
    Collection.objects.filter(pk=shown.pk).update(owner=make.carol())
    restrict("One")
    hidden = COE.objects.get(title="One")

    answers = [
        window(make.carol()).post(f"/collections/{shown.pk}/entries/", {"coe": number}).text.count("that you may read")
        for number in (hidden.number, "COE-99999")
    ]

    assert answers == [1, 1]


@pytest.mark.parametrize("typed", ["{number}", "{pk}", "coe {pk}", "https://errata.example/coes/{pk}/"])
def test_a_coe_is_added_by_its_number_or_address(shown, mia, typed):
    coe = published("Four")

    answer = window(mia).post(
        f"/collections/{shown.pk}/entries/", {"coe": typed.format(pk=coe.pk, number=coe.number), "note": "Why"}
    )

    assert answer.status_code == 303
    assert shown.entries.get(coe=coe).note == "Why"


def test_without_javascript_an_entry_moves_is_annotated_and_taken_out(shown, mia):
    entry = shown.entries.get(coe__title="Two")
    path = f"/collections/{shown.pk}/entries/{entry.pk}/"

    assert window(mia).post(path, {"do": "up"})["Location"] == f"/collections/{shown.pk}/#entry-{entry.pk}"
    window(mia).post(path, {"do": "save", "note": "Read  this"})
    entry.refresh_from_db()
    assert (entry.position, entry.note) == (0, "Read this")
    window(mia).post(path, {"do": "remove"})
    assert order(shown, mia) == ["One", "Three"]


def test_htmx_gets_the_list_back(shown, mia):
    entry = shown.entries.get(coe__title="Three")

    answer = window(mia).post(
        f"/collections/{shown.pk}/entries/{entry.pk}/", {"do": "up"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert answer.text.index("Three") < answer.text.index("Two")


def test_from_the_reader_a_coe_goes_into_a_collection_or_a_new_one(shown, mia):
    coe = published("Four")
    client = window(mia)

    assert f"/coes/{coe.pk}/collect/" in client.get(f"/coes/{coe.pk}/").text
    client.post(f"/coes/{coe.pk}/collect/", {"collection": shown.pk, "note": "Why"})
    client.post(f"/coes/{coe.pk}/collect/", {"name": "Pools"})
    refused = client.post(f"/coes/{coe.pk}/collect/", {"collection": shown.pk})

    assert coe.collected.count() == 2
    assert refused.status_code == 422
    assert "in it already" in refused.text


def test_a_collection_of_somebody_else_is_no_choice(shown):
    coe = COE.objects.get(title="One")

    answer = window(make.carol()).post(f"/coes/{coe.pk}/collect/", {"collection": shown.pk})

    assert answer.status_code == 422


def test_a_reading_list_stands_on_the_teams_screen_and_on_the_home_of_who_has_not_finished_it(shown):
    bob = make.bob()

    assert "0 of 3 read" in window(bob).get("/").text
    assert "0 of 3 read" in window(make.carol()).get("/teams/payments/").text
    assert "First week" not in window(make.carol()).get("/").text
    for entry in shown.entries.all():
        reading.mark_read(entry.coe, bob, MONDAY)
    assert "First week" not in window(bob).get("/").text
    assert "3 of 3 read" in window(bob).get("/teams/payments/").text


def test_a_deleted_collection_leaves_its_coes(shown, mia):
    window(mia).post(f"/collections/{shown.pk}/delete/")

    assert not Collection.objects.exists()
    assert COE.objects.published().count() == 3


def test_the_list_needs_as_many_queries_for_many_as_for_few(shown, mia, django_assert_max_num_queries):
    for number in range(12):
        collecting.make(f"List {number}", by=mia, now=MONDAY)
    client = window(mia)
    client.get("/collections/")

    with django_assert_max_num_queries(16):
        client.get("/collections/")
    with django_assert_max_num_queries(18):
        client.get(f"/collections/{shown.pk}/")

"""Collections over the API, by the same verbs and gates as the screens; and the filters of COEs that come with tags."""

import pytest
from rest_framework.test import APIClient

from coe import choosing, collecting, editing, publishing, tagging
from coe.models import COE, Cause, Collection
from tests import make
from tests.coe import reading_lists
from tests.coe.reading_lists import published
from tests.coe.writers import publish
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
COLLECTIONS = "/api/v1/collections/"


@pytest.fixture
def mia():
    return reading_lists.mia()


def api(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def titles(user, query):
    return [row["title"] for row in api(user).get(f"/api/v1/coes/?{query}").json()["results"]]


def test_a_collection_is_made_filled_ordered_and_deleted(mia):
    client, first, second = api(mia), published("First"), published("Second")

    made = client.post(COLLECTIONS, {"name": "First week", "team": "payments"}, format="json").json()
    path = f"{COLLECTIONS}{made['id']}/"
    client.post(f"{path}entries/", {"coe": first.pk}, format="json")
    full = client.post(f"{path}entries/", {"coe": second.pk, "note": "Why"}, format="json").json()
    entry = full["entries"][1]["id"]
    moved = client.patch(f"{path}entries/{entry}/", {"place": 1, "note": "Why not"}, format="json").json()

    assert [(row["title"], row["note"]) for row in moved["entries"]] == [("Second", "Why not"), ("First", "")]
    assert client.patch(path, {"name": "Second week"}, format="json").json()["team"] == "payments"
    assert client.delete(f"{path}entries/{entry}/").status_code == 204
    assert client.get(COLLECTIONS).json()["results"][0]["size"] == 1
    assert client.delete(path).status_code == 204


def test_what_is_refused_on_screen_is_refused_here(mia):
    mine = collecting.make("Mine", by=make.carol(), now=MONDAY)
    coe, draft = published(), make.coe("A draft")
    collecting.add(mine, coe, by=make.carol(), now=MONDAY)
    path = f"{COLLECTIONS}{mine.pk}/"

    assert api(mia).delete(path).status_code == 403
    assert api(mia).post(f"{path}entries/", {"coe": coe.pk}, format="json").status_code == 403
    assert api(make.carol()).post(f"{path}entries/", {"coe": coe.pk}, format="json").status_code == 400
    assert api(make.carol()).post(f"{path}entries/", {"coe": draft.pk}, format="json").status_code == 404
    assert api(make.carol()).patch(path, {"team": "payments"}, format="json").status_code == 403


def test_what_a_person_may_not_read_is_not_in_it(mia):
    mine = collecting.make("Mine", by=mia, now=MONDAY)
    collecting.add(mine, published("Secret", audience="restricted", restricted_because="Personnel"), by=mia, now=MONDAY)

    seen = {user: api(user).get(f"{COLLECTIONS}{mine.pk}/").json() for user in (mia, make.carol())}

    assert [len(shown["entries"]) for shown in seen.values()] == [1, 0]
    assert [shown["size"] for shown in seen.values()] == [1, 0]


def test_the_coe_of_a_month_is_chosen_and_taken_back(mia):
    coe = published()
    wanted = {"month": "2026-11-16", "coe": coe.pk, "why": "Read it."}

    assert api(make.bob()).post(f"{COLLECTIONS}choose/", wanted, format="json").status_code == 403
    chosen = api(mia).post(f"{COLLECTIONS}choose/", wanted, format="json").json()

    assert (chosen["month"], chosen["entries"][0]["note"]) == ("2026-11-01", "Read it.")
    assert [row["id"] for row in api(mia).get(f"{COLLECTIONS}?is_month=true").json()["results"]] == [chosen["id"]]
    assert api(mia).get(f"{COLLECTIONS}?is_month=false").json()["count"] == 0
    assert api(mia).patch(f"{COLLECTIONS}{chosen['id']}/", {"name": "x"}, format="json").status_code == 404
    assert api(mia).delete(f"{COLLECTIONS}{chosen['id']}/").status_code == 204
    assert not choosing.chosen_for(mia).exists()


@pytest.mark.parametrize("query", ["tag=dns", "cause=trigger", "change_triggered=true", "source=imported"])
def test_coes_are_narrowed_by_tag_cause_change_and_source(query):
    wanted, incident = published("Wanted", "dns", source="https://r.example/"), make.incident()
    Cause.objects.create(coe=wanted, text="Why", kind="trigger")
    wanted.incidents.add(incident)
    incident.verdicts.pass_on(incident, make.deployment(), "confirmed", make.alice(), MONDAY)
    published("Other", "tls")

    assert titles(make.carol(), query) == ["Wanted"]


def test_while_a_reissue_is_written_coes_are_narrowed_by_what_is_published():
    coe = make.coe("Known", state="approved")
    tagging.put(coe, ["dns"])
    above = Cause.objects.create(coe=coe, text="Why", kind="trigger")
    Cause.objects.create(coe=coe, text="Why", kind="response_gap", parent=above)
    publish(coe, MONDAY)
    publishing.begin_reissue(coe, coe.owner, MONDAY)
    editing.save_header(coe, tags=["layoffs"], by=coe.owner, now=MONDAY)
    coe.causes.update(kind="detection_gap")

    known = ["tag=dns", "cause=trigger", "cause=response_gap"]
    assert [titles(make.carol(), query) for query in known] == [["Known"]] * 3
    assert [titles(make.carol(), query) for query in ("tag=layoffs", "cause=detection_gap")] == [[], []]
    assert api(make.carol()).get(f"/api/v1/coes/{coe.pk}/").json()["tags"] == ["dns"]


@pytest.mark.parametrize("number", ["nonsense", "9" * 40, "-1"])
def test_a_number_that_makes_no_sense_is_not_there(mia, number):
    for path in (f"{COLLECTIONS}{number}/", f"{COLLECTIONS}{number}/entries/", f"{COLLECTIONS}{number}/entries/1/"):
        assert api(mia).patch(path, {"name": "x"}, format="json").status_code in {404, 405}
        assert api(mia).post(path, {"coe": 1}, format="json").status_code in {404, 405}


def test_a_kind_of_cause_that_is_none_is_refused():
    assert api(make.carol()).get('/api/v1/coes/?cause=x" || true').status_code == 400


def test_lists_need_as_many_queries_for_many_as_for_few(mia, django_assert_max_num_queries):
    for number in range(12):
        collecting.make(f"List {number}", by=mia, now=MONDAY)
        published(f"Number {number}", "dns", f"tag-{number}")
    client = api(mia)

    with django_assert_max_num_queries(4):
        assert len(client.get(COLLECTIONS).json()["results"]) == Collection.objects.count()
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/coes/").json()["results"]) == COE.objects.count()

"""The API of COEs: the whole life of one, over HTTP, and what strangers get."""

import pytest
from django.utils import timezone

from coe.models import COE
from tests import make
from tests.coe.writers import told
from tests.oncall.test_api import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    user = make.alice()
    make.team("Payments", user)
    return user


def drafted(api, incident):
    answer = api.post("/api/v1/coes/", {"incident": incident.pk}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def fill(api, number, **texts):
    for key, text in texts.items():
        saved = api.put(f"/api/v1/coes/{number}/sections/{key}/", {"text": text, "edits": 0}, format="json")
        assert saved.status_code == 200, saved.json()


def test_a_coe_lives_from_draft_to_published_over_the_api(alice):
    api, bob = client_of(alice), make.bob()
    incident = make.incident(severity=3)
    incident.resolve(by=alice, at=make.MONDAY)
    coe = drafted(api, incident)
    fill(api, coe["id"], summary="Cards were declined.", impact="38 % of checkouts for 27 minutes.")
    make.action(of=COE.objects.get(), owner=alice)
    told(COE.objects.get())

    submitted = api.post(f"/api/v1/coes/{coe['id']}/submit/", {"reviewers": [bob.pk]}, format="json")
    assert submitted.json()["state"] == "in_review"
    client_of(bob).post(f"/api/v1/coes/{coe['id']}/review/", {"verdict": "approved"}, format="json")
    published = api.post(f"/api/v1/coes/{coe['id']}/publish/").json()

    assert published["state"] == "published"
    assert published["content"]["sections"]["summary"] == "Cards were declined."


def test_an_author_does_not_approve(alice):
    api = client_of(alice)
    coe = make.coe(owner=alice)
    coe.submit(by=alice)

    answer = api.post(f"/api/v1/coes/{coe.pk}/review/", {"verdict": "approved"}, format="json")

    assert answer.status_code == 403


def test_an_older_text_does_not_overwrite_a_newer_one(alice):
    api, coe = client_of(alice), make.coe(owner=alice)
    fill(api, coe.pk, summary="first")

    late = api.put(f"/api/v1/coes/{coe.pk}/sections/summary/", {"text": "late", "edits": 0}, format="json")

    assert late.status_code == 409
    assert coe.sections.get(key="summary").text == "first"


def test_what_is_missing_before_review_is_said(alice):
    api, coe = client_of(alice), make.coe(owner=alice)

    answer = api.post(f"/api/v1/coes/{coe.pk}/submit/", {"reviewers": [make.bob().pk]}, format="json")

    assert answer.status_code == 409
    assert "“Summary” is empty." in answer.json()["detail"]


@pytest.mark.parametrize("key", ["nonsense", "timeline"])
def test_an_unknown_section_is_refused(alice, key):
    coe = make.coe(owner=alice)
    answer = client_of(alice).put(f"/api/v1/coes/{coe.pk}/sections/{key}/", {"text": "x", "edits": 0}, format="json")
    assert answer.status_code == 400


def test_a_restricted_coe_does_not_exist_for_strangers(alice):
    coe = make.coe(owner=alice, audience="restricted", restricted_because="security")
    stranger = client_of(make.carol())

    assert stranger.get(f"/api/v1/coes/{coe.pk}/").status_code == 404
    assert stranger.get("/api/v1/coes/").json()["count"] == 0
    assert client_of(alice).get("/api/v1/coes/").json()["count"] == 1


def test_an_action_item_is_finished_and_verified_over_the_api(alice):
    coe = make.coe(owner=alice, state="published", published_at=timezone.now())
    api, item = client_of(alice), make.action(of=coe, owner=alice)

    assert api.post(f"/api/v1/actions/{item.pk}/finish/").json()["state"] == "done"
    assert api.post(f"/api/v1/actions/{item.pk}/verify/", {"evidence": ""}, format="json").status_code == 400
    body = {"evidence": "The simulator runs at every deployment."}
    assert api.post(f"/api/v1/actions/{item.pk}/verify/", body, format="json").json()["state"] == "verified"


def test_listings_take_few_queries(alice, django_assert_max_num_queries):
    for number in range(8):
        make.action(of=make.coe(f"COE {number}", state="published", published_at=timezone.now()))
    api = client_of(alice)
    with django_assert_max_num_queries(7):
        api.get("/api/v1/coes/")
    with django_assert_max_num_queries(7):
        api.get("/api/v1/actions/")

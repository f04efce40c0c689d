"""Readings, thanks, questions, answers and applicability over the API: the same verbs and gates as the screens."""

import pytest
from django.utils import timezone

from coe.models import COE, Applicability, Question, Reading
from tests import make
from tests.coe.writers import drafted, published
from tests.oncall.test_api import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return published(drafted())


@pytest.fixture
def carol():
    return client_of(make.carol())


@pytest.fixture
def team(coe):
    team = make.team("Fulfilment", make.carol())
    make.needs(make.service("orders", owner=team), coe.services.first())
    return team


def post(api, path, **facts):
    return api.post(f"/api/v1/{path}/", facts, format="json")


def rows(api, path):
    return api.get(f"/api/v1/{path}").json()["results"]


def test_a_reading_and_thanks_are_ones_own(carol, coe):
    answer = post(carol, "readings", coe=coe.pk, thanks=True)

    assert (answer.status_code, answer.json()["revision"]) == (201, Reading.objects.get().revision.number)
    assert rows(carol, "readings/")[0]["thanked_at"]
    assert rows(client_of(make.bob()), "readings/") == []


def test_nobody_thanks_themselves(coe):
    assert post(client_of(make.alice()), "readings", coe=coe.pk, thanks=True).status_code == 403


def test_a_question_is_asked_listed_and_answered_once(carol, coe):
    asked = post(carol, "questions", coe=coe.pk, text="Why one pool?").json()
    assert [one["id"] for one in rows(carol, f"questions/?coe={coe.pk}&is_open=true")] == [asked["id"]]
    path, alice = f"questions/{asked['id']}/answer", client_of(make.alice())
    assert post(carol, path, answer="Because").status_code == 403

    assert post(alice, path, answer="It was simpler.").json()["answer"] == "It was simpler."
    assert post(alice, path, answer="Once more").status_code == 409
    assert rows(carol, f"questions/?coe={coe.pk}&is_open=true") == []


def test_a_team_says_yes_with_a_promise_and_it_is_in_the_coverage(carol, coe, team):
    wish = {"coe": coe.pk, "team": "fulfilment", "answer": "yes"}
    refused = post(carol, "applicability", **wish)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["title"])

    made = post(carol, "applicability", **wish, promise={"title": "Split ours", "exit_test": "A drill"})

    action = Applicability.objects.get().action
    assert (made.json()["action"], action.owner, action.exit_test) == (action.pk, make.carol(), "A drill")
    (row,) = carol.get(f"/api/v1/coes/{coe.pk}/coverage/").json()
    assert (row["team"], row["readers"], row["answer"]["answer"]) == ("fulfilment", 1, "yes")
    assert rows(carol, "applicability/?team=fulfilment&answer=yes")[0]["action"] == action.pk


def test_nobody_speaks_for_another_team(coe, team):
    wish = {"coe": coe.pk, "team": "fulfilment", "answer": "no"}

    assert post(client_of(make.bob()), "applicability", **wish).status_code == 403


def test_a_yes_names_no_action_item_that_is_not_there(carol, coe, team):
    wish = {"coe": coe.pk, "team": "fulfilment", "answer": "yes", "action": 2**40}

    assert post(carol, "applicability", **wish).status_code == 400


def test_what_is_to_be_read_is_listed(carol, coe, team):
    COE.objects.update(published_at=timezone.now())
    assert [one["id"] for one in rows(carol, "to-read/")] == [coe.pk]
    assert [one["id"] for one in rows(client_of(make.bob()), "to-read/?team=fulfilment")] == [coe.pk]
    assert carol.get("/api/v1/to-read/?team=nobody").status_code == 404


def test_a_draft_and_a_restricted_coe_are_not_there(carol, coe, team):
    draft = make.coe()
    question = post(carol, "questions", coe=coe.pk, text="Why one pool?").json()["id"]
    coe.audience, coe.restricted_because = "restricted", "Personnel"
    coe.save()

    for path in ("readings", "questions"):
        assert {post(carol, path, coe=one, text="x").status_code for one in (draft.pk, coe.pk, 2**40)} == {404}
    assert carol.get(f"/api/v1/questions/{question}/").status_code == 404
    assert carol.get(f"/api/v1/coes/{coe.pk}/coverage/").status_code == 404
    assert [rows(carol, path) for path in ("questions/", "readings/", "applicability/", "to-read/")] == [[]] * 4
    assert rows(carol, f"questions/?coe={coe.pk}") == rows(carol, f"questions/?coe={2**40}") == []
    assert Question.objects.count() == 1

"""The reader's forms: read, thank, ask, answer, apply, re-issue, follow."""

import pytest

from coe.models import Applicability, Question, Reading, Subscription
from tests import make
from tests.coe.writers import drafted, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return published(drafted())


@pytest.fixture
def carol(client):
    client.force_login(make.carol())
    return client


def test_opening_the_reader_records_nothing_and_the_button_does(carol, coe):
    assert "I have read this" in carol.get(f"/coes/{coe.pk}/").content.decode()
    assert not Reading.objects.exists()

    carol.post(f"/coes/{coe.pk}/read/")

    assert Reading.objects.get().user == make.carol()
    assert "You read it on" in carol.get(f"/coes/{coe.pk}/").content.decode()


def test_a_question_stands_below_the_document_with_its_answer(carol, client, coe):
    carol.post(f"/coes/{coe.pk}/questions/", {"kind": "question", "text": "Why <b>one</b> pool?"})
    assert "Why &lt;b&gt;one&lt;/b&gt; pool?" in carol.get(f"/coes/{coe.pk}/").content.decode()

    client.force_login(make.alice())
    client.post(f"/coes/{coe.pk}/questions/{Question.objects.get().pk}/answer/", {"answer": "It was simpler."})

    assert "It was simpler." in client.get(f"/coes/{coe.pk}/").content.decode()


def test_a_question_says_whether_it_waits_and_its_links_can_be_followed(carol, coe):
    carol.post(f"/coes/{coe.pk}/questions/", {"kind": "question", "text": "As in https://example.org/pool ?"})

    screen = carol.get(f"/coes/{coe.pk}/").content.decode()

    assert "Not answered yet" in screen
    assert '<a href="https://example.org/pool" rel="nofollow">' in screen


def test_a_question_without_words_is_refused_and_the_form_stays(carol, coe):
    answer = carol.post(f"/coes/{coe.pk}/questions/", {"kind": "question", "text": " "})

    assert answer.status_code == 422
    assert not Question.objects.exists()


def test_a_team_that_needs_the_service_answers_on_the_reader(carol, coe):
    fulfilment = make.team("Fulfilment", make.carol())
    make.needs(make.service("orders", owner=fulfilment), coe.services.first())
    assert "Does this apply to us?" in carol.get(f"/coes/{coe.pk}/").content.decode()

    promise = {"title": "Split ours", "owner": make.carol().pk, "due_on": "2030-01-31", "exit_test": "A drill"}
    carol.post(f"/coes/{coe.pk}/applies/{fulfilment.pk}/", {"answer": "yes", "action": "new", **promise})

    action = Applicability.objects.get().action
    assert (action.title, action.exit_test, str(action.due_on)) == ("Split ours", "A drill", "2030-01-31")
    assert action.get_absolute_url() in carol.get(f"/coes/{coe.pk}/coverage/").content.decode()


def test_a_reissue_asks_what_changed(client, coe):
    client.force_login(make.alice())
    client.post(f"/coes/{coe.pk}/reissue/")
    coe.refresh_from_db()
    coe.state = coe.State.APPROVED
    coe.save()
    assert "What changed since the last" in client.get(f"/coes/{coe.pk}/review/").content.decode()

    client.post(f"/coes/{coe.pk}/publish/", {"change_note": ""})
    assert coe.revisions.publications().count() == 1
    client.post(f"/coes/{coe.pk}/publish/", {"change_note": "The rate was 38 %"})

    assert coe.revisions.publications().count() == 2
    screen = client.get(f"/coes/{coe.pk}/").content.decode()
    assert screen.index("The rate was 38 %") < screen.index('<article class="document"')


def test_what_is_followed_is_listed_and_can_be_taken_away(carol, coe):
    carol.post("/subscriptions/", {"team": coe.team.name, "cadence": "daily"})
    assert f"Team {coe.team.name}" in carol.get("/subscriptions/").content.decode()

    carol.post(f"/subscriptions/{Subscription.objects.get().pk}/unfollow/")

    assert not Subscription.objects.exists()


def test_a_saved_search_cannot_be_told_at_once(carol):
    answer = carol.post("/subscriptions/", {"query": "tls", "cadence": "at_once"})

    assert answer.status_code == 422
    assert "daily or weekly" in answer.content.decode()

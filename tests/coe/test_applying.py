"""A team's answer to "does this apply to us?": what a yes promises, and whom a doubt asks."""

import pytest
from django.core.exceptions import ValidationError

from coe import applying, reading, searching
from coe.models import COE, ActionItem, Applicability, Notice, Question
from coe.searching import Reader, parse
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db
DUE = LATER.date().replace(year=2027)


@pytest.fixture
def coe():
    return published(drafted())


@pytest.fixture
def team(coe):
    """Carol's and Bob's; its service needs the one that failed."""
    team = make.team("Fulfilment", make.carol(), make.bob())
    make.needs(make.service("orders", owner=team), coe.services.first())
    return team


def promise(**facts):
    return applying.Promise(
        **{"title": "Split ours", "owner": make.carol(), "due_on": DUE, "exit_test": "A drill"} | facts
    )


def said(coe, team, answer, note="", **facts):
    return applying.apply(coe, team, answer, note, make.carol(), LATER, **facts)


def kinds(user):
    return list(Notice.objects.filter(user=user).values_list("kind", flat=True))


def test_a_yes_is_an_action_item_with_owner_day_and_exit_test_that_its_owner_hears_of(coe, team):
    made = said(coe, team, "yes", promise=promise(owner=make.bob()))

    action = made.action
    assert (action.title, action.team, action.owner, action.due_on, action.exit_test) == (
        "Split ours",
        team,
        make.bob(),
        DUE,
        "A drill",
    )
    assert action in ActionItem.objects.promised().open()
    assert "assigned" in kinds(make.bob())


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": " "}, "title"),
        ({"exit_test": ""}, "exit_test"),
        ({"due_on": DUE.replace(year=2020)}, "due_on"),
    ],
)
def test_a_promise_that_lacks_something_is_refused_and_nothing_is_kept(coe, team, facts, field):
    with pytest.raises(ValidationError) as refused:
        said(coe, team, "yes", promise=promise(**facts))

    assert list(refused.value.message_dict) == [field]
    assert not Applicability.objects.exists()


def test_only_somebody_of_the_team_owns_what_it_promises(coe, team):
    with pytest.raises(ValidationError, match="is not of Fulfilment"):
        said(coe, team, "yes", promise=promise(owner=make.dora()))


def test_a_yes_without_an_action_item_is_none(coe, team):
    with pytest.raises(ValidationError, match="needs an action item"):
        said(coe, team, "yes")


def test_a_yes_may_name_an_action_item_that_the_team_has(coe, team):
    other = make.action("Split every pool", of=published_other(team=team), owner=make.carol())

    assert said(coe, team, "yes", action=other).action == other


def test_a_yes_names_no_action_item_of_another_team_nor_of_a_restricted_coe(coe, team):
    foreign = make.action("Split every pool", of=published_other(), owner=make.carol())
    hidden = make.action("Hidden", of=published_other(team=team, audience="restricted", restricted_because="x"))

    for action in (foreign, hidden):
        with pytest.raises(ValidationError, match="open action item of Fulfilment"):
            said(coe, team, "yes", action=action)


def published_other(**facts):
    return make.coe("Another", state="published", published_at=LATER, **facts)


def test_a_yes_opens_a_closed_coe_and_search_knows(coe, team, settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    coe.actions.update(state="dropped")
    coe.close(by=None)
    assert searching.search(parse("has:open-actions"), Reader.of(make.carol())).total == 0

    said(coe, team, "yes", promise=promise())

    assert COE.objects.get().state == "published"
    assert searching.search(parse("has:open-actions"), Reader.of(make.carol())).total == 1


def test_another_answer_takes_the_place_of_the_first_and_both_are_in_the_audit(coe, team):
    said(coe, team, "no", "We have no pool")
    said(coe, team, "yes", promise=promise())

    assert Applicability.objects.get().answer == "yes"
    entries = AuditEntry.objects.filter(verb="applies").order_by("pk")
    assert [(one.before, one.after) for one in entries] == [("", "no"), ("no", "yes")]


def test_a_yes_after_its_action_item_was_dropped_needs_another(coe, team):
    made = said(coe, team, "yes", promise=promise())
    made.action.drop(make.carol(), "No pool any more", LATER)

    with pytest.raises(ValidationError, match="needs an action item"):
        said(coe, team, "yes")


def test_a_doubt_is_a_question_in_public_that_the_owner_hears_of_and_whose_answer_comes_back(coe, team):
    said(coe, team, "unsure", "Is a queue a pool?")
    said(coe, team, "unsure", "Is a queue a pool?")

    question = Question.objects.get()
    assert "Is a queue a pool?" in question.text
    assert kinds(make.alice()).count("question") == 1
    reading.answer(question, "It is.", make.alice(), LATER)
    assert "answer" in kinds(make.carol())


def test_a_doubt_beyond_the_most_open_questions_is_refused_on_the_form(client, coe, team):
    for number in range(reading.MOST_OPEN_QUESTIONS):
        reading.ask(coe, "question", f"Why {number}?", make.carol(), LATER)
    client.force_login(make.carol())

    answer = client.post(f"/coes/{coe.pk}/applies/{team.pk}/", {"answer": "unsure"})

    assert answer.status_code == 422
    assert "wait for an answer" in answer.content.decode()
    assert not Applicability.objects.exists()


def test_a_doubt_about_a_coe_whose_owner_left_asks_the_managers_of_its_team(coe, team):
    mia = make.person("Mia Fontaine")
    make.team("Payments", managers=(mia,))
    make.alice().__class__.objects.filter(pk=make.alice().pk).update(is_active=False)

    said(COE.objects.get(), team, "unsure")

    assert kinds(mia) == ["question"]


def test_the_form_asks_for_what_a_yes_needs_and_keeps_what_was_typed(client, coe, team):
    client.force_login(make.carol())
    where = f"/coes/{coe.pk}/applies/{team.pk}/"

    answer = client.post(where, {"answer": "yes", "action": "new", "title": "Split ours", "owner": make.carol().pk})

    assert answer.status_code == 422
    assert "Split ours" in answer.content.decode()
    assert "A yes needs this" in answer.content.decode()
    assert client.post(where, {"answer": "no", "due_on": "nonsense"}).status_code == 303

"""The lists of action items, one of them, and what waits for a reviewer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coe.models import COE, ActionItem
from tests import make
from tests.coe.writers import LATER, in_review, published

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


@pytest.fixture
def coe(client):
    """Published, with Alice's action item; she is signed in."""
    client.force_login(make.alice())
    return published()


def titles(client, query):
    page = client.get(f"/actions/?{query}").context["page"]
    return sorted(action.title for action in page)


def test_lists_are_mine_my_teams_overdue_and_all(client, coe):
    bob = make.bob()
    make.team("Payments", make.alice(), bob)
    make.action("Bob's", of=coe, owner=bob)
    late = make.action("Late, of Search", of=coe, owner=make.carol())
    ActionItem.objects.filter(pk=late.pk).update(team=make.team("Search"), due_on=TODAY - timedelta(days=3))

    assert titles(client, "list=mine") == ["Give each issuer a pool"]
    assert titles(client, "list=teams") == ["Bob's", "Give each issuer a pool"]
    assert titles(client, "list=overdue") == ["Late, of Search"]
    assert len(titles(client, "list=all")) == 3


def test_what_is_in_a_draft_is_in_no_list(client, coe):
    make.action("Not promised", of=make.coe("Draft"))

    assert "Not promised" not in titles(client, "list=all&state=any")


def test_lists_are_narrowed_by_state_priority_and_kind_and_nonsense_is_ignored(client, coe):
    make.action("Urgent", of=coe, priority="high", kind="detect", state="done")

    assert titles(client, "list=all&state=done") == ["Urgent"]
    assert titles(client, "list=all&state=any&priority=high&kind=detect") == ["Urgent"]
    assert len(titles(client, "list=nonsense&state=nonsense&priority=nonsense&page=x")) == 2


@pytest.mark.parametrize("address", ["/actions/?list=all", "/reviews/"])
def test_lists_ask_few_questions_however_long_they_are(client, coe, address, django_assert_max_num_queries):
    ActionItem.objects.bulk_create(
        ActionItem(coe=coe, team=coe.team, title=f"Action {number}", owner=make.alice()) for number in range(60)
    )

    with django_assert_max_num_queries(22):
        client.get(address)


def test_an_action_item_is_done_verified_and_reopened_on_its_screen(client, coe):
    action = coe.actions.get()
    address = action.get_absolute_url()

    assert client.post(f"{address}finish/").status_code == 303
    assert client.post(f"{address}verify/", {"evidence": "Drill of 12 December"}).status_code == 303
    assert "Drill of 12 December" in client.get(address).content.decode()
    client.post(f"{address}find-ineffective/", {"evidence": "Again"})

    action.refresh_from_db()
    assert (action.state, action.evidence) == ("ineffective", "Again")


@pytest.mark.parametrize("evidence", ["", "   ", "x" * 10_001, "a\x00b"])
def test_evidence_that_is_none_is_refused_at_its_field(client, coe, evidence):
    action = coe.actions.get()

    answer = client.post(f"{action.get_absolute_url()}drop/", {"evidence": evidence})

    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()


def test_an_illegal_move_is_409_and_says_who_moved_it_when(client, coe):
    action = coe.actions.get()
    action.finish(by=make.bob(), at=LATER)

    answer = client.post(f"{action.get_absolute_url()}finish/")

    assert answer.status_code == 409
    assert "it is “done” since 2026-11-16 16:02 UTC by Bob Kimani" in answer.content.decode()


def test_nothing_changes_by_get(client, coe):
    for name in ("finish", "verify", "drop", "reopen", "find-ineffective"):
        assert client.get(f"{coe.actions.get().get_absolute_url()}{name}/").status_code == 405


def test_somebody_of_another_team_sees_an_item_and_no_buttons(client, coe):
    client.force_login(make.carol())
    address = coe.actions.get().get_absolute_url()

    assert client.get(address).context["moves"] == []
    assert client.post(f"{address}finish/").status_code == 403


def test_reviews_show_what_waits_for_whom(client):
    manager = make.person("Mia Manager")
    make.team("Payments", managers=(manager,))
    coe = in_review()

    def sections(user):
        client.force_login(user)
        context = client.get("/reviews/").context
        return [len(context[name]) for name in ("asked", "mine", "others")]

    assert sections(make.bob()) == [1, 0, 0]
    assert sections(coe.owner) == [0, 1, 0]
    assert sections(manager) == [0, 0, 1]
    assert sections(make.carol()) == [0, 0, 0]


def test_a_reviewer_sees_what_changed_since_the_own_last_round(client):
    coe = in_review()
    client.force_login(make.bob())
    client.post(f"/coes/{coe.pk}/review/", {"verdict": "changes_requested", "comment": "More.", "seen": coe.edits})
    client.force_login(make.alice())
    client.post(f"/coes/{coe.pk}/edit/sections/impact/", {"text": "38 % for 29 minutes.", "base": 1})
    client.post(f"/coes/{coe.pk}/submit/", {"others": "bob@example.com"})

    client.force_login(make.bob())
    text = client.get(f"/coes/{coe.pk}/review/").content.decode()

    assert "<del>27</del>" in text
    assert "<ins>29</ins>" in text


def test_the_whole_way_over_http(client):
    coe = in_review()
    client.force_login(make.bob())
    client.post(f"/coes/{coe.pk}/review/", {"verdict": "approved", "seen": coe.edits})
    client.force_login(make.alice())

    answer = client.post(f"/coes/{coe.pk}/publish/")

    assert answer.url == coe.get_absolute_url()
    assert COE.objects.get().state == "published"
    assert client.post(f"/coes/{coe.pk}/publish/").status_code == 409


def test_two_revisions_are_compared_and_unknown_ones_are_not_found(client, coe):
    address = f"/coes/{coe.pk}/revisions/"

    assert "<ins>" in client.get(f"{address}?from=1&to=2").content.decode()
    for query in ("from=1&to=99", "from=99", "from=x&to=y", f"from=1&to={'9' * 40}"):
        assert client.get(f"{address}?{query}").status_code == 404

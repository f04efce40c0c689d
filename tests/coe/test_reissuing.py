"""What is published stays as it is while a re-issue is written: title, action items, and what people count on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import digesting, editing, publishing, reminding, reviewing, subscribing
from coe.models import ActionItem, Notice
from oncall.exceptions import Conflict
from tests import make
from tests.coe.writers import LATER, approve, drafted, published

pytestmark = pytest.mark.django_db
WORDS = "UNPUBLISHED WORDS"


@pytest.fixture
def coe():
    coe = published(drafted())
    publishing.begin_reissue(coe, make.alice(), LATER)
    return coe


@pytest.fixture
def carol(client):
    client.force_login(make.carol())
    return client


def whom():
    return {"by": make.alice(), "now": LATER}


def published_anew(coe):
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    publishing.publish(coe, make.alice(), LATER, change_note="Put right")
    return coe


def test_readers_know_it_by_the_title_that_is_published(coe, carol):
    before = coe.title
    editing.save_header(coe, title=WORDS, **whom())

    for path in ("/", f"/coes/{coe.pk}/", f"/coes/{coe.pk}/coverage/", "/actions/?list=all&state=any"):
        assert WORDS not in carol.get(path).content.decode(), path
    assert carol.get("/api/v1/coes/").json()["results"][0]["title"] == before
    assert before in str(coe)
    assert published_anew(coe).public_title == WORDS


def test_an_action_item_of_the_draft_is_not_promised_before_it_is_published(coe, carol):
    editing.add_action(coe, title=WORDS, owner=make.alice(), due_on=LATER.date(), **whom())

    assert not ActionItem.objects.promised().filter(title=WORDS).exists()
    assert WORDS not in carol.get(f"/coes/{coe.pk}/").content.decode()
    published_anew(coe)

    assert ActionItem.objects.promised().filter(title=WORDS).exists()
    assert WORDS in carol.get(f"/coes/{coe.pk}/").content.decode()


def test_what_was_promised_is_neither_removed_nor_reworded_by_the_draft(coe):
    action = coe.actions.first()

    with pytest.raises(Conflict, match="promised already"):
        editing.remove_action(coe, action.pk, **whom())
    with pytest.raises(ValidationError, match="promised already"):
        editing.change_action(coe, action.pk, title=WORDS, **whom())

    assert ActionItem.objects.promised().get(pk=action.pk).title == action.title


def test_an_action_item_of_the_draft_can_be_reworded_and_removed(coe):
    action = editing.add_action(coe, title="New", owner=make.alice(), **whom())
    editing.change_action(coe, action.pk, title="Newer", **whom())
    editing.remove_action(coe, action.pk, **whom())

    assert not coe.actions.filter(pk=action.pk).exists()


def test_after_a_late_tick_the_next_digest_comes_at_nine():
    subscribing.follow(make.bob(), "daily", datetime(2026, 11, 20, 6, tzinfo=UTC))
    nine = digesting.latest_due("daily", make.bob(), datetime(2026, 11, 24, 20, tzinfo=UTC))
    digesting.make_due(nine - timedelta(hours=10))

    assert digesting.make_due(nine + timedelta(minutes=1)) == 1


def test_while_the_mail_server_is_away_one_digest_waits_and_tells_of_all_the_time():
    subscribing.follow(make.carol(), "daily", LATER - timedelta(hours=1))
    coe = published(drafted())
    for day in (1, 2, 3):
        digesting.make_due(LATER + timedelta(days=day))

    (letter,) = Notice.objects.filter(kind="digest", sent_at=None)
    assert [one.coe.pk for one in digesting.content_of(letter)["news"]] == [coe.pk]


def test_what_is_overdue_sends_no_digest_by_itself(mailoutbox):
    published(drafted())
    ActionItem.objects.update(due_on="2026-12-01")
    subscribing.follow(make.alice(), "daily", datetime(2026, 12, 9, tzinfo=UTC))

    digesting.make_due(datetime(2026, 12, 10, 12, tzinfo=UTC))
    reminding.tick(datetime(2026, 12, 12, 12, tzinfo=UTC))

    assert not [mail for mail in mailoutbox if "follow" in mail.body]


def test_two_subscriptions_are_one_digest_of_what_either_follows():
    subscribing.follow(make.carol(), "daily", LATER - timedelta(hours=1), severity=1)
    coe = published(drafted())
    subscribing.follow(make.carol(), "daily", LATER, team=coe.team)

    assert digesting.make_due(LATER + timedelta(days=1)) == 1
    assert [one.coe.pk for one in digesting.content_of(Notice.objects.get(kind="digest"))["news"]] == [coe.pk]


def test_a_saved_search_at_once_is_refused_for_every_caller():
    with pytest.raises(ValidationError, match="daily or weekly"):
        subscribing.follow(make.bob(), "at_once", LATER, query="tls")

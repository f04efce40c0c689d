"""What is published stays as it is while a re-issue is written: title, action items, and what people count on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import (
    commenting,
    composing,
    covering,
    digesting,
    documents,
    editing,
    following_up,
    picturing,
    publishing,
    reminding,
    subscribing,
)
from coe.models import COE, ActionItem, DraftHeader, Notice, Picture, Review
from coe.searching import Reader
from coe.searching.documents import documents_for
from oncall.exceptions import Conflict
from tests import make
from tests.coe.writers import LATER, drafted, published, published_anew, reissued

pytestmark = pytest.mark.django_db
WORDS = "UNPUBLISHED WORDS"


@pytest.fixture
def coe():
    return reissued()


@pytest.fixture
def carol(client):
    client.force_login(make.carol())
    return client


def whom():
    return {"by": make.alice(), "now": LATER}


def test_readers_know_it_by_the_title_that_is_published(coe, carol):
    before = coe.title
    editing.save_header(coe, title=WORDS, **whom())

    for path in ("/", f"/coes/{coe.pk}/", f"/coes/{coe.pk}/coverage/", "/actions/?list=all&state=any"):
        assert WORDS not in carol.get(path).content.decode(), path
    assert carol.get("/api/v1/coes/").json()["results"][0]["title"] == before
    assert before in str(coe)
    assert published_anew(coe).public_title == WORDS


@pytest.mark.parametrize("path", ["review/", "comments/", "edit/threads.json"])
def test_the_draft_of_a_reissue_is_for_those_who_write_or_review_it(coe, carol, client, path):
    address = f"/coes/{coe.pk}/{path}"
    assert carol.get(address).status_code == 404

    client.force_login(make.bob())
    assert client.get(address).status_code == 200

    published_anew(coe)
    client.force_login(make.carol())
    assert client.get(address).status_code == 200


@pytest.fixture
def changed(coe):
    """Its draft says another severity, team, service, zone and end of the impact."""
    pools = make.service("Pools")
    facts = {"team": make.team("Platform"), "zone": "Asia/Tokyo", "impact_ended_at": LATER}
    editing.save_header(coe, severity=1, services=[pools], **facts, **whom())
    return COE.objects.get(pk=coe.pk)


def test_readers_know_every_fact_of_the_header_as_it_is_published(changed, carol):
    row = carol.get("/api/v1/coes/").json()["results"][0]
    page = carol.get(f"/coes/{changed.pk}/").content.decode()

    assert (row["severity"], row["team"], row["zone"]) == (2, "payments", "Europe/Paris")
    assert "Pools" not in row["services"]
    assert "Platform" not in page
    assert carol.get("/api/v1/coes/?severity=1").json()["results"] == []
    assert carol.get("/api/v1/coes/?service=Pools").json()["results"] == []
    assert len(carol.get("/api/v1/coes/?severity=2").json()["results"]) == 1


def test_search_and_subscriptions_go_by_what_is_published(changed):
    (found,) = documents_for([changed.pk])
    subscription = subscribing.follow(make.carol(), "daily", LATER, severity=1)

    assert (found.severity, found.team) == (2, "payments")
    assert "Pools" not in found.services
    assert not subscribing.followed([subscription], COE.objects.published(), Reader.of(make.carol())).exists()


def test_writers_and_reviewers_go_by_the_draft(changed, client):
    client.force_login(make.alice())
    content = documents.content_of(changed)

    assert (content["severity"], content["team"]["name"], content["zone"]) == (1, "Platform", "Asia/Tokyo")
    assert [service["name"] for service in content["services"]] == ["Pools"]
    assert "SEV 1" in client.get(f"/coes/{changed.pk}/edit/").content.decode()
    assert "SEV 1" in client.get(f"/coes/{changed.pk}/review/").content.decode()
    assert [place.role for place in covering.coverage(changed).places] == ["manager", "bar_raiser", "director"]


def test_the_draft_of_the_header_becomes_what_readers_know(coe):
    pools = make.service("Pools")
    editing.save_header(coe, severity=4, services=[pools], **whom())

    published_anew(coe)

    coe = COE.objects.get()
    assert (coe.severity, list(coe.services.all()), coe.header) == (4, [pools], coe)
    assert not DraftHeader.objects.exists()
    assert coe.revisions.publications().first().content["severity"] == 4


def test_two_people_in_the_header_of_a_reissue_see_both_versions(coe):
    editing.save_header(coe, title="One", base=coe.header_edits, **whom())

    with pytest.raises(editing.RowConflict, match="title “One”"):
        editing.save_header(coe, title="Two", base=0, **whom())


def test_a_reissue_closes_again_when_everything_is_verified():
    coe = published(drafted())
    action = coe.actions.get()
    following_up.finish(action, make.alice(), LATER)
    following_up.verify(action, "The drill passed", make.alice(), LATER)
    assert COE.objects.get().state == "closed"
    publishing.begin_reissue(coe, make.alice(), LATER)

    # A draft as `ready` makes it again has no second action item: nothing is left to do.
    assert published_anew(coe).state == "closed"


def test_a_reissue_with_a_new_correction_stays_open():
    coe = published(drafted())
    action = coe.actions.get()
    following_up.finish(action, make.alice(), LATER)
    following_up.verify(action, "The drill passed", make.alice(), LATER)
    publishing.begin_reissue(coe, make.alice(), LATER)
    editing.add_action(coe, title="Split the pool", owner=make.alice(), due_on=LATER.date(), **whom())

    assert published_anew(coe).state == "published"


def test_what_is_verified_while_a_reissue_is_written_counts_with_its_publication(coe):
    action = coe.actions.get()
    following_up.finish(action, make.alice(), LATER)
    following_up.verify(action, "The drill passed", make.alice(), LATER)
    assert COE.objects.get().state == "draft"

    assert published_anew(coe).state == "closed"


def test_an_action_item_of_the_draft_is_not_promised_before_it_is_published(coe, carol):
    editing.add_action(coe, title=WORDS, owner=make.alice(), due_on=LATER.date(), **whom())

    assert not ActionItem.objects.promised().filter(title=WORDS).exists()
    assert WORDS not in carol.get(f"/coes/{coe.pk}/").content.decode()
    published_anew(coe)

    assert ActionItem.objects.promised().filter(title=WORDS).exists()
    assert WORDS in carol.get(f"/coes/{coe.pk}/").content.decode()


def test_an_action_item_of_the_draft_is_for_those_who_write_or_review_it(coe, carol, client):
    action = editing.add_action(coe, title=WORDS, owner=make.carol(), due_on=LATER.date(), **whom())

    assert carol.get(f"/actions/{action.pk}/").status_code == 404
    assert carol.post(f"/actions/{action.pk}/finish/").status_code == 404
    client.force_login(make.alice())
    assert client.get(f"/actions/{action.pk}/").status_code == 200
    published_anew(coe)
    client.force_login(make.carol())
    assert client.get(f"/actions/{action.pk}/").status_code == 200


def test_what_reviewers_say_of_the_draft_is_for_those_who_write_or_review_it(coe, carol, client):
    facts = {"asked_at": LATER, "verdict": "changes_requested", "comment": WORDS, "decided_at": LATER}
    coe.reviews.create(reviewer=make.bob(), revision=coe.revisions.first(), **facts)

    assert WORDS not in carol.get("/api/v1/reviews/").content.decode()
    client.force_login(make.alice())
    assert WORDS in client.get("/api/v1/reviews/").content.decode()


def test_a_picture_that_only_the_draft_shows_is_for_those_who_write_or_review_it(carol):
    coe = drafted()
    known = picturing.take(coe, "old.png", make.picture(), "Old", **whom())
    editing.add_graph(coe, kind="picture", picture=known, title="Old", **whom())
    publishing.begin_reissue(published(coe), make.alice(), LATER)
    added = picturing.take(coe, "new.png", make.picture(colour=(0, 90, 0)), "New", **whom())

    assert carol.get(known.get_absolute_url()).status_code == 200
    assert carol.get(added.get_absolute_url()).status_code == 404
    assert Picture.objects.visible_to(make.alice()).count() == 2


def test_a_letter_about_the_draft_is_judged_again_when_it_goes_out(coe):
    review = let_in(coe, make.carol())
    thread, _ = commenting.start(coe, "header", f"@Carol {WORDS}", by=make.alice(), now=LATER)
    letter = Notice.objects.get(user=make.carol(), kind="mention")
    assert composing.telling_message(letter)

    review.delete()

    assert composing.telling_message(letter) is None
    commenting.reply(thread, f"@Carol {WORDS}", by=make.alice(), now=LATER)
    assert Notice.objects.filter(user=make.carol(), kind="mention").count() == 1


def test_who_commented_on_the_draft_and_was_let_off_hears_no_more_of_it(coe):
    review = let_in(coe, make.carol())
    thread, _ = commenting.start(coe, "header", "Why?", by=make.carol(), now=LATER)
    review.delete()

    commenting.reply(thread, WORDS, by=make.alice(), now=LATER)

    assert not Notice.objects.filter(user=make.carol(), kind="comment").exists()


def let_in(coe, user):
    return Review.objects.create(coe=coe, reviewer=user, asked_at=LATER, revision=coe.revisions.first())


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


def test_readers_are_told_the_state_of_what_is_published_and_writers_that_of_the_draft_as_well(coe, carol, client):
    address = f"/api/v1/coes/{coe.pk}/"
    told = carol.get(address).json()
    assert (told["state"], told["draft_state"], told["edits"]) == ("published", None, None)

    client.force_login(make.alice())
    told = client.get(address).json()
    assert (told["state"], told["draft_state"], told["edits"]) == ("published", "draft", coe.edits)
    published_anew(coe)
    assert client.get(address).json()["draft_state"] is None


@pytest.mark.parametrize(
    ("asked", "by_carol", "by_alice"),
    [("state=published", 1, 1), ("state=draft", 0, 0), ("draft_state=draft", 0, 1), ("draft_state=approved", 0, 0)],
)
def test_coes_are_found_by_the_state_that_one_knows(coe, carol, client, asked, by_carol, by_alice):
    assert len(carol.get(f"/api/v1/coes/?{asked}").json()["results"]) == by_carol

    client.force_login(make.alice())
    assert len(client.get(f"/api/v1/coes/?{asked}").json()["results"]) == by_alice


def test_a_draft_that_never_was_published_says_its_own_state_to_everybody(carol):
    coe = drafted()
    told = carol.get(f"/api/v1/coes/{coe.pk}/").json()

    assert (told["state"], told["draft_state"], told["edits"]) == ("draft", None, coe.edits)
    assert [one["id"] for one in carol.get("/api/v1/coes/?state=draft").json()["results"]] == [coe.pk]

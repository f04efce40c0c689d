"""Rooms are told of publications in their chat: once, at once or by a digest, and only of what everybody may read."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.core.exceptions import ValidationError

from coe import editing, publishing, reminding, reviewing, subscribing
from coe.models import RoomNotice, Subscription
from oncall import furnishing
from oncall.exceptions import NotAllowed
from tests import make
from tests.coe.writers import LATER, approve, approved, drafted, published
from tests.oncall.receivers import WebhookServer

pytestmark = pytest.mark.django_db
NEXT_DAY = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)


@pytest.fixture
def chat(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with WebhookServer() as server:
        yield server


@pytest.fixture
def room(chat):
    """A room of Fulfilment, Carol's team, told by a webhook."""
    team = make.team("Fulfilment", make.carol())
    return furnishing.add_room(team, "#fulfilment", "webhook", chat.url, by=make.carol(), now=LATER)[0]


def heard(chat):
    return [orjson.loads(body) for _, body in chat.received]


def test_a_room_that_follows_is_told_at_once_and_once(chat, room):
    subscribing.follow(make.carol(), "at_once", LATER, room=room, team=make.team("Payments"))
    subscribing.follow(make.carol(), "at_once", LATER, room=room, severity=3)
    coe = published(drafted())

    reminding.tick(LATER)
    reminding.tick(LATER + timedelta(minutes=1))

    (told,) = heard(chat)
    assert told["type"] == "errata.coe"
    assert told["data"] | {"event": "published", "coe": coe.number, "title": coe.public_title} == told["data"]


def test_the_person_who_subscribed_a_room_is_not_told_besides(chat, room, mailoutbox):
    subscribing.follow(make.carol(), "at_once", LATER, room=room)
    subscribing.follow(make.carol(), "daily", LATER, room=room)
    published(drafted())

    reminding.tick(LATER)
    reminding.tick(NEXT_DAY)

    assert [mail for mail in mailoutbox if mail.to == [make.carol().email]] == []


def test_rooms_of_the_owning_team_and_of_the_team_of_the_incident_are_told_unasked(mailoutbox, chat, room):
    make.room()
    coe = approved(drafted())
    coe.incidents.add(make.incident("Orders late", of=make.service("orders", owner=room.team)))
    publishing.publish(coe, make.alice(), LATER)

    reminding.tick(LATER)

    (mail,) = [one for one in mailoutbox if one.to == ["alerts@example.com"]]
    assert mail.subject == f"Published: {coe.number} {coe.title}"
    assert "Cards were declined." in mail.body
    assert [told["data"]["coe"] for told in heard(chat)] == [coe.number]


def test_a_room_that_wants_no_coes_is_told_of_none_unasked_and_others_of_the_team_are(mailoutbox, chat, room):
    other = make.room("#general", owner=room.team, address="general@example.com")
    furnishing.tell_of_coes(room, is_told=False, by=make.carol(), now=LATER)
    coe = approved(drafted())
    coe.incidents.add(make.incident("Orders late", of=make.service("orders", owner=room.team)))
    publishing.publish(coe, make.alice(), LATER)

    reminding.tick(LATER)

    assert heard(chat) == []
    told = [mail.subject for mail in mailoutbox if mail.to == [other.address]]
    assert told == [f"Published: {coe.number} {coe.title}"]


def test_a_room_that_wants_no_coes_still_hears_what_it_follows(chat, room):
    furnishing.tell_of_coes(room, is_told=False, by=make.carol(), now=LATER)
    subscribing.follow(make.carol(), "at_once", LATER, room=room, severity=3)
    coe = published(drafted())

    reminding.tick(LATER)

    assert [told["data"]["coe"] for told in heard(chat)] == [coe.number]


def test_a_reissue_is_announced_anew_with_what_changed(mailoutbox):
    make.room()
    coe = published(drafted())
    publishing.begin_reissue(coe, make.alice(), LATER)
    editing.save_section(
        coe, "summary", "Put right.", coe.sections.get(key="summary").edits, by=make.alice(), now=LATER
    )
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    publishing.publish(approve(coe), make.alice(), LATER, change_note="The rate was 38 %")

    reminding.tick(LATER)

    told = [one for one in mailoutbox if one.to == ["alerts@example.com"]]
    assert [one.subject.partition(":")[0] for one in told] == ["Published", "Published anew"]
    assert "What changed: The rate was 38 %" in told[1].body


def test_no_room_is_told_of_what_is_restricted_or_became_so_before_it_was_sent(chat, room):
    subscribing.follow(make.carol(), "at_once", LATER, room=room)
    subscribing.follow(make.carol(), "daily", LATER, room=room, severity=5)
    coe = published(drafted())
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    reminding.tick(LATER)
    reminding.tick(NEXT_DAY)
    assert heard(chat) == []

    coe = approved(make.coe("Another", audience="restricted", restricted_because="Personnel", severity=3))
    publishing.publish(coe, make.alice(), NEXT_DAY)
    assert not RoomNotice.objects.exists()


def test_a_digest_tells_a_room_what_is_new(chat, room):
    subscribing.follow(make.carol(), "daily", LATER, room=room, team=make.team("Payments"))
    coe = published(drafted(), at=LATER + timedelta(minutes=1))

    reminding.tick(NEXT_DAY)
    reminding.tick(NEXT_DAY + timedelta(hours=1))

    (told,) = heard(chat)
    assert [one["coe"] for one in told["data"]["coes"]] == [coe.number]


def test_a_chat_that_is_away_is_tried_again_with_the_same_key(chat, room):
    subscribing.follow(make.carol(), "at_once", LATER, room=room)
    published(drafted())
    chat.answer = 503
    reminding.tick(LATER)
    notice = RoomNotice.objects.get()
    assert (notice.sent_at, notice.tries) == (None, 1)
    assert "503" in notice.error

    chat.answer = 200
    reminding.tick(LATER + timedelta(minutes=2))

    keys = {value for headers, _ in chat.received for name, value in headers.items() if name.lower() == "webhook-id"}
    assert (len(chat.received), len(keys)) == (2, 1)
    assert RoomNotice.objects.get().sent_at


def test_a_room_that_was_removed_hears_nothing(chat, room):
    subscribing.follow(make.carol(), "at_once", LATER, room=room)
    published(drafted())
    furnishing.remove_room(room, by=make.carol(), now=LATER)

    reminding.tick(LATER)

    assert (heard(chat), RoomNotice.objects.count()) == ([], 0)


def test_members_of_its_team_and_administrators_say_what_a_room_hears(room):
    for user in (make.carol(), make.dora()):
        subscribing.follow(user, "daily", LATER, room=room)

    assert Subscription.objects.count() == 1
    with pytest.raises(NotAllowed, match="Only members of Fulfilment"):
        subscribing.follow(make.bob(), "daily", LATER, room=room)


def test_a_search_is_not_told_at_once(room):
    with pytest.raises(ValidationError, match="daily or weekly"):
        subscribing.follow(make.carol(), "at_once", LATER, room=room, query="tls")


def test_another_of_the_team_sees_changes_and_ends_what_its_room_is_told(client, room):
    made = subscribing.follow(make.carol(), "daily", LATER, room=room)
    make.team("Fulfilment", make.bob())
    client.force_login(make.bob())
    assert "by Carol Osei" in client.get("/subscriptions/").content.decode()

    client.post(f"/subscriptions/{made.pk}/", {"cadence": "weekly"})
    assert Subscription.objects.get().cadence == "weekly"
    client.post(f"/subscriptions/{made.pk}/unfollow/")
    assert not Subscription.objects.exists()

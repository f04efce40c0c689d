"""Letters about publications end by their link, without signing in, and by the mail program's own button."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from coe import publishing, reminding, subscribing, unsubscribing
from coe.models import Notice, Subscription
from tests import make
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db
NEXT_DAY = LATER + timedelta(days=1)


@pytest.fixture
def strict():
    """A browser without cookies, at an installation that checks forms."""
    return Client(enforce_csrf_checks=True)


def path_of(mail):
    return urlsplit(mail.extra_headers["List-Unsubscribe"].strip("<>")).path


def letter(mailoutbox, user):
    """The one letter about a publication, or the digest, that this person got."""
    (mail,) = [one for one in mailoutbox if one.to == [user.email] and "List-Unsubscribe" in one.extra_headers]
    return mail


def test_a_letter_at_once_says_why_it_came_and_how_it_ends(strict, mailoutbox):
    subscribing.follow(make.carol(), "at_once", LATER, team=make.team("Payments"))
    published(drafted())
    reminding.tick(LATER)

    mail = letter(mailoutbox, make.carol())

    assert "because you follow team Payments" in mail.body
    assert path_of(mail) in mail.body
    assert path_of(mail) in mail.alternatives[0].content
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_looking_changes_nothing_and_the_button_unsubscribes(strict, mailoutbox):
    kept = subscribing.follow(make.carol(), "daily", LATER)
    subscribing.follow(make.carol(), "at_once", LATER, team=make.team("Payments"))
    published(drafted())
    reminding.tick(LATER)
    path = path_of(letter(mailoutbox, make.carol()))

    assert "Unfollow team Payments" in strict.get(path).content.decode()
    assert Subscription.objects.count() == 2

    assert strict.post(path)["Location"] == path
    assert Subscription.objects.get() == kept
    assert "You are unsubscribed" in strict.get(path).content.decode()


def test_the_button_of_a_mail_program_stops_the_digest(strict, mailoutbox):
    published(drafted())
    for cadence, severity in (("daily", None), ("daily", 2), ("weekly", 3)):
        subscribing.follow(make.carol(), cadence, LATER, severity=severity)
    reminding.tick(NEXT_DAY)
    path = path_of(letter(mailoutbox, make.carol()))

    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.content) == (200, b"Unsubscribed.\n")
    assert [one.cadence for one in Subscription.objects.all()] == ["weekly"]
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_what_several_subscriptions_ask_for_ends_with_all_that_is_told_at_once(strict, mailoutbox):
    subscribing.follow(make.carol(), "at_once", LATER, team=make.team("Payments"))
    subscribing.follow(make.carol(), "at_once", LATER, severity=2)
    published(drafted())
    reminding.tick(LATER)

    page = strict.get(path_of(letter(mailoutbox, make.carol()))).content.decode()

    assert "Stop everything that is told at once" in page
    assert "SEV 2 or worse" in page


def test_a_link_to_one_tells_of_nothing_else_that_is_followed(strict):
    one = subscribing.follow(make.carol(), "daily", LATER, severity=1)
    subscribing.follow(make.carol(), "daily", LATER, query="a secret search")

    page = strict.get(f"/unsubscribe/{unsubscribing.token_of(one)}/").content.decode()

    assert "SEV 1" in page
    assert "a secret search" not in page
    assert "Stop everything" not in page


@pytest.mark.parametrize("token", ["one-1", "one-1:forged", "all-1-daily:x"])
def test_a_forged_link_ends_nothing(strict, token):
    subscribing.follow(make.carol(), "daily", LATER)

    assert strict.get(f"/unsubscribe/{token}/").status_code == 404
    assert strict.post(f"/unsubscribe/{token}/").status_code == 404
    assert Subscription.objects.exists()


def test_a_link_never_ends_what_a_room_is_told(strict):
    room = make.room()
    make.team("Payments", make.carol())
    subscription = subscribing.follow(make.carol(), "daily", LATER, room=room)

    for token in (unsubscribing.token_of(subscription), unsubscribing.token_of_all(make.carol().pk, "daily")):
        strict.post(f"/unsubscribe/{token}/")

    assert Subscription.objects.get() == subscription


def test_whoever_read_it_but_does_not_follow_gets_no_link_that_would_end_nothing(mailoutbox):
    coe = published(drafted())
    coe.readings.create(user=make.carol(), revision=coe.revisions.first(), first_at=LATER, last_at=LATER)
    publishing.begin_reissue(coe, make.alice(), LATER)
    Notice.objects.create(user=make.carol(), kind="reissued", key="x", coe=coe, made_at=LATER)
    reminding.tick(LATER)

    (mail,) = [one for one in mailoutbox if one.to == [make.carol().email]]
    assert "List-Unsubscribe" not in mail.extra_headers


def test_an_unsubscribed_digest_that_still_waits_is_not_sent(mailoutbox):
    published(drafted())
    subscribing.follow(make.carol(), "daily", LATER)
    Notice.objects.create(
        user=make.carol(), kind="digest", key="digest-daily-20261117", detail=LATER.isoformat(), made_at=NEXT_DAY
    )
    unsubscribing.unsubscribe(unsubscribing.grant_of(unsubscribing.token_of_all(make.carol().pk, "daily")))

    reminding.tick(NEXT_DAY)

    assert [one for one in mailoutbox if one.to == [make.carol().email]] == []

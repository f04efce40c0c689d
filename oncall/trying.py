"""Test pages: to oneself through every verified contact method at once, and to a room of a team.

It decides how often one may ask for them, and what is said of each: what came of it, and how long that took. The words
of the message are decided by `oncall/composing.py`.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, models, transaction

from oncall import composing
from oncall.channels import REGISTRY, DeliveryFailed, DeliveryUncertain, Message
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, ContactMethod, Room, User
from oncall.sealing import Unreadable, unseal

logger = logging.getLogger(__name__)
# Between two tests of one person.
PAUSE = timedelta(seconds=30)
# Tests a person may ask for within a while: no stranger's room or address is filled this way.
MOST_TESTS = 10
A_WHILE = timedelta(hours=1)
# Seconds that somebody looks at a screen that does nothing; what is slower is said to be under way.
PATIENCE = 15


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one test message, in words, and whether the provider took it."""

    words: str
    is_good: bool


def send_test(user: User, now: datetime) -> dict[int, Trial]:
    """Send a test page through each verified method of the person; what came of each, by the method's number.

    Raises Conflict when there is no verified method, or too many tests were asked for.
    """
    methods = list(user.contact_methods.verified().select_related("user"))
    if not methods:
        raise Conflict("You have no verified contact method: there is nothing to test yet.")
    _count(user, user, now)
    key = f"test-{user.pk}-{int(now.timestamp())}"
    messages = {method: composing.test_message(method, now) for method in methods}
    return _all_at_once(messages, key)


def send_room_test(room: Room, by: User, now: datetime) -> Trial:
    """Send a test message to a room. Raises Conflict when the person asked for too many tests."""
    _count(room, by, now)
    key = f"test-room-{room.pk}-{int(now.timestamp())}"
    return _all_at_once({room: composing.room_test_message(room, by, now)}, key)[room.pk]


def _count(about: models.Model, by: User, now: datetime) -> None:
    """Note the test before it is sent; two requests at once queue up here and only one gets through."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        sent = AuditEntry.objects.filter(actor=by, verb="test sent", at__gt=now - A_WHILE)
        if sent.filter(at__gt=now - PAUSE).exists():
            raise Conflict("A test was sent a moment ago. Wait half a minute before sending another.")
        if sent.count() >= MOST_TESTS:
            raise Conflict("You sent many tests within an hour. Send another one later.")
        AuditEntry.objects.write(about, "test sent", actor=by, at=now)


def _all_at_once(messages: dict[ContactMethod, Message] | dict[Room, Message], key: str) -> dict[int, Trial]:
    """Side by side, because a slow provider must not make the others look slow."""
    senders = ThreadPoolExecutor(len(messages))
    asked = {
        place.pk: senders.submit(_sent, place, message, f"{key}-{place.pk}") for place, message in messages.items()
    }
    wait(asked.values(), PATIENCE)
    senders.shutdown(wait=False)
    return {pk: _outcome(future) for pk, future in asked.items()}


def _outcome(future: "Future[Trial]") -> Trial:
    if future.done():
        return future.result()
    return Trial(f"No answer within {PATIENCE} seconds. It may still arrive.", is_good=False)


def _sent(place: ContactMethod | Room, message: Message, key: str) -> Trial:
    """Hand one message over, in a thread of its own."""
    began = time.monotonic()
    try:
        channel = REGISTRY[place.channel]
        if lacking := channel.missing():
            return Trial(f"This installation cannot send there: {lacking}.", is_good=False)
        secret = unseal(place.sealed_secret) if place.sealed_secret else ""
        channel.send(message, place.address, key, secret)
    except DeliveryUncertain as failure:
        return Trial(f"{failure} It may still arrive.", is_good=False)
    except DeliveryFailed as failure:
        return Trial(str(failure), is_good=False)
    except (KeyError, Unreadable):
        return Trial("It cannot be sent there any more. Remove it and add it anew.", is_good=False)
    except Exception:  # one channel that breaks must not hide what became of the others
        logger.exception("trying.failed channel=%s", place.channel)
        return Trial("It could not be sent; the log of the installation says why.", is_good=False)
    finally:
        connection.close()
    return Trial(f"Handed over within {_spoken(time.monotonic() - began)}.", is_good=True)


def _spoken(seconds: float) -> str:
    return f"{seconds:.1f} seconds" if seconds >= 0.95 else f"{max(round(seconds * 1000, -1), 10):.0f} milliseconds"

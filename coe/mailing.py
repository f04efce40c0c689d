"""Sends what is owed about COEs, by mail to people and to rooms in their chat.

The rows are the queue, a lease is the promise to send one. A tick may run twice, late or in parallel. A sender that
dies leaves a lease that lapses; a failure rests and is tried again; a repetition carries the same key (of a mail its
Message-ID), so that it is one message to whoever reads it. What is owed is decided by `coe/reminding.py`,
`coe/reviewing.py` and `coe/announcing.py`, the words by `coe/composing.py` and `coe/chatting.py`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from time import monotonic
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from coe.models import Notice, Reminder, ReviewNotice, RoomNotice
from oncall.channels import REGISTRY, DeliveryFailed, Message, email
from oncall.payloads import clean, cut
from oncall.sealing import unseal

logger = logging.getLogger(__name__)

type_letter = Reminder | ReviewNotice | Notice | RoomNotice
type_kind = type[Reminder] | type[ReviewNotice] | type[Notice] | type[RoomNotice]
# How long a sender may take before somebody else sends instead; a batch is done within it, at EMAIL_TIMEOUT each.
LEASE = timedelta(seconds=60)
BATCH = 5
# A chat has longer to answer: `oncall.outgoing.DEADLINE`.
BATCH_OF_ROOMS = 2
# Rest before the second, third, … try.
REST = [timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 3600, 3600)]
MOST_TRIES = len(REST) + 1


class Outcome(Enum):
    """What became of one letter."""

    SENT = "sent"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


def send_due(kind: type_kind, compose: Callable[[Any], Message | None], now: datetime) -> int:
    """Send every letter of this kind that is owed; returns how many went out.

    `compose` gives the words, or None for a letter that is about nothing any more: it is withdrawn. When a whole batch
    fails the server is away, and the next tick goes on.
    """
    sent, clock = 0, _clock(now)
    batch = BATCH_OF_ROOMS if kind is RoomNotice else BATCH
    while ids := lease(kind, clock(), batch):
        letters = kind._default_manager.filter(pk__in=ids).select_related("room" if kind is RoomNotice else "user")
        outcomes = [_send(letter, compose, clock) for letter in letters]
        sent += outcomes.count(Outcome.SENT)
        if set(outcomes) == {Outcome.FAILED}:
            break
    return sent


def _clock(now: datetime) -> Callable[[], datetime]:
    """What time it is since `now`, to the second: servers take their time, and a lease counts from when it is taken."""
    began = monotonic()
    return lambda: now + timedelta(seconds=int(monotonic() - began))


def lease(kind: type_kind, now: datetime, limit: int) -> list[int]:
    """Take letters that nobody is sending and that do not rest."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    with transaction.atomic():
        owed = kind._default_manager.filter(free, sent_at__isnull=True, tries__lt=MOST_TRIES).order_by("made_at", "pk")
        ids = [letter.pk for letter in owed.select_for_update(skip_locked=True, of=("self",))[:limit]]
        kind._default_manager.filter(pk__in=ids).update(leased_until=now + LEASE, tries=F("tries") + 1)
    return ids


def _send(letter: type_letter, compose: Callable[[Any], Message | None], clock: Callable[[], datetime]) -> Outcome:
    try:
        message = compose(letter)
        if message is None:
            letter.delete()
            return Outcome.WITHDRAWN
        _hand_over(message, letter)
    except DeliveryFailed as failure:
        _fail(letter, f"{failure} {failure.detail}".strip(), clock(), is_permanent=failure.is_permanent)
        return Outcome.FAILED
    except Exception as error:  # one letter that cannot be written must not keep the others
        logger.exception("coe.letter_failed kind=%s letter=%s", letter._meta.model_name, letter.pk)
        _fail(letter, f"{type(error).__name__}: {error}", clock())
        return Outcome.FAILED
    _settle(letter, sent_at=clock(), leased_until=None, error="")
    return Outcome.SENT


def _hand_over(message: Message, letter: type_letter) -> None:
    """Give it to the mail server, or to the chat of the room. Raises DeliveryFailed."""
    name = f"{letter._meta.model_name}-{letter.pk}.{_installation()}"
    if not isinstance(letter, RoomNotice):
        email.send(message, letter.user.email, name)
        return
    room = letter.room
    channel = REGISTRY[room.channel]
    if missing := channel.missing():
        raise DeliveryFailed(f"This installation lacks {missing}.", is_permanent=True)
    # Chats take the key for one of a page: a UUID, by which they drop repetitions.
    key = str(uuid5(NAMESPACE_URL, name))
    channel.send(message, room.address, key, unseal(room.sealed_secret) if room.sealed_secret else "")


def _fail(letter: type_letter, reason: str, now: datetime, *, is_permanent: bool = False) -> None:
    """Rest, then try again; a refused address is not tried again."""
    rest = REST[min(letter.tries, len(REST)) - 1]
    tries = MOST_TRIES if is_permanent else letter.tries
    _settle(letter, error=cut(clean(reason), 2000), leased_until=now + rest, tries=tries)


def _settle(letter: type_letter, **facts: object) -> None:
    type(letter)._default_manager.filter(pk=letter.pk, sent_at__isnull=True).update(**facts)


def _installation() -> str:
    """Tells letters of two installations apart whose rows have the same numbers."""
    return settings.ERRATA_URL.partition("//")[2].replace(":", ".").replace("/", ".")

"""Sends what is owed by mail about COEs: the rows are the queue, a lease is the promise to send one.

A tick may run twice, late or in parallel. A sender that dies leaves a lease that lapses; a failure rests and is tried
again; a repetition carries the same Message-ID, so that it is one mail to whoever reads it. What is owed is decided by
`coe/reminding.py` and `coe/reviewing.py`, the words by `coe/composing.py`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from coe.models import Notice, Reminder, ReviewNotice
from oncall.channels import DeliveryFailed, Message, email
from oncall.payloads import clean, cut

logger = logging.getLogger(__name__)

type_letter = type[Reminder] | type[ReviewNotice] | type[Notice]
# How long a sender may take before somebody else sends instead; a batch is done within it, at EMAIL_TIMEOUT each.
LEASE = timedelta(seconds=60)
BATCH = 5
# Rest before the second, third, … try.
REST = [timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 3600, 3600)]
MOST_TRIES = len(REST) + 1


class Outcome(Enum):
    """What became of one letter."""

    SENT = "sent"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


def send_due(kind: type_letter, compose: Callable[[Any], Message | None], now: datetime) -> int:
    """Send every letter of this kind that is owed; returns how many went out.

    `compose` gives the words, or None for a letter that is about nothing any more: it is withdrawn. When a whole batch
    fails the server is away, and the next tick goes on.
    """
    sent, clock = 0, _clock(now)
    while ids := lease(kind, clock(), BATCH):
        letters = kind._default_manager.filter(pk__in=ids).select_related("user")
        outcomes = [_send(letter, compose, clock) for letter in letters]
        sent += outcomes.count(Outcome.SENT)
        if set(outcomes) == {Outcome.FAILED}:
            break
    return sent


def _clock(now: datetime) -> Callable[[], datetime]:
    """What time it is since `now`, to the second: servers take their time, and a lease counts from when it is taken."""
    began = monotonic()
    return lambda: now + timedelta(seconds=int(monotonic() - began))


def lease(kind: type_letter, now: datetime, limit: int) -> list[int]:
    """Take letters that nobody is sending and that do not rest."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    with transaction.atomic():
        owed = kind._default_manager.filter(free, sent_at__isnull=True, tries__lt=MOST_TRIES).order_by("made_at", "pk")
        ids = [letter.pk for letter in owed.select_for_update(skip_locked=True, of=("self",))[:limit]]
        kind._default_manager.filter(pk__in=ids).update(leased_until=now + LEASE, tries=F("tries") + 1)
    return ids


def _send(
    letter: Reminder | ReviewNotice | Notice, compose: Callable[[Any], Message | None], clock: Callable[[], datetime]
) -> Outcome:
    try:
        message = compose(letter)
        if message is None:
            letter.delete()
            return Outcome.WITHDRAWN
        email.send(message, letter.user.email, f"{letter._meta.model_name}-{letter.pk}.{_installation()}")
    except DeliveryFailed as failure:
        _fail(letter, f"{failure} {failure.detail}".strip(), clock(), is_permanent=failure.is_permanent)
        return Outcome.FAILED
    except Exception as error:  # one letter that cannot be written must not keep the others
        logger.exception("coe.letter_failed kind=%s letter=%s", letter._meta.model_name, letter.pk)
        _fail(letter, f"{type(error).__name__}: {error}", clock())
        return Outcome.FAILED
    _settle(letter, sent_at=clock(), leased_until=None, error="")
    return Outcome.SENT


def _fail(letter: Reminder | ReviewNotice | Notice, reason: str, now: datetime, *, is_permanent: bool = False) -> None:
    """Rest, then try again; a refused address is not tried again."""
    rest = REST[min(letter.tries, len(REST)) - 1]
    tries = MOST_TRIES if is_permanent else letter.tries
    _settle(letter, error=cut(clean(reason), 2000), leased_until=now + rest, tries=tries)


def _settle(letter: Reminder | ReviewNotice | Notice, **facts: object) -> None:
    type(letter)._default_manager.filter(pk=letter.pk, sent_at__isnull=True).update(**facts)


def _installation() -> str:
    """Tells letters of two installations apart whose rows have the same numbers."""
    return settings.ERRATA_URL.partition("//")[2].replace(":", ".").replace("/", ".")

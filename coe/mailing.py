"""Sends what is owed by mail about COEs: the rows are the queue, a lease is the promise to send one.

A tick may run twice, late or in parallel. A sender that dies leaves a lease that lapses; a failure rests and is tried
again; a repetition carries the same Message-ID, so that it is one mail to whoever reads it. What is owed is decided by
`coe/reminding.py` and `coe/reviewing.py`, the words by `coe/composing.py`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from coe.models import Reminder, ReviewNotice
from oncall.channels import DeliveryFailed, Message, email

logger = logging.getLogger(__name__)

type_letter = type[Reminder] | type[ReviewNotice]
# How long a sender may take before somebody else sends instead.
LEASE = timedelta(seconds=60)
# Rest before the second, third, … try.
REST = [timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 3600, 3600)]
MOST_TRIES = len(REST) + 1


def send_due(kind: type_letter, compose: Callable[[Any], Message | None], now: datetime, limit: int = 50) -> int:
    """Send every letter of this kind that is owed; returns how many went out.

    `compose` gives the words, or None for a letter that is about nothing any more: it is withdrawn.
    """
    sent = 0
    while ids := lease(kind, now, limit):
        for letter in kind._default_manager.filter(pk__in=ids).select_related("user"):
            sent += _send(letter, compose, now)
    return sent


def lease(kind: type_letter, now: datetime, limit: int) -> list[int]:
    """Take letters that nobody is sending and that do not rest."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    with transaction.atomic():
        owed = kind._default_manager.filter(free, sent_at__isnull=True, tries__lt=MOST_TRIES).order_by("made_at", "pk")
        ids = [letter.pk for letter in owed.select_for_update(skip_locked=True, of=("self",))[:limit]]
        kind._default_manager.filter(pk__in=ids).update(leased_until=now + LEASE, tries=F("tries") + 1)
    return ids


def _send(letter: Reminder | ReviewNotice, compose: Callable[[Any], Message | None], now: datetime) -> bool:
    try:
        message = compose(letter)
        if message is None:
            letter.delete()
            return False
        email.send(message, letter.user.email, f"{letter._meta.model_name}-{letter.pk}.{_installation()}")
    except DeliveryFailed as failure:
        _fail(letter, str(failure), now, is_permanent=failure.is_permanent)
        return False
    except Exception as error:  # one letter that cannot be written must not keep the others
        logger.exception("coe.letter_failed kind=%s letter=%s", letter._meta.model_name, letter.pk)
        _fail(letter, f"{type(error).__name__}: {error}", now)
        return False
    _settle(letter, sent_at=now, leased_until=None, error="")
    return True


def _fail(letter: Reminder | ReviewNotice, reason: str, now: datetime, *, is_permanent: bool = False) -> None:
    """Rest, then try again; a refused address is not tried again."""
    rest = REST[min(letter.tries, len(REST)) - 1]
    tries = MOST_TRIES if is_permanent else letter.tries
    _settle(letter, error=reason, leased_until=now + rest, tries=tries)


def _settle(letter: Reminder | ReviewNotice, **facts: object) -> None:
    type(letter)._default_manager.filter(pk=letter.pk, sent_at__isnull=True).update(**facts)


def _installation() -> str:
    """Tells letters of two installations apart whose rows have the same numbers."""
    return settings.ERRATA_URL.partition("//")[2].replace(":", ".").replace("/", ".")

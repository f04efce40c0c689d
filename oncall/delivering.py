"""What becomes of every attempt to deliver a page: leased, sent, failed, tried again, or uncertain.

An attempt in hand has a lease instead of a transaction, because no network belongs inside one. Whom to page is decided
by `oncall/paging.py`.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction

from oncall import composing
from oncall.channels import SEND, DeliveryFailed
from oncall.models import Attempt, ContactMethod, Incident, Page
from oncall.models.timeline import announce
from oncall.sealing import unseal

logger = logging.getLogger(__name__)

# How often one contact method is tried for one page.
MOST_TRIES = 6
# Seconds before the second, third, … try.
BACKOFF = (2, 10, 30, 60, 120)
# Messages on their way at the same time, in one worker process.
SENDERS = 8


def attempt_for(page: Page, method: ContactMethod, send_after: datetime, *, priority: int, number: int = 1) -> Attempt:
    """An attempt to be saved, with the address as it is now: the ledger keeps where it really went."""
    return Attempt(
        page=page,
        contact_method=method,
        channel=method.channel,
        address=method.address,
        send_after=send_after,
        priority=priority,
        number=number,
    )


def lease_sendable(now: datetime, limit: int = 64) -> list[int]:
    """Take attempts that nobody is sending. A lease that lapses makes its attempt uncertain, and another goes out."""
    with transaction.atomic():
        free = Attempt.objects.sendable(now).select_for_update(skip_locked=True, of=("self",))
        ids = [attempt.pk for attempt in free[:limit]]
        Attempt.objects.filter(pk__in=ids).update(state=Attempt.State.SENDING, leased_until=now + Attempt.LEASE)
    return ids


def send_due(now: datetime) -> int:
    """Send what is due until nothing is; returns how many attempts were dealt with."""
    dealt = 0
    while ids := lease_sendable(now):
        dealt += len(ids)
        if len(ids) == 1:
            send(ids[0], now)
            continue
        with ThreadPoolExecutor(min(SENDERS, len(ids))) as senders:
            list(senders.map(lambda pk: _send_and_close(pk, now), ids))
    return dealt


def _send_and_close(pk: int, now: datetime) -> None:
    """Send in a thread of its own, whose database connection ends with it."""
    try:
        send(pk, now)
    finally:
        connection.close()


def send(pk: int, now: datetime) -> None:
    """Send one leased attempt and record what came of it."""
    attempt = Attempt.objects.select_related("page__incident__service__team", "page__user", "contact_method").get(pk=pk)
    if attempt.page.incident.state != Incident.State.TRIGGERED or attempt.page.cycle != attempt.page.incident.cycle:
        _settle(attempt, Attempt.State.WITHDRAWN)
        return
    try:
        message = composing.page_message(attempt.page, now)
        receipt = SEND[attempt.channel](message, attempt.address, str(attempt.key), _secret(attempt))
    except DeliveryFailed as failure:
        _fail(attempt, failure, now)
    except Exception as error:  # a fault of ours must not leave the person unpaged: recorded and tried again
        logger.exception("paging.send_failed attempt=%s", attempt.pk)
        _fail(attempt, DeliveryFailed(f"{type(error).__name__}: {error}"), now)
    else:
        _settle(attempt, Attempt.State.SENT, provider_id=receipt.provider_id, sent_at=now)


def _secret(attempt: Attempt) -> str:
    method = attempt.contact_method
    return unseal(method.sealed_secret) if method and method.sealed_secret else ""


def _settle(attempt: Attempt, state: str, **facts: object) -> bool:
    """Record the outcome, unless the lease lapsed meanwhile and somebody else decided."""
    held = Attempt.objects.filter(pk=attempt.pk, state=Attempt.State.SENDING)
    is_ours = bool(held.update(state=state, leased_until=None, **facts))
    announce(f"incident:{attempt.page.incident_id}")
    return is_ours


def _fail(attempt: Attempt, failure: DeliveryFailed, now: datetime) -> None:
    """Record the failure; try the same way again later, or move the escalation on when nobody is left to reach."""
    with transaction.atomic():
        if not _settle(attempt, Attempt.State.FAILED, error=str(failure)):
            return
        if not failure.is_permanent and attempt.number < MOST_TRIES:
            _try_again(attempt, now + timedelta(seconds=BACKOFF[attempt.number - 1]))
            return
        incident = attempt.page.incident
        text = f"Could not reach {attempt.page.user.name} by {attempt.channel}: {failure}"
        incident.timeline.write("delivery", text, at=now, source="paging")
        _move_on_if_nobody_left(attempt.page, now)


def _try_again(attempt: Attempt, send_after: datetime) -> None:
    method = attempt.contact_method
    if method is not None:
        again = attempt_for(attempt.page, method, send_after, priority=attempt.priority, number=attempt.number + 1)
        Attempt.objects.bulk_create([again], ignore_conflicts=True)


def _move_on_if_nobody_left(page: Page, now: datetime) -> None:
    """When every attempt of this step is lost for good, waiting for an acknowledgement is waiting for nobody."""
    step = Attempt.objects.filter(
        page__incident=page.incident, page__cycle=page.cycle, page__round=page.round, page__step=page.step
    )
    hopeful = [Attempt.State.PENDING, Attempt.State.SENDING, Attempt.State.SENT, Attempt.State.DELIVERED]
    if not step.filter(state__in=hopeful).exists():
        Incident.objects.filter(pk=page.incident_id, page_after__gt=now).update(page_after=now)


def give_up_lapsed(now: datetime) -> int:
    """Attempts whose sender died are uncertain: maybe sent, maybe not. Another goes out; returns how many."""
    with transaction.atomic():
        lapsed = list(
            Attempt.objects.lapsed(now)
            .select_related("page__user", "contact_method")
            .select_for_update(skip_locked=True, of=("self",))
        )
        for attempt in lapsed:
            attempt.state, attempt.leased_until = Attempt.State.UNCERTAIN, None
            attempt.error = "The sender stopped before it could say whether the message went out."
            attempt.save(update_fields=["state", "leased_until", "error"])
            _through_another_method(attempt, now)
    return len(lapsed)


def _through_another_method(attempt: Attempt, now: datetime) -> None:
    """Again at once: through a method this page has not tried yet, else through the same one."""
    tried = attempt.page.attempts.values("contact_method")
    other = attempt.page.user.contact_methods.verified().exclude(pk__in=tried).first()
    if other is not None:
        attempt_for(attempt.page, other, now, priority=attempt.priority).save()
    elif attempt.number < MOST_TRIES:
        _try_again(attempt, now)

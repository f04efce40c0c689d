"""What becomes of every attempt to deliver a page: sent, failed, tried again, withdrawn, or uncertain.

Whom to page is decided by `oncall/paging.py`, who sends which attempt at what time by `oncall/dispatching.py`.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction
from django.db.models import Q

from oncall import composing, summarising, verifying
from oncall.channels import REGISTRY, DeliveryFailed, DeliveryUncertain
from oncall.models import Attempt, ContactMethod, Incident, Page
from oncall.models.contacts import spoken
from oncall.models.timeline import announce
from oncall.payloads import clean, cut
from oncall.sealing import unseal

logger = logging.getLogger(__name__)

# How often one contact method is tried for one page.
MOST_TRIES = 6
# Seconds before the second, third, … try.
BACKOFF = (2, 10, 30, 60, 120)
# A provider that asks for more is tried again before that all the same.
LONGEST_PAUSE = timedelta(minutes=2)
# How long an attempt of an unknown channel waits for a process that knows it.
UNKNOWN_FOR = timedelta(minutes=2)
# What is kept of a provider's words.
ERROR_LIMIT = 2000
LOST = "The sender stopped before it could say whether the message went out."
State = Attempt.State


def attempt_for(
    page: Page, method: ContactMethod, now: datetime, *, priority: int, wait: timedelta = timedelta(), rule: int = 0
) -> Attempt:
    """An attempt to be saved, due after a wait. The address is as it is now: the ledger keeps where it really went."""
    return Attempt(
        created_at=now,
        rule=rule,
        page=page,
        contact_method=method,
        channel=method.channel,
        address=method.address,
        send_after=now + wait,
        priority=priority,
    )


def send(taken: Sequence[int], clock: Callable[[], datetime]) -> None:
    """Send leased attempts as one message and record what came of it. A provider may take long: `clock` says the time.

    More than one are all to the same contact method of one person.
    """
    places = ("page__incident__service__team", "page__user", "page__room", "page__responder", "contact_method")
    found = Attempt.objects.select_related(*places).filter(pk__in=taken, state=State.SENDING).order_by("pk")
    wanted = []
    for attempt in found:  # of the others the lease lapsed before the work began, and somebody else has decided
        if _is_wanted(attempt.page):
            wanted.append(attempt)
        else:
            _settle(attempt, State.WITHDRAWN)
    if wanted:
        _send(wanted, clock)


def _send(attempts: list[Attempt], clock: Callable[[], datetime]) -> None:
    try:
        provider_id = _hand_over(attempts, clock())
    except DeliveryUncertain as doubt:
        for attempt in attempts:
            _in_doubt(attempt.page, attempt.pk, doubt, clock(), pause=_pause(attempt))
    except DeliveryFailed as failure:
        for attempt in attempts:
            _fail(attempt, failure, clock())
    except Exception as error:  # a fault of ours must not leave the person unpaged: recorded and tried again
        logger.exception("paging.send_failed attempts=%s", [attempt.pk for attempt in attempts])
        fault = DeliveryFailed("a fault inside Errata; its log says more", detail=f"{type(error).__name__}: {error}")
        for attempt in attempts:
            _fail(attempt, fault, clock())
    else:
        _settle_sent(attempts, provider_id, clock())


def _is_wanted(page: Page) -> bool:
    """Whether somebody still waits for an answer to this page."""
    incident = page.incident
    if page.responder is not None:
        return page.responder.page_after is not None and incident.state != Incident.State.RESOLVED
    if page.user_id in _answered(incident):
        return False
    return incident.state == Incident.State.TRIGGERED and page.cycle == incident.cycle and incident.pages_people


def _answered(incident: Incident) -> set[int]:
    """Who has said that they come, while others are still wanted."""
    return incident.answered_by if incident.acknowledgements_wanted > 1 else set()


def _hand_over(attempts: list[Attempt], now: datetime) -> str:
    """Give the message to the provider; returns the provider's name for it. Raises DeliveryFailed."""
    first = attempts[0]
    channel = REGISTRY[first.channel]
    if missing := channel.missing():
        raise DeliveryFailed(f"this installation lacks {missing}", is_permanent=True)
    secret = _secret_of(first)
    if len(attempts) == 1:
        message = composing.page_message(first.page, now)
        return channel.send(message, first.address, str(first.key), secret).provider_id
    bundle = _bundled(attempts)
    message = summarising.bundle_message([one.page for one in attempts], bundle)
    return channel.send(message, first.address, str(bundle), secret).provider_id


def _secret_of(attempt: Attempt) -> str:
    """What the channel needs beside the address. Raises DeliveryFailed when there is nobody left to write to."""
    page, method = attempt.page, attempt.contact_method
    if page.room is not None:
        return unseal(page.room.sealed_secret) if page.room.sealed_secret else ""
    if method is None or page.user is None or not page.user.is_active:
        gone = "it is no longer a contact method of theirs" if method is None else "they no longer have an account"
        raise DeliveryFailed(gone, is_permanent=True)
    return unseal(method.sealed_secret) if method.sealed_secret else ""


def _bundled(attempts: list[Attempt]) -> UUID:
    """Mark them as one message before it goes out, so that its link works when it arrives; always the same mark."""
    bundle = uuid5(NAMESPACE_OID, "".join(sorted(one.key.hex for one in attempts)))
    Attempt.objects.filter(pk__in=[one.pk for one in attempts]).update(bundle=bundle)
    return bundle


def _settle(attempt: Attempt, state: State, **facts: object) -> bool:
    """Record the outcome, unless the lease lapsed meanwhile and somebody else decided."""
    held = Attempt.objects.filter(pk=attempt.pk, state=State.SENDING)
    is_ours = bool(held.update(state=state, leased_until=None, **facts))
    announce(f"incident:{attempt.page.incident_id}")
    return is_ours


def _settle_sent(attempts: list[Attempt], provider_id: str, now: datetime) -> None:
    """They went out. Also when the lease had lapsed: what was uncertain is known now, and need not go out again."""
    facts: dict[str, Any] = {"provider_id": cut(clean(provider_id), 200), "sent_at": now}
    mine = Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts])
    held = mine.filter(state=State.SENDING).update(state=State.SENT, leased_until=None, **facts)
    announce(*(f"incident:{attempt.page.incident_id}" for attempt in attempts))
    if held == len(attempts):
        return
    with transaction.atomic():
        for attempt in mine.filter(state=State.UNCERTAIN).select_for_update():
            mine.filter(pk=attempt.pk).update(state=State.SENT, error="", **facts)
            again = Attempt.objects.filter(page=attempt.page_id, key=attempt.key, state=State.PENDING)
            again.update(state=State.WITHDRAWN)


def _fail(attempt: Attempt, failure: DeliveryFailed, now: datetime) -> None:
    """Record the failure; try the same way again later, another way at once, or move the escalation on."""
    with transaction.atomic():
        incident = _locked_incident(attempt.page)
        if failure.is_gone and attempt.contact_method:
            verifying.forget(attempt.contact_method, now, str(failure))
        if not _settle(attempt, State.FAILED, error=_words(failure)):
            return
        pause = _pause(attempt, failure.wait)
        if not failure.is_permanent and (not _is_wanted(attempt.page) or _try_again(attempt, now, pause)):
            return
        _give_up(attempt, incident, str(failure), now)


def _in_doubt(page: Page, pk: int, doubt: DeliveryFailed, now: datetime, *, pause: timedelta = timedelta()) -> bool:
    """Nobody knows whether it went out, so another goes out: by a way not tried yet, else by the same one."""
    with transaction.atomic():
        incident = _locked_incident(page)
        places = ("page__user", "page__room", "page__responder", "contact_method")
        in_hand = Attempt.objects.filter(pk=pk, state=State.SENDING).select_related(*places)
        attempt = in_hand.select_for_update(of=("self",)).first()
        if attempt is None:
            return False
        attempt.page.incident = incident
        page = attempt.page
        _settle(attempt, State.UNCERTAIN, error=_words(doubt))
        if not _is_wanted(page) or _through_another_method(attempt, now) or _try_again(attempt, now, pause):
            return True
        _give_up(attempt, incident, str(doubt), now)
    return True


def _locked_incident(page: Page) -> Incident:
    """The incident as it is now. Locked first by everybody, so that two last failures at once see each other."""
    page.incident = Incident.objects.select_for_update(no_key=True).get(pk=page.incident_id)
    return page.incident


def _pause(attempt: Attempt, asked: timedelta | None = None) -> timedelta:
    """Before the next try: longer each time, and as long as the provider asks, within what a page can wait."""
    pause = timedelta(seconds=BACKOFF[min(attempt.number, len(BACKOFF)) - 1])
    return max(pause, min(asked or pause, LONGEST_PAUSE))


def _words(failure: DeliveryFailed) -> str:
    return cut(clean(f"{failure} {failure.detail}".strip()), ERROR_LIMIT)


def _try_again(attempt: Attempt, now: datetime, wait: timedelta) -> bool:
    """The same way once more, under the same key: a provider that has it already drops the repetition."""
    is_gone = attempt.contact_method is None and attempt.page.room is None
    if is_gone or attempt.number >= MOST_TRIES:
        return False
    again = Attempt(
        created_at=now,
        page=attempt.page,
        contact_method=attempt.contact_method,
        channel=attempt.channel,
        address=attempt.address,
        key=attempt.key,
        number=attempt.number + 1,
        rule=attempt.rule,
        priority=attempt.priority,
        send_after=now + wait,
    )
    Attempt.objects.bulk_create([again], ignore_conflicts=True)
    return True


def _through_another_method(attempt: Attempt, now: datetime) -> bool:
    """At once by another way: one that waits for its time is sent now, else a verified method not tried yet."""
    page = attempt.page
    if page.user is None or not page.user.is_active:
        return False
    waiting = page.attempts.filter(state=State.PENDING, send_after__gt=now)
    later = waiting.exclude(contact_method=attempt.contact_method).order_by("send_after").first()
    if later is not None:
        waiting.filter(pk=later.pk).update(send_after=now)
        return True
    tried = [pk for pk in page.attempts.values_list("contact_method", flat=True) if pk]
    other = page.user.contact_methods.verified().exclude(pk__in=tried).first()
    if other is None:
        return False
    attempt_for(page, other, now, priority=attempt.priority).save()
    return True


def _give_up(attempt: Attempt, incident: Incident, why: str, now: datetime) -> None:
    """This way leads nowhere: another one, else the timeline says so, and nobody waits for an answer in vain."""
    page = attempt.page
    whom = page.user or page.room
    text = cut(f"Could not reach {whom} by {spoken(attempt.channel)}: {clean(why)}", ERROR_LIMIT)
    incident.timeline.write("delivery", text, at=now, source="paging")
    if page.room is None and _is_wanted(page) and not _through_another_method(attempt, now):
        _move_on_if_nobody_left(page, incident, now)


def _move_on_if_nobody_left(page: Page, incident: Incident, now: datetime) -> None:
    """When every attempt of the newest step is lost for good, waiting for an acknowledgement is waiting for nobody."""
    pages = incident.pages.filter(cycle=page.cycle, room=None, responder=None)
    newest = pages.order_by("-round", "-step").values_list("round", "step").first()
    if newest != (page.round, page.step) or incident.page_after is None or incident.page_after <= now:
        return  # an earlier step: whoever was paged after it has the time the policy gives
    hopeful = [State.PENDING, State.SENDING, State.SENT, State.DELIVERED]
    step = pages.filter(round=page.round, step=page.step)
    if not Attempt.objects.filter(page__in=step, state__in=hopeful).exists():
        incident.page_after = now
        incident.save(update_fields=["page_after"])


def take_receipt(key: str, state: str, said: str, now: datetime, detail: str = "") -> bool:
    """Note what a provider said later of a message; returns whether we know it.

    `state` is sent, delivered or failed, or empty for what changes nothing. A message that did not arrive is a failed
    attempt: the next way is taken at once. What is said late, twice or out of order never undoes a delivery.
    """
    try:
        named = UUID(key)
    except ValueError:
        return False
    attempts = Attempt.objects.filter(Q(key=named) | Q(bundle=named)).order_by("page", "-number")
    newest = {attempt.page_id: attempt for attempt in reversed(attempts)}
    for attempt in newest.values():
        _take_receipt(attempt.pk, state, cut(clean(said), 80), now, cut(clean(detail), 500))
    return bool(newest)


def _take_receipt(pk: int, state: str, said: str, now: datetime, detail: str) -> None:
    places = ("page__incident__service", "page__user", "page__room", "page__responder", "contact_method")
    with transaction.atomic():
        attempt = Attempt.objects.select_related(*places).get(pk=pk)
        incident = _locked_incident(attempt.page)
        attempt.receipts.create(at=now, said=said, state=state, detail=detail)
        handed = Attempt.objects.filter(pk=pk, state__in=[State.SENDING, State.SENT, State.UNCERTAIN])
        if state == State.DELIVERED:
            handed.update(state=State.DELIVERED, delivered_at=now, leased_until=None)
        elif state == State.FAILED:
            why = f"the provider says {said}"
            if handed.update(state=State.FAILED, leased_until=None, error=f"{why} {detail}".strip()):
                _give_up(attempt, incident, why, now)
        announce(f"incident:{incident.pk}")


def give_up_unsendable(now: datetime) -> int:
    """Attempts of a channel that no running process knows: other ways are taken; returns how many there were.

    For a while they are left to a process of a newer release, which may be about to start.
    """
    unknown = Attempt.objects.sendable(now - UNKNOWN_FOR).exclude(channel__in=REGISTRY)
    given_up = 0
    for attempt in unknown.select_related("page__user", "page__room", "page__responder", "contact_method")[:500]:
        try:
            given_up += _give_up_unsendable(attempt, now)
        except Exception:  # one attempt that cannot be given up must not keep the others from being sent
            logger.exception("paging.give_up_failed attempt=%s", attempt.pk)
    return given_up


def _give_up_unsendable(attempt: Attempt, now: datetime) -> bool:
    with transaction.atomic():
        incident = _locked_incident(attempt.page)
        ours = Attempt.objects.filter(pk=attempt.pk, state=State.PENDING)
        if not ours.update(state=State.FAILED, error=f"No channel is called {attempt.channel}."):
            return False
        _give_up(attempt, incident, "this installation no longer has that channel", now)
    return True


def give_up_lapsed(now: datetime) -> int:
    """Attempts whose sender died are uncertain: maybe sent, maybe not. Another goes out; returns how many."""
    given_up = 0
    for attempt in Attempt.objects.lapsed(now).select_related("page__responder")[:500]:
        try:
            given_up += _in_doubt(attempt.page, attempt.pk, DeliveryUncertain(LOST), now)
        except Exception:  # one attempt that cannot be given up must not keep the others from being sent
            logger.exception("paging.give_up_failed attempt=%s", attempt.pk)
    return given_up

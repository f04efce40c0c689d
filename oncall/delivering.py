"""What becomes of every attempt to deliver a page: sent, failed, tried again, withdrawn, or uncertain.

Whom to page is decided by `oncall/paging.py`, who sends which attempt at what time by `oncall/dispatching.py`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from oncall import composing
from oncall.channels import SEND, DeliveryFailed, DeliveryUncertain
from oncall.models import Attempt, ContactMethod, Incident, Page
from oncall.models.timeline import announce
from oncall.payloads import clean, cut
from oncall.sealing import unseal

logger = logging.getLogger(__name__)

# How often one contact method is tried for one page.
MOST_TRIES = 6
# Seconds before the second, third, … try.
BACKOFF = (2, 10, 30, 60, 120)
# What is kept of a provider's words.
ERROR_LIMIT = 2000
LOST = "The sender stopped before it could say whether the message went out."
State = Attempt.State


def attempt_for(page: Page, method: ContactMethod, send_after: datetime, *, priority: int) -> Attempt:
    """An attempt to be saved, with the address as it is now: the ledger keeps where it really went."""
    return Attempt(
        page=page,
        contact_method=method,
        channel=method.channel,
        address=method.address,
        send_after=send_after,
        priority=priority,
    )


def send(pk: int, clock: Callable[[], datetime]) -> None:
    """Send one leased attempt and record what came of it. A provider may take long: `clock` says what time it is."""
    attempt = Attempt.objects.select_related("page__incident__service__team", "page__user", "contact_method").get(pk=pk)
    if attempt.state != State.SENDING:
        return  # the lease lapsed before the work began, and somebody else has decided
    if not _is_wanted(attempt.page):
        _settle(attempt, State.WITHDRAWN)
        return
    try:
        provider_id = _hand_over(attempt, clock())
    except DeliveryUncertain as doubt:
        _in_doubt(attempt.page, attempt.pk, doubt, clock(), pause=_pause(attempt))
    except DeliveryFailed as failure:
        _fail(attempt, failure, clock())
    except Exception as error:  # a fault of ours must not leave the person unpaged: recorded and tried again
        logger.exception("paging.send_failed attempt=%s", attempt.pk)
        fault = DeliveryFailed("a fault inside Errata; its log says more", detail=f"{type(error).__name__}: {error}")
        _fail(attempt, fault, clock())
    else:
        _settle_sent(attempt, provider_id, clock())


def _is_wanted(page: Page) -> bool:
    """Whether the incident still waits for somebody to answer this page."""
    incident = page.incident
    return incident.state == Incident.State.TRIGGERED and page.cycle == incident.cycle and incident.pages_people


def _hand_over(attempt: Attempt, now: datetime) -> str:
    """Give the message to the provider; returns the provider's name for it. Raises DeliveryFailed."""
    method, user = attempt.contact_method, attempt.page.user
    if method is None or not user.is_active:
        gone = "it is no longer a contact method of theirs" if method is None else "they no longer have an account"
        raise DeliveryFailed(gone, is_permanent=True)
    message = composing.page_message(attempt.page, now)
    secret = unseal(method.sealed_secret) if method.sealed_secret else ""
    return SEND[attempt.channel](message, attempt.address, str(attempt.key), secret).provider_id


def _settle(attempt: Attempt, state: State, **facts: object) -> bool:
    """Record the outcome, unless the lease lapsed meanwhile and somebody else decided."""
    held = Attempt.objects.filter(pk=attempt.pk, state=State.SENDING)
    is_ours = bool(held.update(state=state, leased_until=None, **facts))
    announce(f"incident:{attempt.page.incident_id}")
    return is_ours


def _settle_sent(attempt: Attempt, provider_id: str, now: datetime) -> None:
    """It went out. Also when the lease had lapsed: then what was uncertain is known now, and need not go out again."""
    facts = {"provider_id": cut(clean(provider_id), 200), "sent_at": now}
    if _settle(attempt, State.SENT, **facts):
        return
    with transaction.atomic():
        if Attempt.objects.filter(pk=attempt.pk, state=State.UNCERTAIN).update(state=State.SENT, error="", **facts):
            again = Attempt.objects.filter(page=attempt.page, key=attempt.key, state=State.PENDING)
            again.update(state=State.WITHDRAWN)


def _fail(attempt: Attempt, failure: DeliveryFailed, now: datetime) -> None:
    """Record the failure; try the same way again later, another way at once, or move the escalation on."""
    with transaction.atomic():
        incident = _locked_incident(attempt.page)
        if not _settle(attempt, State.FAILED, error=_words(failure)):
            return
        if not failure.is_permanent and (not _is_wanted(attempt.page) or _try_again(attempt, now + _pause(attempt))):
            return
        _give_up(attempt, incident, str(failure), now)


def _in_doubt(page: Page, pk: int, doubt: DeliveryFailed, now: datetime, *, pause: timedelta = timedelta()) -> bool:
    """Nobody knows whether it went out, so another goes out: by a way not tried yet, else by the same one."""
    with transaction.atomic():
        incident = _locked_incident(page)
        in_hand = Attempt.objects.filter(pk=pk, state=State.SENDING).select_related("page__user", "contact_method")
        attempt = in_hand.select_for_update(of=("self",)).first()
        if attempt is None:
            return False
        attempt.page.incident = incident
        _settle(attempt, State.UNCERTAIN, error=_words(doubt))
        if not _is_wanted(page) or _through_another_method(attempt, now) or _try_again(attempt, now + pause):
            return True
        _give_up(attempt, incident, str(doubt), now)
    return True


def _locked_incident(page: Page) -> Incident:
    """The incident as it is now. Locked first by everybody, so that two last failures at once see each other."""
    page.incident = Incident.objects.select_for_update(no_key=True).get(pk=page.incident_id)
    return page.incident


def _pause(attempt: Attempt) -> timedelta:
    return timedelta(seconds=BACKOFF[min(attempt.number, len(BACKOFF)) - 1])


def _words(failure: DeliveryFailed) -> str:
    return cut(clean(f"{failure} {failure.detail}".strip()), ERROR_LIMIT)


def _try_again(attempt: Attempt, send_after: datetime) -> bool:
    """The same way once more, under the same key: a provider that has it already drops the repetition."""
    if attempt.contact_method is None or attempt.number >= MOST_TRIES:
        return False
    again = attempt_for(attempt.page, attempt.contact_method, send_after, priority=attempt.priority)
    again.number, again.key = attempt.number + 1, attempt.key
    Attempt.objects.bulk_create([again], ignore_conflicts=True)
    return True


def _through_another_method(attempt: Attempt, now: datetime) -> bool:
    """At once through a verified method that this page has not tried yet, if there is one."""
    page = attempt.page
    tried = [pk for pk in page.attempts.values_list("contact_method", flat=True) if pk]
    other = page.user.contact_methods.verified().exclude(pk__in=tried).first()
    if other is None or not page.user.is_active:
        return False
    attempt_for(page, other, now, priority=attempt.priority).save()
    return True


def _give_up(attempt: Attempt, incident: Incident, why: str, now: datetime) -> None:
    """This way leads nowhere: another one, else the timeline says so, and nobody waits for an answer in vain."""
    page = attempt.page
    way = dict(ContactMethod.Channel.choices).get(attempt.channel, attempt.channel).lower()
    text = f"Could not reach {page.user} by {way}: {clean(why)}"
    incident.timeline.write("delivery", cut(text, ERROR_LIMIT), at=now, source="paging")
    if _is_wanted(page) and not _through_another_method(attempt, now):
        _move_on_if_nobody_left(page, incident, now)


def _move_on_if_nobody_left(page: Page, incident: Incident, now: datetime) -> None:
    """When every attempt of the newest step is lost for good, waiting for an acknowledgement is waiting for nobody."""
    pages = incident.pages.filter(cycle=page.cycle)
    newest = pages.order_by("-round", "-step").values_list("round", "step").first()
    if newest != (page.round, page.step) or incident.page_after is None or incident.page_after <= now:
        return  # an earlier step: whoever was paged after it has the time the policy gives
    hopeful = [State.PENDING, State.SENDING, State.SENT, State.DELIVERED]
    step = pages.filter(round=page.round, step=page.step)
    if not Attempt.objects.filter(page__in=step, state__in=hopeful).exists():
        incident.page_after = now
        incident.save(update_fields=["page_after"])


def give_up_lapsed(now: datetime) -> int:
    """Attempts whose sender died are uncertain: maybe sent, maybe not. Another goes out; returns how many."""
    given_up = 0
    for attempt in Attempt.objects.lapsed(now).select_related("page")[:500]:
        try:
            given_up += _in_doubt(attempt.page, attempt.pk, DeliveryUncertain(LOST), now)
        except Exception:  # one attempt that cannot be given up must not keep the others from being sent
            logger.exception("paging.give_up_failed attempt=%s", attempt.pk)
    return given_up

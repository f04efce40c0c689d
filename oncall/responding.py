"""What people do with an incident beside moving it: ask others to help, hand it over, send it another way, come back.

It decides who is asked by name and how often. What a policy pages is decided by `oncall/paging.py`, what an incident's
own moves change by `oncall/models/incidents.py`.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from oncall import opening
from oncall.calling import Call, Directory
from oncall.exceptions import Conflict
from oncall.models import Attempt, EscalationPolicy, Incident, Responder, User
from oncall.models.incidents import REASSIGNED, first_step, stop_asking

logger = logging.getLogger(__name__)

# Between two pages to somebody who was asked by name.
ASK_AGAIN = timedelta(minutes=5)
State = Incident.State


def add_responder(incident: Incident, user: User, *, by: User, now: datetime, source: str = "screen") -> Responder:
    """Ask somebody by name to help: they are paged until they answer, three times at most.

    Raises Conflict when the incident is over, when they are on it already, cannot be reached, or have left.
    """
    with transaction.atomic():
        _lock(incident)
        if incident.state == State.RESOLVED:
            raise Conflict(f"{incident.number} is resolved. Trigger it again before asking somebody to help.")
        responder = _ask(incident, user, by, now)
        incident.timeline.write("responder", f"Asked {user} to help", at=now, actor=by, source=source)
    return responder


def reassign(incident: Incident, user: User, *, by: User, now: datetime, source: str = "screen") -> None:
    """Give it to somebody else: they are paged now, and the policy goes on if they do not take it in five minutes.

    Raises Conflict when it is mitigated or resolved, pages nobody, or they have left.
    """
    with transaction.atomic():
        _lock(incident)
        if incident.state not in {State.TRIGGERED, State.ACKNOWLEDGED}:
            raise Conflict(
                f"{incident.number} is {incident.get_state_display().lower()}: there is nothing to take over."
            )
        if not incident.pages_people:
            raise Conflict(f"{incident.number} is SEV {incident.severity}, which pages nobody. Raise it first.")
        stop_asking(incident, by)
        told_later = Attempt.objects.filter(page__incident=incident, page__user=by, state=Attempt.State.PENDING)
        told_later.update(state=Attempt.State.WITHDRAWN)
        incident.responders.filter(user=user).update(answered_at=None)
        _ask(incident, user, by, now)
        if incident.exhausted_at:
            _begin_again(incident)
        incident.state, incident.moved_by, incident.moved_at = State.TRIGGERED, by, now
        incident.acknowledged_by = incident.acknowledged_at = incident.snoozed_until = None
        incident.page_after, incident.exhausted_at = now + REASSIGNED, None
        incident.ignores_holds, incident.acknowledgements_wanted = True, 1
        incident.save()
        incident.timeline.write("reassigned", f"Reassigned to {user}", at=now, actor=by, source=source)


def reroute(incident: Incident, policy: EscalationPolicy, *, by: User, now: datetime, source: str = "screen") -> None:
    """Let the incident follow another policy from its first step, now. Raises Conflict when it is not triggered."""
    with transaction.atomic():
        _lock(incident)
        if incident.state != State.TRIGGERED or not incident.pages_people:
            raise Conflict(f"{incident.number} pages nobody now, so there is nothing to send another way.")
        if policy.current is None:
            raise Conflict(f"{policy} has no step yet.")
        _begin_again(incident)
        incident.policy_version = policy.current
        incident.page_after, incident.ignores_holds = now, True
        incident.save()
        incident.timeline.write("rerouted", f"Follows {policy} from here on", at=now, actor=by, source=source)


def _begin_again(incident: Incident) -> None:
    for field, value in first_step(incident).items():
        setattr(incident, field, value)


def due_responders(now: datetime) -> QuerySet[Responder, int]:
    """Ids of those who were asked by name and are owed a page."""
    return Responder.objects.due(now).values_list("pk", flat=True)


def page_responder(pk: int, directory: Directory, now: datetime) -> bool:
    """Page one who was asked by name, and say when again. False if another process has it.

    The incident is locked first, as by everybody, or whoever answers just now and this would wait for each other. Its
    `pages_made` stays: they are the policy's, and maintenance holds the first of those.
    """
    with transaction.atomic():
        due = Responder.objects.due(now).filter(pk=pk)
        found = Incident.objects.filter(pk__in=due.values("incident"))
        incident = found.select_for_update(skip_locked=True, no_key=True).first()
        responder = due.select_related("user", "added_by").first() if incident else None
        if incident is None or responder is None:
            return False
        if incident.state == State.RESOLVED or not responder.user.is_active:
            responder.page_after = None
        else:
            _page(incident, responder, directory, now)
        responder.save(update_fields=["page_after", "rounds"])
    return True


def _page(incident: Incident, responder: Responder, directory: Directory, now: datetime) -> None:
    if responder.rounds >= Responder.MOST_ROUNDS:
        responder.page_after = None
        _write(incident, f"{responder.user} was asked for {responder.rounds} times and does not answer", now)
        return
    call = Call(responder.user, f"asked by {responder.added_by}" if responder.added_by else "asked by name")
    responder.rounds += 1
    sheaf = opening.Sheaf(now)
    opened = opening.open_pages(sheaf, incident, [call], directory, responder=responder)
    sheaf.bind()
    if opened.first_at is None:
        responder.page_after = None
        _write(incident, f"{responder.user} cannot be reached: no verified contact method", now)
    else:
        responder.page_after = opened.first_at + ASK_AGAIN


def _write(incident: Incident, text: str, now: datetime) -> None:
    incident.timeline.write("unreachable", text, at=now, source="paging")


def wake_snoozed(now: datetime) -> int:
    """Trigger again what was snoozed until a time that has come; returns how many. Safe in parallel."""
    woken = 0
    for incident in Incident.objects.snoozed_out(now)[:200]:
        try:
            woken += _wake(incident, now)
        except Exception:  # one that cannot be woken must not keep the others asleep
            logger.exception("responding.wake_failed incident=%s", incident.pk)
    return woken


def _wake(incident: Incident, now: datetime) -> bool:
    with transaction.atomic():
        still = Incident.objects.snoozed_out(now).filter(pk=incident.pk)
        found = still.select_for_update(skip_locked=True, of=("self",)).first()
        if found is None:
            return False
        found.timeline.write("snoozed", "The snooze is over", at=now, source="paging")
        found.trigger_again(by=None, at=now, source="paging")
    return True


def _ask(incident: Incident, user: User, by: User, now: datetime) -> Responder:
    if not user.is_active:
        raise Conflict(f"{user} has left. Name somebody else.")
    if not user.contact_methods.verified().exists():
        raise Conflict(f"{user} has no verified contact method, so no page reaches them. Name somebody else.")
    responder, is_new = incident.responders.get_or_create(
        user=user, defaults={"added_by": by, "added_at": now, "page_after": now}
    )
    if responder.answered_at and responder.answered_at >= incident.triggered_at:
        raise Conflict(f"{user} is on it already.")
    if not is_new:
        responder.added_by, responder.added_at, responder.page_after = by, now, now
        responder.rounds, responder.answered_at = 0, None
        responder.save()
    return responder


def _lock(incident: Incident) -> None:
    incident.refresh_from_db(from_queryset=Incident.objects.select_for_update())

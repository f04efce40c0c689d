"""Who is paged, and when. The database is the queue; every function may run twice, late or in parallel.

A tick opens the pages that are owed, an incident in one short transaction, and then sends what is due. What becomes of
an attempt is decided by `oncall/delivering.py`, what it says by `oncall/composing.py`.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from oncall import delivering, shifts
from oncall.models import Attempt, ContactMethod, EscalationStep, Incident, Page, Schedule, User
from oncall.models.people import Membership

logger = logging.getLogger(__name__)

# The delay after the fallback step of a service that has no policy.
FALLBACK_DELAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Call:
    """One person to page, and why it is this person."""

    user: User
    reason: str


def tick(now: datetime) -> int:
    """Bring pages to where the clock says; returns how many attempts went out or failed."""
    open_due(now)
    delivering.give_up_lapsed(now)
    return delivering.send_due(now)


class Walk:
    """The way of one incident through its policy: each step in turn, each round, then the last resort."""

    def __init__(self, incident: Incident) -> None:
        policy = incident.service.escalation_policy
        self.incident = incident
        self.repeats = policy.repeats if policy else 0
        self.steps = list(policy.steps.prefetch_related("targets__user", "targets__schedule")) if policy else []
        # Steps in a row that reached nobody.
        self.unreachable = 0

    def go_on(self, now: datetime) -> None:
        """Page the present step and say when the next one is owed: at once, if this one reached nobody."""
        incident = self.incident
        if incident.round > self.repeats:
            _page_last_resort(incident, now)
            return
        step = self.steps[incident.step] if incident.step < len(self.steps) else None
        if _open_pages(incident, _calls(incident, step, now), now):
            incident.page_after = now + (timedelta(minutes=step.delay_minutes) if step else FALLBACK_DELAY)
            self.unreachable = 0
        else:
            self.unreachable += 1
        self._advance()

    def _advance(self) -> None:
        incident = self.incident
        incident.step += 1
        if incident.step >= len(self.steps):
            incident.step, incident.round = 0, incident.round + 1
        if self.unreachable and self.unreachable >= len(self.steps):
            incident.round = self.repeats + 1  # a whole round without a soul: another would find nobody either


def open_due(now: datetime, limit: int = 500) -> int:
    """Open the pages that are owed, an incident at a time; returns how many incidents were served."""
    served = 0
    for pk in list(Incident.objects.due(now).values_list("pk", flat=True)[:limit]):
        try:
            served += _serve(pk, now)
        except Exception:  # one incident that cannot be served must not keep the others from their pages
            logger.exception("paging.incident_failed incident=%s", pk)
    return served


def _serve(pk: int, now: datetime) -> bool:
    """Page the incident's present step, moving on at once from steps that reach nobody. False if another had it."""
    with transaction.atomic():
        due = Incident.objects.due(now).select_related("service__team", "service__escalation_policy")
        incident = due.filter(pk=pk).select_for_update(skip_locked=True, of=("self",)).first()
        if incident is None:
            return False
        walk = Walk(incident)
        while incident.page_after is not None and incident.page_after <= now:
            walk.go_on(now)
        incident.save(update_fields=["page_after", "round", "step", "pages_made", "exhausted_at"])
    return True


def _calls(incident: Incident, step: EscalationStep | None, now: datetime) -> list[Call]:
    """Whom the step names now, each person once; without a policy, whoever answers for the team."""
    if step is None:
        return _fallback(incident)
    calls: dict[int, Call] = {}
    for target in step.targets.all():
        if target.user is not None:
            calls.setdefault(target.user.pk, Call(target.user, "named in the escalation policy"))
        elif target.schedule is not None:
            for user in on_call(target.schedule, now, target.role):
                calls.setdefault(user.pk, Call(user, f"on call in {target.schedule.name}"))
    return [call for call in calls.values() if call.user.is_active]


def _fallback(incident: Incident) -> list[Call]:
    """The team's managers, else administrators: a service without a policy still reaches somebody."""
    managers = User.objects.filter(
        memberships__team=incident.service.team, memberships__role=Membership.Role.MANAGER, is_active=True
    )
    if calls := [
        Call(user, f"a manager of {incident.service.team}, which has no escalation policy") for user in managers
    ]:
        return calls
    administrators = User.objects.filter(is_staff=True, is_active=True)
    return [
        Call(user, f"an administrator, and {incident.service.team} has no escalation policy") for user in administrators
    ]


def on_call(schedule: Schedule, now: datetime, role: str = shifts.PRIMARY) -> list[User]:
    """The people a schedule names at this instant in this role, in the order of their slot."""
    definition = Schedule.objects.with_definition().get(pk=schedule.pk).definition()
    ids = shifts.on_call_at(definition, now, role)
    people = User.objects.in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]


def _open_pages(incident: Incident, calls: list[Call], now: datetime) -> int:
    """Open a page for each person and an attempt for each verified method; returns how many attempts there are."""
    is_first = incident.pages_made == 0
    attempts = 0
    for call in calls:
        page, is_new = Page.objects.get_or_create(
            incident=incident,
            user=call.user,
            cycle=incident.cycle,
            round=incident.round,
            step=incident.step,
            defaults={"reason": call.reason[:200], "opened_at": now},
        )
        methods = list(call.user.contact_methods.verified())
        if is_new and methods:
            priority = 0 if is_first else 1
            Attempt.objects.bulk_create(delivering.attempt_for(page, way, now, priority=priority) for way in methods)
        if is_new:
            _write_page(incident, call, methods, now)
        attempts += len(methods)
    incident.pages_made += attempts
    if not attempts:
        text = f"Step {incident.step + 1} reaches nobody: no verified contact method"
        incident.timeline.write("unreachable", text, at=now, source="paging")
    return attempts


def _write_page(incident: Incident, call: Call, methods: list[ContactMethod], now: datetime) -> None:
    if methods:
        ways = ", ".join(sorted({method.get_channel_display().lower() for method in methods}))
        text = f"Paged {call.user.name} by {ways}, {call.reason}"
        incident.timeline.write("page", text, at=now, source="paging", is_starred=incident.pages_made == 0)
    else:
        text = f"Could not page {call.user.name}, {call.reason}: no verified contact method"
        incident.timeline.write("unreachable", text, at=now, source="paging")


def _page_last_resort(incident: Incident, now: datetime) -> None:
    """The policy is at its end: administrators not paged yet are paged once, and the timeline says so aloud."""
    incident.page_after, incident.exhausted_at = None, now
    text = "The escalation policy is at its end and nobody has acknowledged"
    incident.timeline.write("unreachable", text, at=now, source="paging", is_starred=True)
    paged = incident.pages.filter(cycle=incident.cycle).values("user")
    rest = User.objects.filter(is_staff=True, is_active=True).exclude(pk__in=paged)
    _open_pages(incident, [Call(user, "an administrator, the last resort") for user in rest], now)

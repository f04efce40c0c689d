"""Escalation policies as somebody wants them: steps, targets, repeats; saved whole, with an audit row.

It decides what a plan is and how it is kept: as a new version each time, so that an incident that is being paged
follows the one it was triggered under. `oncall/paging.py` walks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from oncall.exceptions import Conflict
from oncall.models import AuditEntry, EscalationPolicy, EscalationStep, PolicyVersion, StepTarget, User

EVERY_DAY = "0123456"
# What a plan and a saved step have in common.
STEP_FIELDS = (
    "delay_minutes",
    "pick",
    "acknowledgements",
    "lowest_severity",
    "hours_from",
    "hours_until",
    "weekdays",
    "zone",
)


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """A person, or a schedule with the role to page, or a room; exactly one of the three ids is set."""

    user: int | None = None
    schedule: int | None = None
    role: str = "primary"
    room: int | None = None


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Page the targets, then wait that many minutes. The rest is as in `EscalationStep`."""

    delay_minutes: int
    targets: tuple[TargetPlan, ...]
    pick: str = EscalationStep.Pick.EVERYBODY
    acknowledgements: int = 1
    lowest_severity: int = 5
    hours_from: time | None = None
    hours_until: time | None = None
    weekdays: str = EVERY_DAY
    zone: str = "UTC"


def plan_of(policy: EscalationPolicy) -> tuple[StepPlan, ...]:
    """The steps as they are saved; needs `with_steps()` and then no query."""
    return plan_of_version(policy.current) if policy.current else ()


def plan_of_version(version: PolicyVersion) -> tuple[StepPlan, ...]:
    """The steps of one version; no query when they and their targets were fetched before."""
    return tuple(_plan_of_step(step) for step in version.steps.all())


def _plan_of_step(step: EscalationStep) -> StepPlan:
    targets = (TargetPlan(one.user_id, one.schedule_id, one.role, one.room_id) for one in step.targets.all())
    return StepPlan(targets=tuple(targets), **{name: getattr(step, name) for name in STEP_FIELDS})


def save_policy(policy: EscalationPolicy, steps: tuple[StepPlan, ...], *, by: User, now: datetime) -> None:
    """Save a new or changed policy; exactly these steps are its current version from now on.

    Raises Conflict when the last resorts would lead round in a circle.
    """
    with transaction.atomic():
        _refuse_circle(policy)
        verb = "changed" if policy.pk else "created"
        turns = {step.position: step.turns for step in policy.steps}
        policy.save()
        version = policy.new_version(now, by)
        for position, plan in enumerate(steps):
            facts = {name: getattr(plan, name) for name in STEP_FIELDS}
            step = version.steps.create(position=position, turns=turns.get(position, 0), **facts)
            StepTarget.objects.bulk_create(_target(step, target) for target in plan.targets)
        detail = f"version {version.number}: {len(steps)} steps, {policy.repeats} repeats"
        AuditEntry.objects.write(policy, verb, actor=by, at=now, detail=detail)


def _target(step: EscalationStep, plan: TargetPlan) -> StepTarget:
    return StepTarget(step=step, user_id=plan.user, schedule_id=plan.schedule, role=plan.role, room_id=plan.room)


def _refuse_circle(policy: EscalationPolicy) -> None:
    """Two people who save at once wait for each other here, so that no circle is closed from both ends."""
    after = dict(
        EscalationPolicy.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", "last_resort")
    )
    names, pk = [policy.name], policy.last_resort_id
    while pk is not None:
        if pk == policy.pk:
            raise Conflict(f"The last resorts lead round in a circle: {' → '.join([*names, policy.name])}.")
        names.append(EscalationPolicy.objects.values_list("name", flat=True).get(pk=pk))
        pk = after.get(pk)

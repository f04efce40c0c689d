"""Escalation policies as somebody wants them: steps, targets, repeats; saved whole, with an audit row.

It decides what a plan is and how it is kept; `oncall/paging.py` walks it. An incident that is being paged follows the
policy as it is when its next step falls due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from oncall.models import AuditEntry, EscalationPolicy, EscalationStep, StepTarget, User


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """A person, or a schedule with the role to page; exactly one of the two ids is set."""

    user: int | None = None
    schedule: int | None = None
    role: str = "primary"


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Page all targets, then wait that many minutes."""

    delay_minutes: int
    targets: tuple[TargetPlan, ...]


def plan_of(policy: EscalationPolicy) -> tuple[StepPlan, ...]:
    """The steps as they are saved; needs `with_steps()` and then no query."""
    return tuple(
        StepPlan(
            step.delay_minutes,
            tuple(TargetPlan(one.user_id, one.schedule_id, one.role) for one in step.targets.all()),
        )
        for step in policy.steps.all()
    )


def save_policy(policy: EscalationPolicy, steps: tuple[StepPlan, ...], *, by: User, now: datetime) -> None:
    """Save a new or changed policy with exactly these steps."""
    with transaction.atomic():
        verb = "changed" if policy.pk else "created"
        policy.save()
        policy.steps.all().delete()
        for position, plan in enumerate(steps):
            step = EscalationStep.objects.create(policy=policy, position=position, delay_minutes=plan.delay_minutes)
            StepTarget.objects.bulk_create(
                StepTarget(step=step, user_id=target.user, schedule_id=target.schedule, role=target.role)
                for target in plan.targets
            )
        AuditEntry.objects.write(policy, verb, actor=by, at=now, detail=f"{len(steps)} steps, {policy.repeats} repeats")

"""Whom a step of an escalation policy calls at a moment, and by which ways each person is reached.

When a step is due and what follows it is decided by `oncall/paging.py`.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db import Error

from oncall import shifts
from oncall.models import ContactMethod, EscalationStep, Incident, Schedule, User
from oncall.models.people import Membership

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One person to page, and why it is this person."""

    user: User
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """A person, or whoever a schedule names in a role; exactly one of the two ids is set."""

    user: int | None
    schedule: int | None
    role: str


@dataclass(frozen=True, slots=True)
class Step:
    """Page all targets, then wait."""

    delay: timedelta
    targets: tuple[Target, ...]


@dataclass(slots=True)
class Calls:
    """Whom to page, each person once, and what could not be found out."""

    people: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def on_call(schedule: Schedule, now: datetime, role: str = shifts.PRIMARY) -> list[User]:
    """The people a schedule names at this instant in this role, in the order of their slot."""
    definition = Schedule.objects.with_definition().get(pk=schedule.pk).definition()
    ids = shifts.on_call_at(definition, now, role)
    people = User.objects.in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]


class Directory:
    """What many incidents due at the same moment ask for again and again, looked up once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._steps: dict[int, list[Step]] = {}
        self._people: dict[int, User | None] = {}
        self._rotas: dict[tuple[int, str], Calls] = {}
        self._methods: dict[int, list[ContactMethod]] = {}

    def steps(self, policy_id: int | None) -> list[Step]:
        """The steps of a policy; none without one."""
        if policy_id is None:
            return []
        if policy_id not in self._steps:
            self._steps[policy_id] = _steps_of(policy_id)
        return self._steps[policy_id]

    def methods(self, user: User) -> list[ContactMethod]:
        """The verified ways to reach a person."""
        if user.pk not in self._methods:
            self._methods[user.pk] = list(user.contact_methods.verified())
        return self._methods[user.pk]

    def calls(self, incident: Incident, step: Step | None) -> Calls:
        """Whom the step names now; without a step, whoever answers for the team."""
        if step is None:
            return Calls(fallback(incident))
        found: dict[int, Call] = {}
        problems: list[str] = []
        for target in step.targets:
            named = self._named(target) if target.user else self._rota(target)
            problems += named.problems
            for call in named.people:
                found.setdefault(call.user.pk, call)
        return Calls([call for call in found.values() if call.user.is_active], problems)

    def _named(self, target: Target) -> Calls:
        pk = target.user or 0
        if pk not in self._people:
            self._people[pk] = User.objects.filter(pk=pk).first()
        user = self._people[pk]
        return Calls([Call(user, "named in the escalation policy")] if user else [])

    def _rota(self, target: Target) -> Calls:
        key = (target.schedule or 0, target.role)
        if key not in self._rotas:
            self._rotas[key] = self._read_rota(*key)
        return self._rotas[key]

    def _read_rota(self, schedule_id: int, role: str) -> Calls:
        schedule = Schedule.objects.filter(pk=schedule_id).first()
        if schedule is None:
            return Calls()
        try:
            people = on_call(schedule, self._now, role)
        except Error:
            raise  # the transaction is lost: the next tick begins anew
        except Exception:  # one schedule that cannot be computed must not cost the other targets their page
            logger.exception("paging.schedule_failed schedule=%s", schedule_id)
            return Calls(problems=[f"The schedule {schedule} cannot be read"])
        return Calls([Call(user, f"on call in {schedule}") for user in people])


def _steps_of(policy_id: int) -> list[Step]:
    """In one statement: a policy saved anew between two would be read half old, half new, and reach nobody."""
    rows = (
        EscalationStep.objects.filter(policy=policy_id)
        .order_by("position", "pk", "targets__pk")
        .values_list("pk", "delay_minutes", "targets__user", "targets__schedule", "targets__role")
    )
    return [
        Step(timedelta(minutes=delay), tuple(Target(*row[2:]) for row in targets if row[2] or row[3]))
        for (_, delay), targets in groupby(rows, key=lambda row: row[:2])
    ]


def fallback(incident: Incident) -> list[Call]:
    """The team's managers, else administrators: a service without a policy still reaches somebody."""
    team = incident.service.team
    managers = User.objects.filter(
        memberships__team=team, memberships__role=Membership.Role.MANAGER, is_active=True
    ).distinct()
    if calls := _calls(managers, f"a manager of {team}, and no escalation policy says whom to page"):
        return calls
    return _calls(administrators(), f"an administrator, and no escalation policy of {team} says whom to page")


def administrators() -> Iterable[User]:
    """Everybody who administers this installation."""
    return User.objects.filter(is_staff=True, is_active=True)


def _calls(people: Iterable[User], reason: str) -> list[Call]:
    return [Call(user, reason) for user in people]

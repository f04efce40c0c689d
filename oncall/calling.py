"""Whom a step of an escalation policy calls at a moment, and by which ways each person is reached.

When a step is due and what follows it is decided by `oncall/paging.py`.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db import Error
from django.db.models import F

from oncall import holding, hours, shifts
from oncall.models import (
    ContactMethod,
    EscalationStep,
    Incident,
    PolicyVersion,
    Room,
    Schedule,
    ScheduleLayer,
    Service,
    User,
)
from oncall.models.people import Membership
from oncall.times import is_zone

logger = logging.getLogger(__name__)
MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Call:
    """One person to page, and why it is this person. A shadow learns; it is never the only one reached."""

    user: User
    reason: str
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A person, whoever a schedule names in a role, or a room; exactly one of the three ids is set."""

    user: int | None
    schedule: int | None
    room: int | None
    role: str


@dataclass(frozen=True, slots=True)
class Step:
    """Page the targets, then wait. The rest is as in `EscalationStep`."""

    pk: int
    delay: timedelta
    targets: tuple[Target, ...]
    pick: str
    acknowledgements: int
    lowest_severity: int
    hours: tuple[time, time] | None
    weekdays: str
    zone: str

    def unmet(self, severity: int, now: datetime) -> str:
        """The condition that does not hold now, in words; nothing when the step applies."""
        if severity > self.lowest_severity:
            return f"it is for SEV {self.lowest_severity} and worse" if self.lowest_severity > 1 else "it is for SEV 1"
        start, until = self.hours or (MIDNIGHT, MIDNIGHT)
        if hours.is_within(now, start, until, self.zone, self.weekdays):
            return ""
        return "it is not for this hour" if self.hours else "it is not for this day"


@dataclass(slots=True)
class Calls:
    """Whom to page, each person once, which rooms to tell, and what could not be found out."""

    people: list[Call] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """One contact method by which somebody is told of a page, and how long after it was opened."""

    method: ContactMethod
    after: timedelta = timedelta()
    rule: int = 0


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
        self._versions: dict[int, tuple[PolicyVersion, list[Step]]] = {}
        self._services: dict[int, Service] = {}
        self._people: dict[int, User | None] = {}
        self._rotas: dict[tuple[int, str], Calls] = {}
        self._ways: dict[tuple[int, str], list[Way]] = {}
        self._fallbacks: dict[int, list[Call]] = {}
        self._holds: bool | None = None

    def version(self, pk: int) -> tuple[PolicyVersion, list[Step]]:
        """A version of a policy and its steps."""
        if pk not in self._versions:
            version = PolicyVersion.objects.select_related("policy", "last_resort__current").get(pk=pk)
            self._versions[pk] = (version, _steps_of(pk))
        return self._versions[pk]

    def service(self, pk: int) -> Service:
        """A service with its team, its policy and what that says now."""
        if pk not in self._services:
            whole = Service.objects.select_related("team", "escalation_policy__current")
            self._services[pk] = whole.get(pk=pk)
        return self._services[pk]

    def any_holds(self) -> bool:
        """Whether maintenance or a mute runs anywhere; mostly none does, and no incident need ask for its own."""
        if self._holds is None:
            self._holds = holding.any_running(self._now)
        return self._holds

    def ways(self, user: User, urgency: str) -> list[Way]:
        """How this person is told: by their rules for the urgency, else by every verified method at once."""
        key = (user.pk, urgency)
        if key not in self._ways:
            self._ways[key] = _ways_of(user, urgency)
        return self._ways[key]

    def calls(self, incident: Incident, step: Step | None) -> Calls:
        """Whom the step names now; without a step, whoever answers for the team."""
        if step is None:
            return Calls(self._fallback(incident))
        found: dict[int, Call] = {}
        calls = Calls()
        for target in step.targets:
            named = self._of(target)
            calls.problems += named.problems
            calls.rooms += [room for room in named.rooms if room not in calls.rooms]
            for call in named.people:
                if call.user.pk not in found or found[call.user.pk].is_shadow:
                    found[call.user.pk] = call
        calls.people = [call for call in found.values() if call.user.is_active]
        return calls

    def _fallback(self, incident: Incident) -> list[Call]:
        team = incident.service.team_id
        if team not in self._fallbacks:
            self._fallbacks[team] = fallback(incident)
        return self._fallbacks[team]

    def _of(self, target: Target) -> Calls:
        if target.room:
            return Calls(rooms=list(Room.objects.kept().filter(pk=target.room)))
        return self._named(target) if target.user else self._rota(target)

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
        is_shadow = role == ScheduleLayer.Role.SHADOW
        how = "shadowing" if is_shadow else "on call"
        return Calls([Call(user, f"{how} in {schedule}", is_shadow) for user in people])


def in_turn(step: Step, people: list[Call]) -> list[Call]:
    """The same people, beginning with whose turn it is; the next page of this step begins one later.

    The count of turns is the database's, so that two incidents at once get two people. Needs a transaction.
    """
    if step.pick != EscalationStep.Pick.IN_TURN or len(people) < 2:
        return people
    locked = EscalationStep.objects.select_for_update(no_key=True).get(pk=step.pk)
    EscalationStep.objects.filter(pk=step.pk).update(turns=F("turns") + 1)
    first = locked.turns % len(people)
    return [*people[first:], *people[:first]]


def _ways_of(user: User, urgency: str) -> list[Way]:
    rules = user.notification_rules.filter(urgency=urgency, contact_method__verified_at__isnull=False)
    found = [
        Way(rule.contact_method, timedelta(minutes=rule.after_minutes), place)
        for place, rule in enumerate(rules.select_related("contact_method"))
    ]
    return found or [Way(method) for method in user.contact_methods.verified()]


def _steps_of(version_id: int) -> list[Step]:
    """In one statement: a version whose steps are being written is read whole or not at all."""
    facts = ("pk", "delay_minutes", "pick", "acknowledgements", "lowest_severity", "hours_from", "hours_until")
    rows = (
        EscalationStep.objects.filter(version=version_id)
        .order_by("position", "pk", "targets__pk")
        .values_list(*facts, "weekdays", "zone", "targets__user", "targets__schedule", "targets__room", "targets__role")
    )
    return [_step_of(head, rest) for head, rest in groupby(rows, key=lambda row: row[:9])]


def _step_of(head: tuple[Any, ...], rows: Iterable[tuple[Any, ...]]) -> Step:
    pk, delay, pick, acknowledgements, severity, start, until, weekdays, zone = head
    targets = tuple(Target(*row[9:]) for row in rows if any(row[9:12]))
    span = (start, until) if start is not None else None
    zone = zone if is_zone(zone) else "UTC"
    return Step(pk, timedelta(minutes=delay), targets, pick, acknowledgements, severity, span, weekdays, zone)


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

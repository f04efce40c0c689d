"""What would go wrong with the next page: policies that reach nobody now, circles of last resorts, people who cannot be
told.

These findings weigh less than broken invariants: nothing is lost, because behind every policy stand the team's managers
and the administrators, but the page would come late or to the wrong person. They stand on the screen of operations and
in the metrics; nobody is told at night, and the dead-man's switch does not mind them. Nothing is changed here.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from django.db.models import F

from oncall import hours, shifts
from oncall.invariants import MOST, Finding, type_check
from oncall.models import ContactMethod, EscalationPolicy, EscalationStep, Schedule, ScheduleLayer, Service, User
from oncall.shifts import PRIMARY
from oncall.times import is_zone

logger = logging.getLogger(__name__)

CIRCLE, REACHES_NOBODY, UNREACHABLE_ON_CALL, NO_ADMINISTRATOR = 20, 21, 22, 23
SHADOW = ScheduleLayer.Role.SHADOW
HOURS = ("hours_from", "hours_until", "weekdays", "zone")
TARGET = ("targets__user", "targets__schedule", "targets__role")


def last_resorts_end(now: datetime) -> Iterable[Finding]:
    """Last resorts lead somewhere: a policy that comes back to itself pages the same people five times over."""
    after = dict(EscalationPolicy.objects.exclude(last_resort=None).values_list("pk", "last_resort_id"))
    for circle in circles(after):
        names = dict(EscalationPolicy.objects.filter(pk__in=circle).values_list("pk", "name"))
        words = " → ".join(names[pk] for pk in [*circle, circle[0]])
        yield Finding(CIRCLE, f"policy {circle[0]}", f"The last resorts lead round in a circle: {words}.")


def circles(after: Mapping[int, int | None]) -> list[list[int]]:
    """Every circle in a graph in which each node has at most one successor, each beginning with its least node."""
    found, seen = [], set[int]()
    for start in sorted(after):
        path: list[int] = []
        place: int | None = start
        while place is not None and place not in seen:
            seen.add(place)
            path.append(place)
            place = after.get(place)
        if place in path:
            circle = path[path.index(place) :]
            least = circle.index(min(circle))
            found.append([*circle[least:], *circle[:least]])
    return found


def services_reach_somebody(now: datetime) -> Iterable[Finding]:
    """The policy of every service, or a last resort of it, names somebody now who can be told."""
    reached = _policies_that_reach(now)
    after = dict(EscalationPolicy.objects.values_list("pk", "last_resort_id"))
    lost = [pk for pk in after if not any(one in reached for one in _chain(pk, after))]
    services = Service.objects.filter(escalation_policy__in=lost).select_related("escalation_policy")
    for service in services.order_by("name")[:MOST]:
        sentence = f"{service.name} would reach nobody now: {service.escalation_policy} names nobody who can be told."
        yield Finding(REACHES_NOBODY, f"service {service.pk}", sentence)


def people_on_call_can_be_told(now: datetime) -> Iterable[Finding]:
    """Whoever is on call now in a schedule that a policy names has a verified contact method."""
    primary = [target for target in _targets() if target["targets__schedule"] and target["targets__role"] == "primary"]
    rota, able = _Rota({target["targets__schedule"] for target in primary}, now), _able()
    missing = [(schedule, pk) for schedule in rota.schedules.values() for pk in rota.people(schedule.pk) - able]
    names = User.objects.in_bulk({pk for _, pk in missing})
    for schedule, pk in missing[:MOST]:
        sentence = f"{names[pk]} is on call in {schedule} now and has no verified contact method."
        yield Finding(UNREACHABLE_ON_CALL, f"person {pk} in schedule {schedule.pk}", sentence)


def an_administrator_can_be_told(now: datetime) -> Iterable[Finding]:
    """Behind every policy stand the administrators, and alarms go to them."""
    theirs = ContactMethod.objects.verified().filter(user__is_staff=True, user__is_active=True)
    if not theirs.exists():
        yield Finding(NO_ADMINISTRATOR, "administrators", "No administrator has a verified contact method.")


CHECKS: tuple[type_check, ...] = (
    last_resorts_end,
    services_reach_somebody,
    people_on_call_can_be_told,
    an_administrator_can_be_told,
)


def _able() -> set[int]:
    """Ids of the people who can be told."""
    methods = ContactMethod.objects.verified().filter(user__is_active=True)
    return set(methods.order_by().values_list("user_id", flat=True).distinct())


def _chain(pk: int, after: Mapping[int, int | None]) -> list[int]:
    """The policy and its last resorts, each once."""
    chain: list[int] = []
    place: int | None = pk
    while place is not None and place not in chain:
        chain.append(place)
        place = after.get(place)
    return chain


def _targets() -> list[dict[str, Any]]:
    """Every person and schedule that a step of a current version names, with the hours of the step; one query."""
    steps = EscalationStep.objects.filter(version=F("version__policy__current"))
    return list(steps.order_by("pk").values(*HOURS, "version__policy", *TARGET))


def _policies_that_reach(now: datetime) -> set[int]:
    """Ids of the policies of which a step for this hour names somebody who can be told, shadows aside."""
    targets = [target for target in _targets() if target["targets__role"] != SHADOW and _is_for(target, now)]
    rota, able = _Rota({target["targets__schedule"] for target in targets}, now), _able()
    return {
        target["version__policy"]
        for target in targets
        if target["targets__user"] in able
        or rota.people(target["targets__schedule"], target["targets__role"] or PRIMARY) & able
    }


def _is_for(target: dict[str, Any], now: datetime) -> bool:
    start, until, weekdays, zone = (target[name] for name in HOURS)
    return hours.is_within(now, start or time(), until or time(), zone if is_zone(zone) else "UTC", weekdays)


class _Rota:
    """Who is on call now in some schedules, read in three queries whatever their number."""

    def __init__(self, wanted: Iterable[int | None], now: datetime) -> None:
        self._now = now
        self.schedules = {
            one.pk: one for one in Schedule.objects.filter(pk__in={pk for pk in wanted if pk}).with_definition()
        }
        self._definitions: dict[int, shifts.Definition | None] = {}

    def people(self, pk: int | None, role: str = PRIMARY) -> set[int]:
        """Nobody in a gap, of no schedule, and of one that cannot be computed: it would page nobody either."""
        if pk not in self.schedules:
            return set()
        try:
            if pk not in self._definitions:
                self._definitions[pk] = self.schedules[pk].definition()
            definition = self._definitions[pk]
            return set(shifts.on_call_at(definition, self._now, role)) if definition else set()
        except Exception:
            logger.exception("audit.schedule_failed schedule=%s", pk)
            self._definitions[pk] = None
            return set()

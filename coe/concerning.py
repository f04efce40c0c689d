"""Which published COEs concern a team, and which of them it has to read or answer still.

A COE concerns a team that owns an affected service, or one that needs it, but not the team that wrote it: the same rule
as `reading.concerned_teams`, asked from the side of the team. It decides nothing about who may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q

from coe.models import COE, Applicability, Reading
from coe.models.coes import COEQuerySet
from oncall.models import Dependency, Service, Team, User

# What was published longer ago is found in the library, and asked of nobody.
RECENT = timedelta(days=90)
MOST_TEAMS = 30
# Days around the day itself on which "a year ago" is shown.
NEAR = timedelta(days=3)


@dataclass(slots=True)
class Reach:
    """What of other people's trouble reaches a team: the services it owns, and those that its own need."""

    team: Team
    owned: set[int] = field(default_factory=set)
    # Which own service needs each of them.
    needed: dict[int, str] = field(default_factory=dict)

    @property
    def services(self) -> set[int]:
        return self.owned | set(self.needed)


@dataclass(frozen=True, slots=True)
class Asked:
    """One team that a COE concerns: why, and its answer, if it has given one."""

    team: Team
    why: str
    answer: Applicability | None


def reaches_of(teams: Iterable[Team]) -> list[Reach]:
    """What reaches each of these teams, at most MOST_TEAMS of them; two queries."""
    found = {team.pk: Reach(team) for team in list(teams)[:MOST_TEAMS]}
    for team, service in Service.objects.filter(team__in=found).values_list("team", "pk"):
        found[team].owned.add(service)
    needs = Dependency.objects.filter(service__team__in=found).order_by("-service__name")
    for team, service, name in needs.values_list("service__team", "needs", "service__name"):
        found[team].needed[service] = name
    return list(found.values())


def unanswered(user: User, reaches: Sequence[Reach], now: datetime) -> COEQuerySet:
    """Those of the last time that one of the teams has not said anything to yet, the newest first."""
    return _recent(user, now).filter(_any(_concerning(reach) & ~_answered(reach) for reach in reaches))


def to_read(user: User, reaches: Sequence[Reach], now: datetime) -> COEQuerySet:
    """Those that this person has not read, or one of the person's teams has not answered, the newest first."""
    mine = Reading.objects.filter(coe=OuterRef("pk"), user=user)
    unread = ~Q(Exists(mine)) & _any(_concerning(reach) for reach in reaches)
    return _recent(user, now).filter(unread | _any(_concerning(reach) & ~_answered(reach) for reach in reaches))


def asked_of(coes: Sequence[COE], reaches: Sequence[Reach]) -> dict[int, list[Asked]]:
    """For each COE the teams that it concerns, by its id. Reads `services`: prefetch them; one query for the rest."""
    given = Applicability.objects.filter(coe__in=coes, team__in=[reach.team.pk for reach in reaches])
    answers = {(one.coe_id, one.team_id): one for one in given.select_related("by", "action")}
    return {
        coe.pk: [
            Asked(reach.team, why, answers.get((coe.pk, reach.team.pk)))
            for reach in reaches
            if reach.team.pk != coe.team_id and (why := _why(coe, reach))
        ]
        for coe in coes
    }


def a_year_ago(user: User, teams: Iterable[Team], today: date) -> COEQuerySet:
    """What the own teams published a year ago, NEAR the day."""
    day = year_before(today)
    mine = COE.objects.visible_to(user).published().filter(team__in=teams)
    return mine.filter(published_within(day - NEAR, day + NEAR)).order_by("-published_at")


def year_before(today: date) -> date:
    """The same day of the year before; the 28th for a 29 February."""
    try:
        return today.replace(year=today.year - 1)
    except ValueError:
        return today.replace(year=today.year - 1, day=28)


def a_year_after(day: date) -> date:
    """The same day of the year after; 1 March for a 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def published_within(first: date, last: date) -> Q:
    """Published from the first day to the last, of UTC; in a form that the index of the library serves."""
    start, end = (datetime.combine(day, time.min, tzinfo=UTC) for day in (first, last + timedelta(days=1)))
    return Q(published_at__gte=start, published_at__lt=end)


def _recent(user: User, now: datetime) -> COEQuerySet:
    published = COE.objects.visible_to(user).published().filter(published_at__gt=now - RECENT)
    return published.order_by("-published_at", "-pk")


def _concerning(reach: Reach) -> Q:
    affected = COE.services.through.objects.filter(service__in=reach.services)
    return Q(pk__in=affected.values("coe")) & ~Q(team=reach.team)


def _answered(reach: Reach) -> Q:
    return Q(pk__in=Applicability.objects.filter(team=reach.team).values("coe"))


def _any(wishes: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for wish in wishes:
        found |= wish
    return found


def _why(coe: COE, reach: Reach) -> str:
    """In words why it concerns the team; empty when it does not."""
    for service in coe.services.all():
        if service.pk in reach.owned:
            return f"{reach.team.name} owns {service.name}"
    for service in coe.services.all():
        if name := reach.needed.get(service.pk):
            return f"{name} of {reach.team.name} needs {service.name}"
    return ""

"""The listing of deployments: what it is narrowed to, and a way through fifty million rows that never counts them.

An unknown value in the address narrows to nothing found, never to an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from oncall.models import Deployment, Environment, Service, Team, User
from oncall.models.deployments import DeploymentQuerySet
from oncall.times import start_of_day

PER_PAGE = 50
# Teams to offer while typing.
MOST_TEAMS = 400


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the listing is narrowed to; empty means no narrowing. `day` is a day of the viewer's zone."""

    service: str = ""
    team: str = ""
    environment: str = ""
    state: str = ""
    kind: str = ""
    day: date | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Narrowing":
        """Read an address; a state, kind or day that does not exist is left out."""
        return cls(
            service=_word(query, "service"),
            team=_word(query, "team"),
            environment=_word(query, "environment"),
            state=query.get("state", "") if query.get("state") in Deployment.State.values else "",
            kind=query.get("kind", "") if query.get("kind") in Deployment.Kind.values else "",
            day=_day(query.get("day", "")),
        )

    @property
    def is_narrow(self) -> bool:
        return self != Narrowing()

    def of(self, deployments: DeploymentQuerySet, zone: str) -> DeploymentQuerySet:
        """The deployments that are left; days are those of this IANA zone."""
        if self.service:
            deployments = deployments.filter(service__in=_services(self.service))
        if self.team:
            teams = Team.objects.filter(Q(slug=self.team.lower()) | Q(name__iexact=self.team))
            deployments = deployments.filter(service__team__in=teams)
        if self.environment:
            deployments = deployments.filter(environment__name=self.environment)
        if self.state:
            deployments = deployments.filter(state=self.state)
        if self.kind:
            deployments = deployments.filter(kind=self.kind)
        if self.day:
            begin, end = start_of_day(self.day, zone), start_of_day(self.day + timedelta(days=1), zone)
            deployments = deployments.filter(reached_at__gte=begin, reached_at__lt=end)
        return deployments


def _word(query: Mapping[str, Any], name: str) -> str:
    return str(query.get(name, "")).replace("\x00", "").strip()[:120]


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    # Beyond these years the edges of a day in some zone cannot be told.
    return found if 1970 <= found.year <= 9000 else None


def _services(typed: str) -> QuerySet[Service]:
    return Service.objects.filter(Q(slug=typed.lower()) | Q(name__iexact=typed))


def chosen_service(user: User, narrowing: Narrowing) -> Service | None:
    """The one service the listing is narrowed to, if there is one."""
    if not narrowing.service:
        return None
    return Service.objects.visible_to(user).select_related("team").filter(pk__in=_services(narrowing.service)).first()


def listing_of(user: User, query: Mapping[str, Any]) -> dict[str, Any]:
    """The context of the listing: one screenful, and the number of a deployment to go on from in each direction."""
    narrowing = Narrowing.from_query(query)
    found = narrowing.of(Deployment.objects.visible_to(user), user.zone)
    before, after = _turning_point(query.get("before")), _turning_point(query.get("after"))
    if after:
        rows = list(_newer_than(found, after).order_by("reached_at", "pk").shown()[: PER_PAGE + 1])
        shown = rows[:PER_PAGE][::-1]
        has_newer, has_older = len(rows) > PER_PAGE, True
    else:
        rows = list((_older_than(found, before) if before else found).shown()[: PER_PAGE + 1])
        shown = rows[:PER_PAGE]
        has_newer, has_older = before is not None, len(rows) > PER_PAGE
    return {
        "narrowing": narrowing,
        "deployments": shown,
        "newer_than": shown[0].pk if shown and has_newer else None,
        "older_than": shown[-1].pk if shown and has_older else None,
        "environments": list(Environment.objects.all()),
        "states": Deployment.State.choices,
        "kinds": Deployment.Kind.choices,
        "teams": list(Team.objects.visible_to(user)[:MOST_TEAMS]),
    }


def _turning_point(pk: str | None) -> Deployment | None:
    is_number = pk and pk.isascii() and pk.isdigit() and len(pk) <= 18
    return Deployment.objects.only("reached_at").filter(pk=int(pk)).first() if is_number and pk else None


def _older_than(deployments: DeploymentQuerySet, one: Deployment) -> DeploymentQuerySet:
    # The first condition says nothing new but lets the index of newest deployments begin at the right place.
    same = Q(reached_at__lt=one.reached_at) | Q(reached_at=one.reached_at, pk__lt=one.pk)
    return deployments.filter(same, reached_at__lte=one.reached_at)


def _newer_than(deployments: DeploymentQuerySet, one: Deployment) -> DeploymentQuerySet:
    same = Q(reached_at__gt=one.reached_at) | Q(reached_at=one.reached_at, pk__gt=one.pk)
    return deployments.filter(same, reached_at__gte=one.reached_at)

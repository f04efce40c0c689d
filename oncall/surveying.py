"""What ran where: a service's environments in the order of their waves, now or at an earlier instant.

It decides how each environment is worded and marked; `oncall/deploying.py` decides what has succeeded. The version is
that of what was built; a later change of anything else, configuration or a flag for example, is named beside it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from oncall.models import Deployment, Environment, Service
from oncall.times import spoken

Stage = dict[str, Any]
# A deployment that never said how it ended is not on its way for ever.
STALE_AFTER = timedelta(days=1)


class Place(NamedTuple):
    """One environment: its newest version, and a newer change of something else, if there is one."""

    newest: Deployment
    setting: Deployment | None


def stages_at(service: Service, at: datetime, guilty: Iterable[int] = ()) -> list[Stage]:
    """The environments of a service as they were at an instant; those whose ids are `guilty` are marked."""
    marked = set(guilty)
    return [_stage(place, at, *_then(place.newest, at), marked, "bad") for place in _places(service, at)]


def stages_now(service: Service, now: datetime, marked: Iterable[int] = ()) -> list[Stage]:
    """What runs where now, what is on its way there, and which environments still lack the newest version.

    Environments whose ids are `marked` stand out.
    """
    found, places = set(marked), _places(service, now)
    head = max((place.newest for place in places if _runs(place.newest)), key=lambda one: one.reached_at, default=None)
    return [_stage(place, now, *_today(place.newest, now, head), found, "good") for place in places]


def _places(service: Service, at: datetime) -> list[Place]:
    """Every environment where something of the service runs today and had arrived by then, in two queries."""
    reached = Deployment.objects.filter(service=service, environment=OuterRef("pk"), reached_at__lte=at)
    newest = reached.exclude(state=Deployment.State.QUEUED).order_by("-reached_at", "-pk")
    places = Environment.objects.filter(running__service=service).annotate(
        newest=_first(newest.versions()), setting=_first(newest.exclude(kind=Deployment.Kind.CODE))
    )
    rows = [(place.newest, place.setting) for place in places if place.newest]
    shown = Deployment.objects.select_related("environment", "previous")
    known = shown.in_bulk({pk for row in rows for pk in row if pk})
    return [Place(known[version], _newer(known.get(setting), known[version])) for version, setting in rows]


def _first(deployments: QuerySet[Deployment]) -> Subquery:
    return Subquery(deployments.values("pk")[:1])


def _newer(setting: Deployment | None, version: Deployment) -> Deployment | None:
    return setting if setting and setting.reached_at > version.reached_at else None


def _stage(place: Place, at: datetime, version: str, detail: str, state: str, marked: set[int], mark: str) -> Stage:
    newest, setting = place
    if setting:
        detail = f"{detail}; {setting.label} {spoken(at - setting.reached_at)} old"
    return {
        "name": newest.environment.name,
        "version": version,
        "detail": detail,
        "state": mark if newest.environment_id in marked and (mark == "bad" or not state) else state,
        "url": (setting or newest).get_absolute_url(),
    }


def _then(newest: Deployment, at: datetime) -> tuple[str, str, str]:
    """Version, detail and state of an environment as it was. What was rolled back later ran then."""
    if newest.finished_at is None or newest.finished_at > at:
        return newest.label, f"arriving for {spoken(at - newest.reached_at)}", "running"
    if newest.state == Deployment.State.FAILED:
        return _before(newest), f"{newest.label} failed", "waiting"
    return newest.label, f"{spoken(at - newest.reached_at)} old", ""


def _today(newest: Deployment, now: datetime, head: Deployment | None) -> tuple[str, str, str]:
    """Version, detail and state of an environment as it is, beside the newest version that runs anywhere."""
    if newest.finished_at is None and now - newest.reached_at > STALE_AFTER:
        return _before(newest), f"{newest.label} never said how it ended", "waiting"
    if newest.state == Deployment.State.ROLLED_BACK:
        return _before(newest), f"{newest.label} was rolled back", "waiting"
    version, detail, state = _then(newest, now)
    if head and not state and newest.label != head.label:
        return version, f"{detail}, without {head.label}", "waiting"
    return version, detail, state


def _before(deployment: Deployment) -> str:
    return deployment.previous.label if deployment.previous else "nothing"


def _runs(newest: Deployment) -> bool:
    return newest.state == Deployment.State.SUCCEEDED

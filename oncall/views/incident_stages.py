"""What ran where: a service's environments in the order of their waves, now or at an earlier instant.

It decides how each environment is worded and marked; `oncall/deploying.py` decides what runs.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery

from oncall.models import Deployment, Environment, RunningVersion, Service
from oncall.times import spoken

Stage = dict[str, Any]
UNDER_WAY = (Deployment.State.QUEUED, Deployment.State.STARTED)
# A deployment that never said how it ended is not on its way for ever.
STALE_AFTER = timedelta(days=1)


def stages_at(service: Service, at: datetime, guilty: Iterable[int] = ()) -> list[Stage]:
    """The environments of a service as they were at an instant; those whose ids are `guilty` are marked."""
    marked = set(guilty)
    reached = Deployment.objects.filter(service=service, environment=OuterRef("pk"), reached_at__lte=at)
    newest = reached.exclude(state=Deployment.State.QUEUED).order_by("-reached_at", "-pk").values("pk")[:1]
    places = Environment.objects.filter(running__service=service).annotate(newest=Subquery(newest))
    ids = {place.newest: place for place in places if place.newest}
    found = Deployment.objects.select_related("environment", "previous").in_bulk(ids)
    ordered = sorted(found.values(), key=lambda one: (one.environment.wave, one.environment.name))
    return [_stage(deployment, at, deployment.environment_id in marked) for deployment in ordered]


def _stage(newest: Deployment, at: datetime, is_guilty: bool) -> Stage:
    version, detail, state = _words(newest, at)
    return {
        "name": newest.environment.name,
        "version": version,
        "detail": detail,
        "state": "bad" if is_guilty else state,
        "url": newest.get_absolute_url(),
    }


def _words(newest: Deployment, at: datetime) -> tuple[str, str, str]:
    """Version, detail and mark of an environment whose newest deployment is this one."""
    before = newest.previous.label if newest.previous else "nothing"
    if newest.finished_at is None or newest.finished_at > at:
        return newest.label, f"arriving for {spoken(at - newest.reached_at)}", "running"
    if newest.state == Deployment.State.FAILED:
        return before, f"{newest.label} failed", "waiting"
    return newest.label, f"{spoken(at - newest.reached_at)} old", ""


def stages_now(service: Service, now: datetime, marked: Iterable[int] = ()) -> list[Stage]:
    """What runs where now, what is on its way there, and which environments still lack the newest version.

    Environments whose ids are `marked` stand out.
    """
    rows = list(service.running.select_related("deployment", "environment"))
    moving = Deployment.objects.filter(
        service=service, state__in=UNDER_WAY, reached_at__gte=now - STALE_AFTER, reached_at__lte=now
    ).order_by("reached_at")
    arriving = {deployment.environment_id: deployment for deployment in moving}
    newest = max(rows, key=lambda row: row.since).deployment.label if rows else ""
    found = set(marked)
    return [_running(row, arriving.get(row.environment_id), newest, now, found) for row in rows]


def _running(row: RunningVersion, arriving: Deployment | None, newest: str, now: datetime, marked: set[int]) -> Stage:
    detail, state = f"{spoken(now - row.since)} old", ""
    if arriving and arriving.reached_at > row.deployment.reached_at:
        detail, state = f"{arriving.label} arriving for {spoken(now - arriving.reached_at)}", "running"
    elif row.deployment.label != newest:
        detail, state = f"{detail}, without {newest}", "waiting"
    return {
        "name": row.environment.name,
        "version": row.deployment.label,
        "detail": detail,
        "state": "good" if row.environment_id in marked and not state else state,
        "url": row.deployment.get_absolute_url(),
    }

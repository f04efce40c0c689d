"""Loads the demonstration organisation into an empty database, all of it or nothing.

It decides the order and when there is nothing to do. Every time is relative to `now`; the same `now` makes the same
organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from demo import deployments, incidents, organisation, scene
from oncall.models import Deployment, Incident, Service, Team, User

# One key for the advisory lock: two starts at once must not seed twice.
LOCK = 0x0E44A7A


@dataclass(frozen=True, slots=True)
class Counts:
    """What was made, for the line that says so."""

    people: int
    services: int
    deployments: int
    incidents: int

    def __str__(self) -> str:
        made = f"{self.people} people, {self.services} services, {self.deployments} deployments"
        return f"{made}, {self.incidents} incidents"


def is_empty() -> bool:
    """Whether nobody has begun to use this installation."""
    return not Team.objects.exists() and not User.objects.exists()


def seed(now: datetime) -> Counts | None:
    """Make the organisation; None when the database holds people or teams already."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if not is_empty():
            return None
        made = organisation.make(now)
        history = deployments.make(made)
        incidents.make(made, history)
        scene.make(made, history)
    with connection.cursor() as cursor:
        # The planner knows nothing of rows that came a moment ago.
        cursor.execute("ANALYZE")
    return Counts(User.objects.count(), Service.objects.count(), Deployment.objects.count(), Incident.objects.count())

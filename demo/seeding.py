"""Loads the demonstration organisation into an empty database, all of it or nothing.

It decides the order and when there is nothing to do. Every time is relative to `now`; the same `now` makes the same
organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from coe import drafting
from coe.models import COE
from demo import (
    changing,
    choosing,
    coes,
    deployments,
    incidents,
    library,
    organisation,
    owing,
    reaching,
    reviewing,
    scene,
    showpieces,
)
from demo.incidents import Trouble
from oncall.models import Deployment, Incident, Service, Team, User

# One key for the advisory lock: two starts at once must not seed twice.
LOCK = 0x0E44A7A
# An organisation of this size did not begin with incident 1; the one that happens now is INC-812.
FIRST_INCIDENT = 679


@dataclass(frozen=True, slots=True)
class Counts:
    """What was made, for the line that says so."""

    people: int
    services: int
    deployments: int
    incidents: int
    coes: int

    def __str__(self) -> str:
        made = f"{self.people} people, {self.services} services, {self.deployments} deployments"
        return f"{made}, {self.incidents} incidents, {self.coes} COEs"


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
        reaching.make(made)
        history = deployments.make(made)
        _start_numbers_at(FIRST_INCIDENT)
        handmade = showpieces.writings(made)
        troubles = incidents.make(made, history)
        scene.make(made, history)
        changing.make(made, handmade)
        reviewing.pool(made)
        coes.make([*handmade, *library.writings(made)], now)
        director = User.objects.filter(is_staff=True).earliest("pk")
        reviewing.talk(made)
        _draft_from_evidence(troubles)
        choosing.make(made)
        owing.templates(made, director)
        owing.make(made, director)
    with connection.cursor() as cursor:
        # The planner knows nothing of rows that came a moment ago.
        cursor.execute("ANALYZE")
    return _counts()


def _draft_from_evidence(troubles: list[Trouble]) -> None:
    """One draft as the product writes it: the newest incident that a change is confirmed to have caused."""
    newest = next(trouble for trouble in reversed(troubles) if trouble.row.verdicts.filter(ruling="confirmed").exists())
    drafting.draft_for(newest.row, newest.by, newest.row.moved_at + timedelta(hours=2))


def _counts() -> Counts:
    counted = (model.objects.count() for model in (User, Service, Deployment, Incident, COE))
    return Counts(*counted)


def _start_numbers_at(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [Incident._meta.db_table, number])

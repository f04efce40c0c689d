"""Who is asked for a role that a COE needs and nobody was named for, fairly.

A bar raiser comes from the pool (`BarRaiser`): never of the COE's team, of a team of its owner, an author, away, or
with a stated conflict, and with fewer open rounds than that person takes at once. Among those: fewest open rounds,
then who was asked longest ago, then the older account. One lock for all assignments, so that two submissions at once
share the load.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet

from coe.covering import able_people
from coe.models import COE, Review
from coe.template import Role
from oncall.models import User

# The number of the advisory lock; any that nobody else takes.
LOCK = 0x0C0E_0009


def choose(coe: COE, role: Role, now: datetime, *, besides: set[int]) -> tuple[User, bool] | None:
    """Who is asked for this role, and whether as an administrator standing in; None when nobody can be asked now.

    `besides` are people not to ask: who was asked already, or whose approval fills another role. Must run in a
    transaction: the lock is held until it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    able = able_people(coe, role).exclude(pk__in=besides)
    if role == Role.PEER:
        # Anybody may be a peer; by itself only the team is asked.
        found = _least_busy(able.filter(memberships__team=coe.team_id)).first()
        return (found, False) if found else None
    if role == Role.BAR_RAISER:
        free = bar_raisers_free(able, now)
        if found := _least_busy(free).first():
            return found, False
        # All have their hands full: it waits for one of them. All are away: nobody is there.
        able = able.exclude(bar_raiser__away_until__gt=now.date())
    if able.exists():
        found = None if role == Role.BAR_RAISER else _least_busy(able).first()
        return (found, False) if found else None
    # Whoever approved in another role may be asked again: an administrator is the last resort.
    waiting = Review.objects.filter(coe=coe, verdict__in=["", Review.Verdict.HANDED_ON]).values("reviewer")
    others = User.objects.filter(is_active=True, is_staff=True).exclude(pk__in=waiting)
    stand_in = _least_busy(others.filter(pk__in=able_people(coe, Role.PEER))).first()
    return (stand_in, True) if stand_in else None


def bar_raisers_free(people: QuerySet[User], now: datetime) -> QuerySet[User]:
    """Those who are there and take one more."""
    here = people.exclude(bar_raiser__away_until__gt=now.date())
    return _with_load(here).filter(open_rounds__lt=F("bar_raiser__most_at_once"))  # type: ignore[misc]


def _least_busy(people: QuerySet[User]) -> QuerySet[User]:
    return _with_load(people).order_by("open_rounds", F("last_asked").asc(nulls_first=True), "pk")  # type: ignore[misc]


def _with_load(people: QuerySet[User]) -> QuerySet[User]:
    pending = Q(reviews__verdict="", reviews__coe__state=COE.State.IN_REVIEW)
    return people.annotate(
        open_rounds=Count("reviews", filter=pending, distinct=True), last_asked=Max("reviews__asked_at")
    )

"""The pool of bar raisers: who joins, who leaves, what each says of themselves. Who is asked is `coe/assigning.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from coe.models import COE, BarRaiser
from coe.permissions import require
from oncall.models import AuditEntry, Team, User

MOST = 200


def may_keep(user: User) -> bool:
    """Who joins and leaves is decided by administrators."""
    return user.is_administrator


def may_change(user: User, raiser: BarRaiser) -> bool:
    """Conflicts and leave are said by bar raisers themselves, and by administrators."""
    return user.is_administrator or raiser.user_id == user.pk


def pool() -> QuerySet[BarRaiser]:
    """Everybody in it who is there, with `open_rounds` and `last_asked`."""
    pending = Q(user__reviews__verdict="", user__reviews__coe__state=COE.State.IN_REVIEW)
    listed = BarRaiser.objects.filter(user__is_active=True).select_related("user").prefetch_related("conflicts")
    return listed.annotate(
        open_rounds=Count("user__reviews", filter=pending, distinct=True),
        last_asked=Max("user__reviews__asked_at", filter=Q(user__reviews__role="bar_raiser")),
    )


def join(person: User, *, by: User, now: datetime, source: str = "screen") -> BarRaiser:
    """Put somebody into the pool. Raises NotAllowed, ValidationError beyond MOST; in it already is fine."""
    require(may_keep(by), "Only administrators keep the pool of bar raisers.")
    if BarRaiser.objects.count() >= MOST:
        raise ValidationError({"person": f"The pool holds at most {MOST} people."})
    with transaction.atomic():
        raiser, is_new = BarRaiser.objects.get_or_create(user=person, defaults={"added_by": by, "added_at": now})
        if is_new:
            AuditEntry.objects.write(raiser, "joined", actor=by, at=now, source=source)
    return raiser


def leave(raiser: BarRaiser, *, by: User, now: datetime, source: str = "screen") -> None:
    """Take somebody out of the pool; open rounds stay theirs. Raises NotAllowed."""
    require(may_keep(by), "Only administrators keep the pool of bar raisers.")
    with transaction.atomic():
        AuditEntry.objects.write(raiser, "left", actor=by, at=now, source=source)
        raiser.delete()


def change(
    raiser: BarRaiser,
    *,
    most_at_once: int,
    away_until: date | None,
    conflicts: Iterable[Team],
    by: User,
    now: datetime,
    source: str = "screen",
) -> None:
    """Say what a bar raiser takes, until when they are away, and whose COEs they do not judge. Raises NotAllowed."""
    require(may_change(by, raiser), "Only the bar raiser and administrators change this.")
    with transaction.atomic():
        raiser.most_at_once, raiser.away_until = most_at_once, away_until
        raiser.save(update_fields=["most_at_once", "away_until"])
        raiser.conflicts.set(conflicts)
        AuditEntry.objects.write(raiser, "changed", actor=by, at=now, source=source)

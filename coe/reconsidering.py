"""Restrictions are judged again: until which day one stands, and who is told when that day has come.

It decides which days may be named, and tells the owner and whoever restricted the COE at nine in the morning of the
owner's day, once for each day. It lifts nothing: whether a restriction still holds is people's business
(`publishing.set_audience`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from coe import guarding
from coe.models import COE, Notice
from coe.telling import tell
from oncall.models import Membership, User
from oncall.times import at_wall_clock

USUAL, LONGEST = timedelta(days=90), timedelta(days=365)
HOUR = time(9)
# The earth's easternmost clocks are this far ahead of UTC: nobody's day begins earlier.
EARLIEST = timedelta(hours=14)
CHUNK = 500


def judged(day: date | None, today: date) -> date:
    """The day on which a restriction is judged again; raises ValidationError for one that is past, or too far."""
    if day is None:
        return today + USUAL
    if not today < day <= today + LONGEST:
        raise ValidationError({"reconsider_on": "Name a day after today, at most a year from now."})
    return day


def needs_note(coe: COE, audience: str, day: date | None) -> bool:
    """Whether somebody has to say why: a restriction is lifted, or stands until another day than the one named."""
    return coe.is_restricted and (audience == COE.Audience.ORGANISATION or day != coe.reconsider_on)


def make_due(now: datetime) -> int:
    """Tell of every restriction whose day has come and that was not told of; returns how many letters were made."""
    return guarding.each(_candidates(now), _tell, now)


def has_come(coe: COE, now: datetime) -> bool:
    """Whether it is nine o'clock or later, on the owner's clock, of the day to judge the restriction again."""
    day = coe.reconsider_on
    return day is not None and now >= at_wall_clock(day, HOUR, coe.owner.wall_zone)


def _candidates(now: datetime) -> Iterator[COE]:
    """Restricted, with a day that has come by any clock and that nobody was told of yet; all of them.

    Those that nobody is left to be told of stay first: behind a limit others would never be reached.
    """
    number, day = Cast(OuterRef("pk"), CharField()), Cast(OuterRef("reconsider_on"), CharField())
    key = Concat(Value("reconsider-"), number, Value("-"), day)
    told = Notice.objects.filter(kind=Notice.Kind.RECONSIDER, coe=OuterRef("pk"), key=key)
    waiting = COE.objects.filter(
        ~Exists(told), audience=COE.Audience.RESTRICTED, reconsider_on__lte=(now + EARLIEST).date()
    )
    rows = waiting.select_related("owner", "restricted_by").order_by("reconsider_on", "pk")
    return rows.iterator(chunk_size=CHUNK)


def _tell(coe: COE, now: datetime) -> int:
    day = coe.reconsider_on
    if not has_come(coe, now):
        return 0
    detail = f"It was restricted for this reason: {coe.restricted_because} Lift it, or name another day and say why."
    facts = {"key": f"reconsider-{coe.pk}-{day}", "coe": coe, "path": f"{coe.get_absolute_url()}audience/"}
    return tell(_asked(coe), Notice.Kind.RECONSIDER, now=now, detail=detail, **facts)  # type: ignore[arg-type]


def _asked(coe: COE) -> list[User]:
    """The owner and whoever restricted it; when both have left, the managers of its team."""
    people = [user for user in (coe.owner, coe.restricted_by) if user and user.is_active]
    managing = Membership.objects.filter(team=coe.team_id, role=Membership.Role.MANAGER)
    return people or list(User.objects.filter(pk__in=managing.values("user"), is_active=True))

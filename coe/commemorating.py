"""Anniversaries: what was published a year ago today is remembered once, by whoever follows it.

It decides who gets a letter of its own: those who follow such COEs at once, at nine on their clock. Digests tell the
others, and leave out what a letter told (`coe/digesting.py`); home shows what the own teams published. Days of
publication are those of UTC. After a standstill what is later than LATE is not told any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from coe import concerning, guarding
from coe.models import COE, ActionItem, Notice, Subscription
from coe.subscribing import concerned_by
from coe.telling import tell
from oncall.models import User
from oncall.times import at_wall_clock

HOUR = time(9)
LATE = timedelta(days=2)
# The earth's easternmost clocks are this far ahead of UTC: nobody's day begins earlier.
EARLIEST = timedelta(hours=14)
CHUNK = 500


def make_due(now: datetime) -> int:
    """A letter for each follower and COE whose hour has come and that was not told; returns how many were made."""
    followers = Subscription.objects.personal().filter(cadence=Subscription.Cadence.AT_ONCE, query="")
    if not followers.exists():
        return 0
    return guarding.each(_candidates(now), _tell, now)


def _candidates(now: datetime) -> Iterator[tuple[COE, date]]:
    """What was published about a year ago, with the day on which a year has passed."""
    first = concerning.year_before((now - LATE).date())
    last = concerning.year_before((now + EARLIEST).date())
    about = COE.objects.published().filter(concerning.published_within(first, last))
    for coe in about.order_by("severity", "pk").iterator(chunk_size=CHUNK):
        assert coe.published_at is not None  # of `published`
        yield coe, concerning.a_year_after(coe.published_at.astimezone(UTC).date())


def _tell(passed: tuple[COE, date], now: datetime) -> int:
    """Not to whoever began to follow that day: nobody wants the past as soon as they press a button."""
    coe, day = passed
    key, began = f"anniversary-{coe.pk}", datetime.combine(day, time.min, tzinfo=UTC)
    told = Notice.objects.filter(key=key).values("user")
    people = [user for user in concerned_by(coe, began).exclude(pk__in=told) if _has_come(day, user, now)]
    if not people:
        return 0
    return tell(people, Notice.Kind.ANNIVERSARY, key=key, coe=coe, detail=_words(coe), now=now)


def _has_come(day: date, user: User, now: datetime) -> bool:
    return at_wall_clock(day, HOUR, user.wall_zone) <= now


def _words(coe: COE) -> str:
    """When it was published, and what became of what it promised."""
    promised = list(coe.actions.promised().values_list("state", flat=True))
    verified = promised.count(ActionItem.State.VERIFIED)
    said = f"Published on {coe.published_at:%-d %B %Y}."
    if not promised:
        return f"{said} Does what was learned still hold?"
    return f"{said} Of its corrections {verified} of {len(promised)} are verified. Do they still hold?"

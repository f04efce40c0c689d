"""What the clock does for reviews: settles them, and reminds of those that are due.

A reviewer is reminded at nine in the morning of the own clock the day before, on the day, and then every second day;
from the second day late the owner of the COE is told as well. A letter has a key and exists once, so a tick may run
twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef

from coe import guarding, settling
from coe.models import COE, Notice, Review, Revision
from coe.telling import tell
from oncall.times import at_wall_clock

HOUR = time(9)
BEFORE, EVERY = 1, 2
# Nobody is asked anew while somebody still writes.
PAUSE = timedelta(minutes=3)
# Reviews that wait for people to be free are looked at this often.
ROUND = 10
CHUNK = 500


def make_due(now: datetime) -> int:
    """Settle what is in review and write the reminders that are due; returns how many reminders were made."""
    guarding.each(_unsettled(now), _settle, now)
    return guarding.each(_untold(now), _remind, now)


def _settle(pk: int, now: datetime) -> None:
    coe = COE.objects.select_for_update(of=("self",)).select_related("team", "owner", "template").get(pk=pk)
    settling.settle(coe, now)


def _unsettled(now: datetime) -> list[int]:
    """COEs in review that wait for somebody who left or for nobody, or that changed after somebody approved."""
    in_review = COE.objects.filter(state=COE.State.IN_REVIEW)
    if now.minute % ROUND:
        mine = Review.objects.filter(coe=OuterRef("pk"))
        left = mine.filter(verdict="", reviewer__is_active=False)
        after = Revision.objects.filter(coe=OuterRef("coe"), made_at__gt=OuterRef("decided_at"))
        later = mine.filter(verdict=Review.Verdict.APPROVED, overtaken_at__isnull=True).filter(Exists(after))
        in_review = in_review.filter(Exists(left) | ~Exists(mine.filter(verdict="")) | Exists(later))
    still = Revision.objects.filter(coe=OuterRef("pk"), made_at__gt=now - PAUSE)
    # All of them: one that waits for people for weeks stays first, and those behind a limit would never be looked at.
    return list(in_review.exclude(Exists(still)).order_by("moved_at").values_list("pk", flat=True))


def _pending(now: datetime) -> Iterator[Review]:
    """Every one that is due, piece by piece: the latest stay first, and those behind a limit would never be told."""
    due = Review.objects.pending().filter(due_at__lt=now + timedelta(days=BEFORE + 1), reviewer__is_active=True)
    rows = due.select_related("coe__owner", "reviewer").order_by("due_at", "pk")
    return rows.iterator(chunk_size=CHUNK)


def _untold(now: datetime) -> Iterator[tuple[Review, int]]:
    """Those that are to be told of, each with its day of reminding; one query for each piece says who was told."""
    pending = _pending(now)
    while piece := list(islice(pending, CHUNK)):
        due = list(guarding.judged(piece, latest_day, now))
        keys = [_key(review, late) for review, late in due]
        told = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
        yield from (pair for pair in due if _key(*pair) not in told)


def _key(review: Review, late: int) -> str:
    return f"review-{review.pk}-{late}"


def _remind(due: tuple[Review, int], now: datetime) -> int:
    review, late = due
    coe, path = review.coe, f"{review.coe.get_absolute_url()}review/"
    words = "is due tomorrow" if late < 0 else "is due today" if late == 0 else f"is {late} days late"
    facts: dict[str, Any] = {"now": now, "coe": coe, "path": path}
    mine, key = f"Your review {words}.", _key(review, late)
    made = tell([review.reviewer], Notice.Kind.REVIEW_DUE, key=key, detail=mine, **facts)
    if late > 0 and coe.owner_id != review.reviewer_id:
        theirs = f"The review of {review.reviewer.name} {words}. You may hand it to somebody else."
        made += tell([coe.owner], Notice.Kind.REVIEW_DUE, key=f"{key}-owner", detail=theirs, **facts)
    return made


def latest_day(review: Review, now: datetime) -> int | None:
    """The newest day of reminding that has come, counted from the due day: -1, 0, 2, 4 …; None when none has."""
    if review.due_at is None:
        return None
    reader, due_on = review.reviewer, review.reviewer.local(review.due_at).date()
    today = reader.local(now).date()
    if now < at_wall_clock(today, HOUR, reader.wall_zone):
        today -= timedelta(days=1)
    late = (today - due_on).days
    if late < -BEFORE:
        return None
    return late if late < 0 else late - late % EVERY

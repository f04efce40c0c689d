"""What the clock does for reviews: settles them, and reminds of those that are due.

A reviewer is reminded at nine in the morning of the own clock the day before, on the day, and then every second day;
from the second day late the owner of the COE is told as well. A letter has a key and exists once, so a tick may run
twice.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from coe import settling
from coe.models import COE, Notice, Review, Revision
from coe.telling import tell
from oncall.times import at_wall_clock

HOUR = time(9)
BEFORE, EVERY = 1, 2
# Nobody is asked anew while somebody still writes.
PAUSE = timedelta(minutes=3)
# Reviews that wait for people to be free are looked at this often.
ROUND = 10
MOST = 500


def make_due(now: datetime) -> int:
    """Settle what is in review and write the reminders that are due; returns how many reminders were made."""
    for pk in _unsettled(now):
        with transaction.atomic():
            coe = COE.objects.select_for_update(of=("self",)).select_related("team", "owner", "template").get(pk=pk)
            settling.settle(coe, now)
    return sum(_remind(review, now) for review in _pending(now))


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
    return list(in_review.exclude(Exists(still)).order_by("moved_at").values_list("pk", flat=True)[:MOST])


def _pending(now: datetime) -> list[Review]:
    due = Review.objects.pending().filter(due_at__lt=now + timedelta(days=BEFORE + 1), reviewer__is_active=True)
    return list(due.select_related("coe__owner", "reviewer").order_by("due_at")[:MOST])


def _remind(review: Review, now: datetime) -> int:
    late = latest_day(review, now)
    if late is None:
        return 0
    coe, path = review.coe, f"{review.coe.get_absolute_url()}review/"
    words = "is due tomorrow" if late < 0 else "is due today" if late == 0 else f"is {late} days late"
    facts: dict[str, Any] = {"now": now, "coe": coe, "path": path}
    mine, key = f"Your review {words}.", f"review-{review.pk}-{late}"
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

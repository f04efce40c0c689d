"""Revisions: when the state of a COE's text is kept, and as which number.

Every explicit save that changes anything is a revision. What the editor saves by itself is one revision per person and
five minutes of the clock, the last of them: a thousand pauses of one afternoon are no history anybody reads. Named
revisions (submitted, approved, published) are always kept.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from coe import documents
from coe.cowriting import drawing
from coe.models import COE, Revision
from oncall.models import User

Reason = Revision.Reason
# One autosaved revision per person in each span of this length, counted from the epoch.
SLOT = timedelta(minutes=5)
UNNAMED = {Reason.SAVED, Reason.AUTOSAVED}


def record(
    coe: COE,
    reason: str,
    by: User | None,
    now: datetime,
    *,
    change_note: str = "",
    with_html: bool = False,
    together: Collection[int] = (),
) -> Revision:
    """Keep what the COE says now; returns the newest revision, which is an old one when nothing changed.

    `together` are the ids of people who write at the same time: what saves itself for any of them is one sitting.

    Must run in a transaction that holds the row of the COE: numbers count up without gaps or doubles.
    """
    # What was typed together and is not written down yet belongs to it.
    drawing.draw(coe)
    content = documents.content_of(coe)
    newest = coe.revisions.first()
    if newest and reason in UNNAMED and newest.content == content:
        return newest
    number = newest.number + 1 if newest else 1
    # What a reviewer was asked to read, or judged, stays.
    is_replaced = newest and reason == Reason.AUTOSAVED and _is_same_sitting(newest, by, now, together)
    if newest and is_replaced and not newest.reviews.exists():
        number = newest.number
        newest.delete()
    return Revision.objects.create(
        coe=coe,
        number=number,
        reason=reason,
        made_by=by,
        made_at=now,
        change_note=change_note,
        content=content,
        html=documents.html_of(content) if with_html else {},
    )


def mark(coe: COE, by: User, now: datetime, note: str) -> Revision:
    """Keep what the COE says now under a name of its own, also when the newest revision says the same.

    Must run in a transaction that holds the row of the COE.
    """
    drawing.draw(coe)
    newest = coe.revisions.defer("content", "html").first()
    return Revision.objects.create(
        coe=coe,
        number=newest.number + 1 if newest else 1,
        reason=Reason.SAVED,
        made_by=by,
        made_at=now,
        change_note=note[:300],
        content=documents.content_of(coe),
    )


def _is_same_sitting(newest: Revision, by: User | None, now: datetime, together: Collection[int]) -> bool:
    """Whether the newest revision is an autosave of the same people in the same slot, which this one replaces."""
    is_theirs = newest.reason == Reason.AUTOSAVED and newest.made_by_id in {by.pk if by else None, *together}
    return is_theirs and _slot(newest.made_at) == _slot(now)


def _slot(at: datetime) -> int:
    return int(at.timestamp() // SLOT.total_seconds())

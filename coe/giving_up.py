"""Giving a re-issue up: what was written for it is kept as a revision, and the COE is as its last publication left it.

Readers see the same before, meanwhile and after. It decides who may, what becomes of the rounds of review, and what is
kept; how each part comes back is `coe/editing/reverting.py`. Action items that are promised keep their life.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from coe import closing, revising, settling
from coe.cowriting import settling as typed
from coe.editing import reverting
from coe.editing.writing import tell_editors
from coe.models import COE, Review, ReviewNotice, Revision
from coe.permissions import may_publish, require
from coe.publishing import note_change
from oncall.exceptions import Conflict
from oncall.models import User

BECAUSE = "The re-issue was given up."


def give_up(coe: COE, by: User, now: datetime, source: str = "screen") -> Revision:
    """Go back to the last publication; returns the revision that keeps what the re-issue said.

    Raises NotAllowed, and Conflict when no re-issue is being written.
    """
    require(may_publish(by, coe), "Only its owner, members of its team and administrators give a re-issue up.")
    with transaction.atomic():
        coe.lock_for_giving_up()
        publication = coe.revisions.publications().first()
        if publication is None:
            raise Conflict(f"{coe.number} has no publication to go back to.")
        # What others typed up to now is theirs: it is kept in their name before anything is put back.
        typed.settle(coe.pk, now)
        coe.lock_for_giving_up()
        kept = revising.mark(coe, by, now, "Re-issue given up: this is what it said")
        _end_rounds(coe, publication, by, now, source)
        coe.give_up(by, now, source, detail=f"Kept as revision {kept.number}")
        reverting.revert(coe, publication, by, now)
        after = revising.mark(coe, by, now, f"Says again what revision {publication.number} says: re-issue given up")
        coe.edits += 1
        coe.save(update_fields=["edits"])
        tell_editors(coe, kept.content, after.content, by)
        note_change(coe, now)
        closing.settle(coe, by, now, source)
    return kept


def _end_rounds(coe: COE, publication: Revision, by: User, now: datetime, source: str) -> None:
    """Whoever was asked is let off and told. Judgements of the draft count no longer, those of before count again."""
    for review in coe.reviews.open().select_related("reviewer"):
        review.coe = coe
        settling.end(review, Review.Verdict.RELEASED, BECAUSE, now, by=by, source=source)
        if review.reviewer_id != by.pk:
            ReviewNotice.objects.create(
                review=review, user=review.reviewer, kind=ReviewNotice.Kind.DECIDED, made_at=now
            )
    judged = coe.reviews.judged()
    judged.filter(revision__number__gt=publication.number).update(overtaken_at=now)
    before = judged.filter(revision__number__lt=publication.number)
    before.filter(overtaken_at__gte=publication.made_at).update(overtaken_at=None)

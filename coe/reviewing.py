"""Review: what must be there before it, who is asked, what they decide, and what follows from that.

One approval by somebody who wrote none of it is enough. What is approved cannot be changed: to change it, it is
reopened and asked for again. Letters go out from rows (`coe/mailing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import judging, revising
from coe.models import COE, Review, ReviewNotice, Revision
from coe.permissions import authors, is_author, may_edit, may_review, require, require_edit
from oncall.exceptions import Conflict
from oncall.models import User

Verdict, Notice = Review.Verdict, ReviewNotice.Kind
MOST_REVIEWERS = 20


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a review needs; `anchor` is the id of the place on the editor's screen."""

    anchor: str
    sentence: str


class NotReady(Conflict):
    """The COE lacks what a review needs; `missing` lists all of it."""

    def __init__(self, coe: COE, missing: list[Missing]) -> None:
        super().__init__(f"{coe.number} is not ready for review. " + " ".join(item.sentence for item in missing))
        self.missing = missing


def missing_in(coe: COE) -> list[Missing]:
    """Everything a review needs that is not there yet: what the linter calls a must, unless it is waived."""
    return [Missing(finding.place, finding.message) for finding in judging.blocking(coe)]


def submit(coe: COE, by: User, reviewers: Iterable[User], now: datetime, source: str = "screen") -> Revision:
    """Ask these people for review; returns the revision they are asked to read.

    Raises NotReady with everything missing, ValidationError for reviewers that cannot be, NotAllowed, and Conflict when
    the COE is not in a state to be submitted.
    """
    require_edit(by, coe)
    with transaction.atomic():
        coe.refresh_from_db(from_queryset=COE.objects.select_for_update())
        may_be_submitted = COE.State.IN_REVIEW in COE.MOVES[COE.State(coe.state)]
        if may_be_submitted and (missing := missing_in(coe)):
            raise NotReady(coe, missing)
        chosen = _judged(coe, reviewers) if may_be_submitted else []
        coe.submit(by, now, source)
        revision = revising.record(coe, Revision.Reason.SUBMITTED, by, now)
        # Who was asked before and has not answered is asked anew, about what it says now; others are let off.
        coe.reviews.filter(verdict="").delete()
        reviews = Review.objects.bulk_create(
            Review(coe=coe, reviewer=user, revision=revision, asked_by=by, asked_at=now) for user in chosen
        )
        ReviewNotice.objects.bulk_create(
            ReviewNotice(review=review, user=review.reviewer, kind=Notice.ASKED, made_at=now) for review in reviews
        )
    return revision


def _judged(coe: COE, reviewers: Iterable[User]) -> list[User]:
    chosen = list({user.pk: user for user in reviewers}.values())
    if not chosen:
        raise ValidationError({"reviewers": "Choose at least one reviewer."})
    if len(chosen) > MOST_REVIEWERS:
        raise ValidationError({"reviewers": f"Choose at most {MOST_REVIEWERS} reviewers."})
    writers = authors(coe)
    for user in chosen:
        if user.pk in writers:
            raise ValidationError({"reviewers": f"{user.name} wrote part of it and cannot review it."})
        if not user.is_active:
            raise ValidationError({"reviewers": f"{user.name} has left."})
    return chosen


def decide(
    coe: COE, verdict: str, comment: str, *, by: User, now: datetime, seen: int | None = None, source: str = "screen"
) -> Review:
    """Approve or ask for changes. `seen` is the counter of edits that the reviewer read, if it is known.

    Raises NotAllowed for authors and whoever is not asked, ValidationError when changes are asked for without a word,
    Conflict when the text changed after it was read or the COE is not in review.
    """
    require(not is_author(by, coe), "Nobody reviews what they wrote themselves.")
    require(may_review(by, coe), "Only reviewers who were asked, managers of the team and administrators review it.")
    if verdict not in Verdict.values:
        raise ValidationError({"verdict": "Approve, or request changes."})
    if verdict == Verdict.CHANGES_REQUESTED and not comment.strip():
        raise ValidationError({"comment": "Say what should change."})
    with transaction.atomic():
        # Two reviewers decide one after the other.
        coe.lock_in_state(COE.State.IN_REVIEW, "reviewed")
        if seen not in (None, coe.edits):
            raise Conflict(f"{coe.number} was changed after you opened it. Read what changed, then decide again.")
        if verdict == Verdict.APPROVED:
            coe.approve(by, now, source)
        else:
            coe.request_changes(by, now, source)
        review = _close(coe, verdict, comment, by, now)
        if verdict == Verdict.APPROVED:
            revising.record(coe, Revision.Reason.APPROVED, by, now)
        if coe.owner_id != by.pk:
            ReviewNotice.objects.create(review=review, user=coe.owner, kind=Notice.DECIDED, made_at=now)
    return review


def _close(coe: COE, verdict: str, comment: str, by: User, now: datetime) -> Review:
    """The reviewer's open round with its verdict; a manager or administrator may never have been asked."""
    review = coe.reviews.filter(reviewer=by, verdict="").first()
    review = review or Review(coe=coe, reviewer=by, asked_at=now, revision=_newest(coe))
    review.verdict, review.comment, review.decided_at = verdict, comment.strip(), now
    # What was judged is what it says now, not what it said when it was asked for.
    review.revision = _newest(coe)
    review.save()
    return review


def _newest(coe: COE) -> Revision:
    return coe.revisions.defer("content", "html").latest("number")


def withdraw(coe: COE, by: User, now: datetime, source: str = "screen") -> None:
    """Take the COE back from review to write on; whoever has not answered is let off."""
    require_edit(by, coe)
    with transaction.atomic():
        coe.withdraw(by, now, source)
        coe.reviews.filter(verdict="").delete()


def reopen(coe: COE, by: User, now: datetime, source: str = "screen") -> None:
    """Take an approved COE back to change it; it must be approved again."""
    require(may_edit(by, coe), "Only its owner, members of its team and administrators reopen a COE.")
    with transaction.atomic():
        coe.lock_in_state(COE.State.APPROVED, "reopened")
        coe.request_changes(by, now, source)

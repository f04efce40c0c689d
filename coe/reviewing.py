"""Review: what must be there before it, who is asked, what they decide, and what follows from that.

Which approvals are needed, and which stand, is said by `coe/covering.py`; who is asked, by `coe/settling.py`. What is
approved cannot be changed: to change it, it is reopened and asked for again. Letters go out from rows
(`coe/mailing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import covering, crediting, lacking, revising, settling
from coe.cowriting import drawing
from coe.models import COE, Review, ReviewNotice, Revision
from coe.permissions import authors, is_author, may_edit, may_review, require, require_edit
from coe.template import ROLE_LABELS, Role
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, User

Verdict, Notice = Review.Verdict, ReviewNotice.Kind
MOST_REVIEWERS = 20


def submit(coe: COE, by: User, reviewers: Iterable[User], now: datetime, source: str = "screen") -> Revision:
    """Ask for review; returns the revision that is to be read.

    Asked are these people, whoever asked for changes before, whoever's approval is overtaken, and for each required
    role that none of them fills somebody by `coe/assigning.py`. What earlier approvals cover already is approved at
    once. Raises lacking.NotReady with everything missing, ValidationError for reviewers that cannot be, NotAllowed, and
    Conflict when the COE is not in a state to be submitted.
    """
    require_edit(by, coe)
    with transaction.atomic():
        coe.refresh_from_db(from_queryset=COE.objects.select_for_update())
        drawing.draw(coe)
        may_be_submitted = COE.State.IN_REVIEW in COE.MOVES[COE.State(coe.state)]
        if may_be_submitted and (missing := lacking.for_review(coe)):
            raise lacking.NotReady(coe, "review", missing)
        chosen = _judged(coe, reviewers) if may_be_submitted else []
        coe.submit(by, now, source)
        revision = revising.record(coe, Revision.Reason.SUBMITTED, by, now)
        # Who was asked before and has not answered is asked anew, about what it says now; others are let off.
        coe.reviews.open().delete()
        for user, role in _roles(coe, chosen):
            settling.ask(coe, user, role, now, by=by)
        for objection in covering.coverage(coe).objections:
            settling.ask(coe, objection.reviewer, objection.role, now, by=by, is_stand_in=objection.is_stand_in)
        crediting.settle(coe.incidents.values_list("pk", flat=True), now)
        settling.settle(coe, now)
    return revision


def _judged(coe: COE, reviewers: Iterable[User]) -> list[User]:
    chosen = list({user.pk: user for user in reviewers}.values())
    if not chosen and _needs_a_peer(coe):
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


def _needs_a_peer(coe: COE) -> bool:
    """Whether a peer is missing and nobody will be asked anew: peers are chosen by people, not by us."""
    cover = covering.coverage(coe)
    return any(place.role == Role.PEER for place in cover.missing) and not coe.reviews.judged().exists()


def _roles(coe: COE, chosen: list[User]) -> list[tuple[User, Role]]:
    """As whom each is asked: manager or director while that is missing and the person is one, else as a peer."""
    missing = [place.role for place in covering.coverage(coe).missing]
    found = []
    for user in chosen:
        wanted = [role for role in (Role.MANAGER, Role.DIRECTOR) if role in missing]
        role = next((role for role in wanted if covering.is_able(user, coe, role)), Role.PEER)
        if role in missing:
            missing.remove(role)
        found.append((user, role))
    return found


def decide(
    coe: COE, verdict: str, comment: str, *, by: User, now: datetime, seen: int | None = None, source: str = "screen"
) -> Review:
    """Approve or ask for changes. `seen` is the counter of edits that the reviewer read, if it is known.

    The COE is approved once every required role is filled and nobody asks for changes. Raises NotAllowed for authors
    and whoever is not asked, ValidationError when changes are asked for without a word, Conflict when the text changed
    after it was read or the COE is not in review.
    """
    _require_review(by, coe)
    if verdict not in Review.JUDGED:
        raise ValidationError({"verdict": "Approve, or request changes."})
    if verdict == Verdict.CHANGES_REQUESTED and not comment.strip():
        raise ValidationError({"comment": "Say what should change."})
    with transaction.atomic():
        # Two reviewers decide one after the other.
        coe.lock_in_state(COE.State.IN_REVIEW, "reviewed")
        drawing.draw(coe)
        # Judged again under the lock: meanwhile the round may be handed on, or a save made the reviewer an author.
        _require_review(by, coe)
        if seen is not None and seen != coe.edits:
            raise Conflict(f"{coe.number} was changed after you opened it. Read what changed, then decide again.")
        review = _close(coe, verdict, comment, by, now, source)
        if verdict == Verdict.CHANGES_REQUESTED:
            coe.request_changes(by, now, source)
        else:
            settling.settle(coe, now, by, source)
        if coe.owner_id != by.pk:
            ReviewNotice.objects.create(review=review, user=coe.owner, kind=Notice.DECIDED, made_at=now)
    return review


def _require_review(user: User, coe: COE) -> None:
    require(not is_author(user, coe), "Nobody reviews what they wrote themselves.")
    require(may_review(user, coe), "Only reviewers who were asked, managers of the team and administrators review it.")


def _close(coe: COE, verdict: str, comment: str, by: User, now: datetime, source: str) -> Review:
    """The reviewer's open round with its verdict; a manager or administrator may never have been asked."""
    review = coe.reviews.open().filter(reviewer=by).first()
    if review is None:
        role, is_stand_in = covering.role_of(coe, by)
        review = Review(coe=coe, reviewer=by, asked_at=now, role=role, is_stand_in=is_stand_in)
    review.verdict, review.comment, review.decided_at = verdict, comment.strip(), now
    # What was judged is what it says now, not what it said when it was asked for.
    is_approved = verdict == Verdict.APPROVED
    review.revision = revising.record(coe, Revision.Reason.APPROVED, by, now) if is_approved else settling.newest(coe)
    review.save()
    label = ROLE_LABELS[Role(review.role)]
    detail = f"Instead of “{label}”, which nobody can fill" if review.is_stand_in else label
    AuditEntry.objects.write(coe, f"review_{verdict}", actor=by, at=now, source=source, detail=detail)
    return review


def withdraw(coe: COE, by: User, now: datetime, source: str = "screen") -> None:
    """Take the COE back from review to write on; whoever has not answered is let off."""
    require_edit(by, coe)
    with transaction.atomic():
        coe.withdraw(by, now, source)
        coe.reviews.open().delete()


def reopen(coe: COE, by: User, now: datetime, source: str = "screen") -> None:
    """Take an approved COE back to change it; approvals hold until what they approved changes materially."""
    require(may_edit(by, coe), "Only its owner, members of its team and administrators reopen a COE.")
    with transaction.atomic():
        coe.lock_in_state(COE.State.APPROVED, "reopened")
        coe.request_changes(by, now, source)

"""Handing a review on: to somebody else with a reason, and asking one more person while the review runs.

The round that is handed on ends and another begins for the new reviewer, in the same role and with the same due time,
so that nobody wins time by passing it along. The chain of rounds stays to be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import assigning, covering, settling
from coe.models import COE, Notice, Review
from coe.permissions import may_edit, require, require_edit
from coe.telling import tell
from coe.template import ROLE_LABELS, Role
from oncall.exceptions import Conflict
from oncall.models import User


def may_delegate(user: User, review: Review) -> bool:
    """Whoever was asked, whoever may edit the COE, administrators."""
    return user.pk == review.reviewer_id or may_edit(user, review.coe)


def delegate(
    review: Review, to: User | None, because: str, *, by: User, now: datetime, source: str = "screen"
) -> Review:
    """Hand an open round on; without a person a bar raiser's or manager's goes to the next by `coe/assigning.py`.

    Raises NotAllowed, ValidationError for somebody who cannot take it or without a reason, Conflict when it is
    answered.
    """
    require(
        may_delegate(by, review), "Only whoever was asked, the COE's own people and administrators hand a review on."
    )
    if not because.strip():
        raise ValidationError({"because": "Say why it is handed on."})
    with transaction.atomic():
        coe = review.coe
        coe.lock_in_state(COE.State.IN_REVIEW, "handed on")
        review = coe.reviews.select_related("reviewer").get(pk=review.pk)
        if review.verdict:
            raise Conflict(f"{review.reviewer.name} answered already. Nothing was handed on.")
        user, is_stand_in = _taker(coe, review, to, now)
        review.coe = coe
        settling.end(review, Review.Verdict.HANDED_ON, because.strip(), now, by=by, source=source)
        taken = settling.ask(coe, user, review.role, now, by=by, is_stand_in=is_stand_in, handed_on_by=by)
        if review.due_at:
            taken.due_at = max(review.due_at, now)
            taken.save(update_fields=["due_at"])
        _tell(coe, review, user, by, now)
        settling.settle(coe, now)
    return taken


def _taker(coe: COE, review: Review, to: User | None, now: datetime) -> tuple[User, bool]:
    """Who takes it, and whether as a stand-in."""
    role, asked = Role(review.role), set(coe.reviews.values_list("reviewer_id", flat=True))
    if to is None:
        found = assigning.choose(coe, role, now, besides=asked)
        if found is None:
            raise ValidationError({"to": "Nobody else is free to take it. Name somebody, or ask an administrator."})
        return found
    if coe.reviews.open().filter(reviewer=to).exists():
        raise ValidationError({"to": f"{to.name} reviews it already."})
    if (role == Role.BAR_RAISER and to.pk == coe.owner_id) or not covering.is_able(to, coe, Role.PEER):
        raise ValidationError({"to": f"{to.name} wrote part of it, or has left, and cannot review it."})
    if covering.is_able(to, coe, role):
        return to, False
    stands_in = to.is_administrator and not covering.able_people(coe, role).exclude(pk__in=asked).exists()
    if not stands_in:
        raise ValidationError({"to": f"{to.name} cannot review it as “{ROLE_LABELS[role]}”."})
    return to, True


def _tell(coe: COE, review: Review, to: User, by: User, now: datetime) -> None:
    """The owner and whoever was relieved; the new reviewer gets the request itself."""
    sentence = f"{review.reviewer.name}'s review went to {to.name}: {review.comment}"
    told = [user for user in (coe.owner, review.reviewer) if user.pk != by.pk]
    path, key = f"{coe.get_absolute_url()}review/", f"handed-on-{review.pk}"
    tell(told, Notice.Kind.DELEGATED, key=key, now=now, coe=coe, detail=sentence, path=path)


def add_reviewer(coe: COE, user: User, *, by: User, now: datetime) -> Review:
    """Ask one more person while it is in review; raises ValidationError for an author or somebody who left."""
    require_edit(by, coe)
    if not covering.is_able(user, coe, Role.PEER):
        raise ValidationError({"to": f"{user.name} wrote part of it, or has left, and cannot review it."})
    with transaction.atomic():
        coe.lock_in_state(COE.State.IN_REVIEW, "reviewed")
        role, is_stand_in = covering.role_of(coe, user)
        return settling.ask(coe, user, role, now, by=by, is_stand_in=is_stand_in)


def chain_of(review: Review, handed_on: Iterable[Review]) -> list[Review]:
    """Those of the rounds handed on that led to this one, the first one first: one ends as the next is asked for."""
    found: list[Review] = []
    at = review
    while at.delegated_by_id:
        links = (one for one in handed_on if one.decided_at == at.asked_at and one.role == at.role)
        before = next((one for one in links if one not in found), None)
        if before is None:
            break
        found.insert(0, before)
        at = before
    return found

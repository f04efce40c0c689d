"""Brings the rounds of a COE in review to where its text and its people are.

Rounds of people who left, or who wrote part of it, are let off; approvals whose text changed materially are overtaken
and asked for anew; roles that nobody was asked for are assigned; and when every role is filled and nobody asks for
changes, the COE is approved. Whoever moved a review calls it, and the clock does every minute (`coe/chasing.py`): doing
it twice does nothing more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from coe import assigning, covering, documents, materiality, revising
from coe.cowriting import drawing
from coe.models import COE, Notice, Review, ReviewNotice, Revision
from coe.permissions import authors
from coe.telling import tell
from coe.template import ROLE_LABELS, Role
from oncall.models import AuditEntry, User

Verdict = Review.Verdict


def settle(coe: COE, now: datetime, by: User | None = None, source: str = "system") -> None:
    """Do all of it. Must run in a transaction that holds the row of the COE; does nothing unless it is in review."""
    if coe.state != COE.State.IN_REVIEW:
        return
    # What was typed this second may make an author of a reviewer, and is not what was approved.
    drawing.draw(coe)
    _let_off(coe, now)
    overtake(coe, now)
    _assign(coe, now)
    cover = covering.coverage(coe)
    if cover.is_complete:
        coe.approve(by, now, source)
        if by is None:
            _say_approved(coe, cover, now)
        revising.record(coe, Revision.Reason.APPROVED, by, now)


def ask(
    coe: COE,
    user: User,
    role: str,
    now: datetime,
    *,
    by: User | None = None,
    is_stand_in: bool = False,
    handed_on_by: User | None = None,
) -> Review:
    """Open a round for this person about what the COE says now, and owe the letter that asks; one round at a time."""
    days = coe.form.demands_of(coe.header.severity).review_days
    found = coe.reviews.open().filter(reviewer=user).first()
    if found:
        return found
    review = Review.objects.create(
        coe=coe,
        reviewer=user,
        revision=newest(coe),
        asked_by=by,
        asked_at=now,
        role=role,
        is_stand_in=is_stand_in,
        due_at=now + timedelta(days=days),
        delegated_by=handed_on_by,
    )
    ReviewNotice.objects.create(review=review, user=user, kind=ReviewNotice.Kind.ASKED, made_at=now)
    return review


def newest(coe: COE) -> Revision:
    """The revision that says what the COE says now."""
    return coe.revisions.defer("content", "html").latest("number")


def end(review: Review, verdict: Verdict, because: str, now: datetime, *, by: User | None, source: str) -> None:
    """End a round without a judgement, with one audit row."""
    review.verdict, review.comment, review.decided_at = verdict, because, now
    review.save(update_fields=["verdict", "comment", "decided_at"])
    detail = f"{review.reviewer.name}, {ROLE_LABELS[Role(review.role)]}: {because}"
    AuditEntry.objects.write(review.coe, f"review_{verdict}", actor=by, at=now, source=source, detail=detail)


def _let_off(coe: COE, now: datetime) -> None:
    """Rounds that cannot be answered: whoever was asked has left, or wrote part of the text meanwhile."""
    wrote = authors(coe)
    for review in coe.reviews.open().select_related("reviewer"):
        if review.reviewer.is_active and review.reviewer_id not in wrote:
            continue
        because = "has left" if not review.reviewer.is_active else "wrote part of it"
        review.coe = coe
        end(review, Verdict.RELEASED, f"{review.reviewer.name} {because}.", now, by=None, source="system")
        sentence = f"{review.reviewer.name} {because} and reviews it no longer."
        path = f"{coe.get_absolute_url()}review/"
        tell(
            [coe.owner],
            Notice.Kind.DELEGATED,
            key=f"released-{review.pk}",
            now=now,
            coe=coe,
            detail=sentence,
            path=path,
        )


def overtake(coe: COE, now: datetime) -> list[Review]:
    """Approvals that hold no longer, each marked, told and asked for anew; returns them."""
    wrote = authors(coe)
    rounds = list(coe.reviews.judged().select_related("reviewer", "revision").order_by("pk"))
    standing = covering.approvals_standing(rounds, wrote)
    content = documents.content_of(coe) if standing else {}
    found = []
    for review in standing:
        if changes := materiality.changes(review.revision.content, content):
            _overtake(coe, review, changes, now)
            found.append(review)
    return found


def _overtake(coe: COE, review: Review, changes: list[materiality.Change], now: datetime) -> None:
    Review.objects.filter(pk=review.pk).update(overtaken_at=now)
    detail = "It changed after you approved it: " + " ".join(change.sentence for change in changes[:5])
    if review.reviewer.is_active:
        path = f"{coe.get_absolute_url()}review/#changes"
        key = f"overtaken-{review.pk}"
        tell([review.reviewer], Notice.Kind.OVERTAKEN, key=key, now=now, coe=coe, detail=detail, path=path)
        # The letter that says why is the request; a second one would say nothing more.
        anew = ask(coe, review.reviewer, review.role, now, by=coe.moved_by, is_stand_in=review.is_stand_in)
        anew.notices.all().delete()


def _assign(coe: COE, now: datetime) -> None:
    """Somebody for each missing role that nobody was asked for; one that nobody can fill is told to the owner once."""
    cover = covering.coverage(coe)
    busy = set(coe.reviews.exclude(verdict="").values_list("reviewer_id", flat=True))
    busy |= set(coe.reviews.open().values_list("reviewer_id", flat=True))
    waiting = [review.pk for place in cover.missing for review in place.waits_for]
    spare = coe.reviews.open().exclude(pk__in=waiting).count()
    for place in cover.missing:
        if place.waits_for:
            continue
        if place.role == Role.PEER and spare:
            # Any judgement fills a peer's place.
            spare -= 1
            continue
        if found := assigning.choose(coe, place.role, now, besides=busy):
            user, is_stand_in = found
            ask(coe, user, place.role, now, by=coe.moved_by, is_stand_in=is_stand_in)
            busy.add(user.pk)
        else:
            _say_nobody(coe, place.role, now)


def _say_approved(coe: COE, cover: covering.Coverage, now: datetime) -> None:
    """Nobody decided just now: earlier approvals cover it, or whoever objected has left. The owner hears it anew."""
    last = cover.places[-1].review
    if last is None:
        return
    notices = ReviewNotice.objects.filter(review=last, user=coe.owner, kind=ReviewNotice.Kind.DECIDED)
    notices.delete()
    ReviewNotice.objects.create(review=last, user=coe.owner, kind=ReviewNotice.Kind.DECIDED, made_at=now)


def _say_nobody(coe: COE, role: Role, now: datetime) -> None:
    sentence = f"Nobody can be asked as “{ROLE_LABELS[role]}” just now. Ask somebody yourself, or an administrator."
    path, key = f"{coe.get_absolute_url()}review/", f"nobody-{coe.pk}-{role}-{coe.moved_at:%Y%m%d%H%M%S}"
    tell([coe.owner], Notice.Kind.DELEGATED, key=key, now=now, coe=coe, detail=sentence, path=path)

"""The revisions and reviews of the demonstration's COEs: what was said at each move, and who judged it."""

from __future__ import annotations

from datetime import datetime, timedelta

from coe import rendering
from coe.models import COE, Review, Revision
from demo.writings import Opinion, Writing

DRAFTED, SUBMITTED, PUBLISHED = Revision.Reason.DRAFTED, Revision.Reason.SUBMITTED, Revision.Reason.PUBLISHED


def make(writings: list[Writing]) -> None:
    """One revision for each move, and the reviews that led to it."""
    rows: list[Revision] = []
    for writing in writings:
        content, html = _content(writing), _html(writing)
        for number, (reason, at) in enumerate(_reasons(writing), start=1):
            rows.append(
                Revision(
                    coe=writing.row,
                    number=number,
                    reason=reason,
                    made_by=writing.owner,
                    made_at=at,
                    content=content,
                    html=html,
                )
            )
    Revision.objects.bulk_create(rows, batch_size=200)
    submitted = {row.coe_id: row for row in rows if row.reason == SUBMITTED}
    Review.objects.bulk_create(
        _review(writing, opinion, submitted[writing.row.pk]) for writing in writings for opinion in writing.opinions
    )


def _reasons(writing: Writing) -> list[tuple[str, datetime]]:
    if writing.is_imported:
        assert writing.published_at
        return [(PUBLISHED, writing.published_at)]
    reasons: list[tuple[str, datetime]] = [(DRAFTED, writing.created_at)]
    if writing.state != COE.State.DRAFT:
        reasons.append((SUBMITTED, writing.submitted_at))
    if writing.published_at:
        reasons.append((PUBLISHED, writing.published_at))
    return reasons


def _content(writing: Writing) -> dict[str, object]:
    return {"title": writing.title, "sections": writing.sections}


def _html(writing: Writing) -> dict[str, str]:
    return {key: rendering.to_html(text, prefix=key) for key, text in writing.sections.items()}


def _review(writing: Writing, opinion: Opinion, revision: Revision) -> Review:
    return Review(
        coe=writing.row,
        reviewer=opinion.reviewer,
        revision=revision,
        asked_by=writing.owner,
        asked_at=writing.submitted_at,
        verdict=opinion.verdict,
        comment=opinion.comment,
        decided_at=writing.submitted_at + timedelta(hours=21) if opinion.verdict else None,
    )

"""The revisions and reviews of the demonstration's COEs: what was said at each move, and who judged it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from coe import documents
from coe.models import COE, Review, Revision
from coe.template import BUILT_IN
from demo.writings import Opinion, Writing

DRAFTED, SUBMITTED, PUBLISHED = Revision.Reason.DRAFTED, Revision.Reason.SUBMITTED, Revision.Reason.PUBLISHED


def make(writings: list[Writing]) -> None:
    """One revision for each move, and the reviews that led to it."""
    contents = _contents()
    rows: list[Revision] = []
    for writing in writings:
        content = contents[writing.row.pk]
        for number, (reason, at) in enumerate(_reasons(writing), start=1):
            said = _as_drafted(content) if reason == DRAFTED and writing.state != COE.State.DRAFT else content
            rows.append(
                Revision(
                    coe=writing.row,
                    number=number,
                    reason=reason,
                    made_by=writing.owner,
                    made_at=at,
                    content=said,
                    # As the product does: only what is published is read often enough to be kept as HTML.
                    html=documents.html_of(said) if reason == PUBLISHED else {},
                )
            )
    Revision.objects.bulk_create(rows, batch_size=200)
    submitted = {row.coe_id: row for row in rows if row.reason == SUBMITTED}
    Review.objects.bulk_create(
        _review(writing, opinion, submitted[writing.row.pk]) for writing in writings for opinion in writing.opinions
    )


def _contents() -> dict[int, dict[str, Any]]:
    """Every COE as the document it is."""
    coes = COE.objects.select_related("team", "owner").prefetch_related("timeline", "causes")
    return {coe.pk: documents.content_of(coe) for coe in coes}


def _as_drafted(content: dict[str, Any]) -> dict[str, Any]:
    """What stood there when the COE was begun: facts, and nothing yet of why."""
    sections = {key: text if key in {"impact", "metrics"} else "" for key, text in content["sections"].items()}
    return {**content, "sections": sections, "causes": [], "actions": [], "checklist": []}


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


def _review(writing: Writing, opinion: Opinion, revision: Revision) -> Review:
    return Review(
        coe=writing.row,
        reviewer=opinion.reviewer,
        revision=revision,
        asked_by=writing.owner,
        asked_at=writing.submitted_at,
        role=opinion.role,
        due_at=writing.submitted_at + timedelta(days=BUILT_IN.demands_of(writing.severity).review_days),
        verdict=opinion.verdict,
        comment=opinion.comment,
        decided_at=writing.submitted_at + timedelta(hours=21) if opinion.verdict else None,
    )

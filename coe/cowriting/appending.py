"""Taking what people type: judged, written down, and only then acknowledged.

The row of the COE is held meanwhile, so what comes after an approval is refused, and updates are numbered in the order
in which they are committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import permissions
from coe.cowriting import documents, judging
from coe.cowriting.documents import Document
from coe.models import COE
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import User

# More than a section may hold, written once and removed once, with what Yjs needs for it.
LARGEST_UPDATE = 1_000_000


@dataclass
class Appended:
    """What became of a batch: the document after it, and for each update None or why it was refused.

    `news` is all that is new in the document, each with its place in the batch, or -1 when it came from elsewhere.
    """

    document: Document
    news: list[tuple[int, bytes]]
    answers: list[Exception | None] = field(default_factory=list)


class Gap(ValueError):
    """The update builds on others that never arrived: ask the browser for all it has."""


def append(
    coe_pk: int, updates: Iterable[tuple[bytes, User]], now: datetime, known: Document | None = None
) -> Appended:
    """Store these updates, each in the name of its writer. `known` is what this process had in memory.

    One that is refused leaves no trace; its answer is NotAllowed, Conflict (not editable any more), ValidationError
    (too large, no text), Gap, or ValueError (no update at all). Raises COE.DoesNotExist.
    """
    with transaction.atomic():
        coe = COE.objects.select_for_update(of=("self",)).select_related("team", "moved_by", "template").get(pk=coe_pk)
        document = known or documents.opened(coe)
        made = Appended(document, [(-1, data) for _, data in documents.follow(document)] if known else [])
        for place, (update, by) in enumerate(updates):
            try:
                if _append_one(coe, made, update, by, now):
                    made.news.append((place, update))
                made.answers.append(None)
            except (NotAllowed, Conflict, ValidationError, ValueError) as refusal:
                made.answers.append(refusal)
    return made


def _append_one(coe: COE, made: Appended, update: bytes, by: User, now: datetime) -> bool:
    """Whether it brought anything: a browser that comes back sends all it has."""
    permissions.require_edit(by, coe)
    coe.demand_editable()
    if len(update) > LARGEST_UPDATE:
        raise ValidationError("This is more than a section holds. Nothing was saved: split it, or link the rest.")
    before = made.document.doc.get_state()
    try:
        changed = made.document.apply(update)
        if made.document.unknown():
            # A newer template may have brought this section after the document was read.
            made.document = documents.opened(coe)
            changed = made.document.apply(update)
        if made.document.lacks_what_precedes(update):
            raise Gap("Something that was typed before this never arrived.")
        judging.judge(made.document, changed)
    except (ValidationError, ValueError):
        # What was taken in cannot be taken out again: read anew what is stored.
        made.document = documents.opened(coe)
        raise
    brings_news = bool(changed) or made.document.doc.get_state() != before
    if brings_news:
        documents.store(made.document, update, changed, by, now)
    return brings_news

"""Restoring what an older revision says: written sections, waivers, and rows that were removed or changed since.

What the draft says before is a revision too, so a restoring is undone by restoring that one. It decides what can be
restored and when that is refused; how a row comes back is `coe/editing/putting_back.py`. The header, ticks, and what
was added since stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from coe import comparing, documents, revising
from coe.comparing import Fate, Kind, PartChange, RowChange
from coe.cowriting import drawing, judging, replacing, settling
from coe.editing import putting_back
from coe.editing.writing import writing
from coe.models import COE, Revision, Section
from coe.permissions import require_edit
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, User

ALL = "sections"
# What a row that stands elsewhere among its kind says alone; where it stands is not put back for these.
ORDER_ALONE = {"Place"}


@dataclass(frozen=True)
class Offer:
    """One thing that can be restored: `what` names it, `part` and `row` are the difference that restoring makes.

    `seen` is a fingerprint of what stands there now. Without `row` it is the text of a whole section.
    """

    what: str
    title: str
    seen: str
    part: PartChange
    row: RowChange | None = None


def offers(coe: COE, revision: Revision) -> list[Offer]:
    """Everything that this revision says otherwise than the draft does now, in the order of the document.

    Promised action items are not among it: they say what was promised.
    """
    found: list[Offer] = []
    promised = {action.pk for action in coe.actions.select_related("coe") if action.is_promised}
    for part in comparing.changed(documents.content_of(coe), revision.content):
        if part.is_text and part.key in coe.form.forms:
            found.append(Offer(f"section-{part.key}", part.title, _text_seen([part]), part))
        elif part.key in putting_back.PARTS:
            found += [offer for offer in _rows(part) if part.key != "actions" or not _is_in(offer, promised)]
    return found


def _rows(part: PartChange) -> Iterator[Offer]:
    for row in part.changed_rows:
        labels = {fact.label for fact in row.facts}
        is_order_alone = part.key != "causes" and labels <= ORDER_ALONE
        if row.fate is not Fate.REMOVED and not is_order_alone:
            yield Offer(f"{part.key}-{row.row.id}", row.title, _row_seen(row), part, row)


def _is_in(offer: Offer, ids: set[int]) -> bool:
    return offer.row is not None and offer.row.old is not None and offer.row.old.id in ids


def all_seen(found: list[Offer]) -> str:
    """The fingerprint for restoring every written section."""
    return _text_seen([offer.part for offer in found if offer.part.is_text])


def restore(
    coe: COE, revision: Revision, what: str, *, seen: str | None = None, by: User, now: datetime, source: str = "screen"
) -> Revision:
    """Restore one offer, or every written section (ALL); returns the revision that this makes.

    `seen` is the fingerprint of the offer that was looked at. Raises NotAllowed, ValidationError where a limit is
    reached, and Conflict when the COE is not editable, says it already, or was changed after `seen`.
    """
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        # What others typed up to now is theirs: it is kept in their name before anything is replaced.
        settling.settle(coe.pk, now)
        found = offers(coe, revision)
        chosen = (
            [one for one in found if one.part.is_text] if what == ALL else [one for one in found if one.what == what]
        )
        if not chosen:
            raise Conflict(
                f"There is nothing to restore: {coe.number} says what revision {revision.number} said there."
            )
        now_seen = all_seen(found) if what == ALL else chosen[0].seen
        if seen is not None and seen != now_seen:
            raise Conflict("This was changed after you opened the screen. Nothing was restored: look at it again.")
        title = "all written sections" if what == ALL else _named(chosen[0])
        note = f"Restored from revision {revision.number}: {title}"[:300]
        before, after = _write(coe, chosen, revision, note, by, now)
        if after.number == before:
            raise Conflict("This cannot be restored: what it says otherwise is gone, or held by another row.")
        spans = {"before": f"revision {before}", "after": f"revision {after.number}"}
        AuditEntry.objects.write(coe, "restored", actor=by, at=now, source=source, detail=note, **spans)
    return after


def _write(
    coe: COE, chosen: list[Offer], revision: Revision, note: str, by: User, now: datetime
) -> tuple[int, Revision]:
    """The number of the revision before, and the one that keeps what was restored."""
    with writing(coe, by, now, change_note=note):
        before = revising.record(coe, Revision.Reason.SAVED, by, now).number
        for offer in chosen:
            _verb(coe, offer, revision, by, now)()
    return before, coe.revisions.latest("number")


def _verb(coe: COE, offer: Offer, revision: Revision, by: User, now: datetime) -> Callable[[], None]:
    if offer.row is None:
        return partial(
            _restore_text, coe, offer.part.key, revision.content["sections"].get(offer.part.key, ""), by, now
        )
    return partial(putting_back.PARTS[offer.part.key], coe, offer.row, revision.content, now)


def _restore_text(coe: COE, key: str, text: str, by: User, now: datetime) -> None:
    """Through the shared text, as every save: whoever types in it at this moment keeps what they type."""
    text = judging.judged(text)
    drawing.draw(coe)
    section, _ = Section.objects.get_or_create(coe=coe, key=key)
    replacing.replace(coe, key, text, by, now)
    section.text, section.edited_by, section.edited_at = text, by, now
    section.edits += 1
    section.save(update_fields=["text", "edited_by", "edited_at", "edits"])


def _named(offer: Offer) -> str:
    return offer.title if offer.row is None else f"{offer.part.title}, “{offer.row.row.name}”"


def _text_seen(parts: list[PartChange]) -> str:
    old = ["".join(piece.text for piece in part.pieces if piece.kind is not Kind.ADDED) for part in parts]
    return _digest([part.key for part in parts] + old)


def _row_seen(row: RowChange) -> str:
    facts = row.old.facts if row.old else {}
    return _digest([text for label, value in facts.items() for text in (label, value.words, value.table or "")])


def _digest(texts: list[str]) -> str:
    return hashlib.sha256("\x00".join(texts).encode("utf-8", "replace")).hexdigest()[:20]

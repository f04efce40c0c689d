"""Restoring what an older revision says: written sections, facts of the header, rows and their order.

What the draft says before is a revision too, so a restoring is undone by restoring that one. It decides when a
restoring is refused; what can be restored is said by `coe/editing/offering.py`, and how it comes back by
`putting_back.py`, `heading.py` and `ordering.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from coe import revising
from coe.cowriting import judging, settling
from coe.editing import heading, offering, ordering, putting_back
from coe.editing.offering import HEADER, SECTIONS, Offer
from coe.editing.sections import put_text
from coe.editing.writing import writing
from coe.models import COE, Revision
from coe.permissions import require_edit
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, User

WHOLES = {SECTIONS: "all written sections", HEADER: "the header"}


def restore(
    coe: COE, revision: Revision, what: str, *, seen: str | None = None, by: User, now: datetime, source: str = "screen"
) -> Revision:
    """Restore one offer, every written section (SECTIONS) or the HEADER; returns the revision that this makes.

    `seen` is the fingerprint of what was looked at. Raises NotAllowed, ValidationError where a limit is reached, and
    Conflict when the COE is not editable, says it already, or was changed after `seen`.
    """
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        # What others typed up to now is theirs: it is kept in their name before anything is replaced.
        settling.settle(coe.pk, now)
        chosen = offering.of(offering.offers(coe, revision), what)
        if not chosen:
            raise Conflict(
                f"There is nothing to restore: {coe.number} says what revision {revision.number} said there."
            )
        if seen is not None and seen != offering.seen_of(chosen):
            raise Conflict("This was changed after you opened the screen. Nothing was restored: look at it again.")
        note = f"Restored from revision {revision.number}: {WHOLES.get(what, chosen[0].name)}"[:300]
        before, after = _write(coe, chosen, revision, note, by, now)
        if after.number == before:
            raise Conflict("This cannot be restored: what it says otherwise is gone, or held by another row.")
        spans = {"before": f"revision {before}", "after": f"revision {after.number}"}
        AuditEntry.objects.write(coe, "restored", actor=by, at=now, source=source, detail=note, **spans)
    return after


def _write(
    coe: COE, chosen: Sequence[Offer], revision: Revision, note: str, by: User, now: datetime
) -> tuple[int, Revision]:
    """The number of the revision before, and the one that keeps what was restored."""
    with writing(coe, by, now, change_note=note):
        before = revising.record(coe, Revision.Reason.SAVED, by, now).number
        if labels := [offer.fact.label for offer in chosen if offer.fact]:
            heading.put_back(coe, labels, revision.content)
        for offer in chosen:
            if offer.row:
                putting_back.PARTS[offer.part.key](coe, offer.row, revision.content, now)
            elif offer.order:
                ordering.write(getattr(coe, offer.part.key), offer.order.ids)
            elif offer.is_text:
                text = judging.judged(revision.content["sections"].get(offer.part.key, ""))
                put_text(coe, offer.part.key, text, by, now)
    return before, coe.revisions.latest("number")

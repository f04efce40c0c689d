"""Writing the sections down from the shared document, and folding old updates into it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Max

from coe.cowriting import documents
from coe.models import COE, Section, SharedText, TextUpdate
from oncall.models import User

# With more updates than this behind it a document is folded when it is written down.
MOST_UPDATES = 500
# Browsers that lag a little are served from rows; who lags more gets the whole document.
AT_REST = timedelta(minutes=10)


def draw(coe: COE) -> User | None:
    """Bring the text of the sections to what was typed, which is an edit of the COE where it changes anything.

    Returns who typed last, None when nothing was new. The caller holds the row of the COE.
    """
    shared = SharedText.objects.filter(pk=coe.pk).first()
    if shared is None:
        return None
    rows = list(TextUpdate.objects.filter(coe=coe, pk__gt=shared.settled).select_related("made_by").defer("data"))
    if not rows:
        return None
    document = documents.opened(coe)
    writers = {key: row for row in rows for key in row.keys}
    written = [
        _draw_section(coe, key, document.text(key).rstrip(), row)
        for key in document.texts
        if (row := writers.get(key[: TextUpdate.LONGEST_KEY]))
    ]
    if any(written):
        coe.edits += 1
        coe.save(update_fields=["edits"])
    shared.settled = document.seen
    shared.save(update_fields=["settled"])
    if TextUpdate.objects.filter(coe=coe)[: MOST_UPDATES + 1].count() > MOST_UPDATES:
        fold(shared, document)
    return rows[-1].made_by


def _draw_section(coe: COE, key: str, text: str, row: TextUpdate) -> bool:
    """Whether it says anything else now."""
    Section.objects.get_or_create(coe=coe, key=key)
    changed = Section.objects.filter(coe=coe, key=key).exclude(text=text)
    facts = {"text": text, "edited_by": row.made_by, "edited_at": row.made_at, "edits": F("edits") + 1}
    return changed.update(**facts) > 0


def fold(shared: SharedText, document: documents.Document) -> None:
    """Keep the document as one piece instead of many; all of it must be settled."""
    shared.data, shared.upto = document.doc.get_update(), document.seen
    shared.save(update_fields=["data", "upto"])
    TextUpdate.objects.filter(coe_id=shared.pk, pk__lte=document.seen).delete()


def at_rest(now: datetime, limit: int = 50) -> list[int]:
    """COEs whose last update is a while ago and can be folded."""
    newest = TextUpdate.objects.values("coe").annotate(last=Max("made_at")).filter(last__lt=now - AT_REST)
    return list(newest.values_list("coe", flat=True)[:limit])


def unsettled(limit: int = 50) -> list[int]:
    """COEs with updates that are not in their sections yet."""
    rows = TextUpdate.objects.filter(pk__gt=F("coe__shared_text__settled"))
    return list(rows.order_by("coe").values_list("coe", flat=True).distinct()[:limit])

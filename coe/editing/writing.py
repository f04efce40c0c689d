"""The frame of every change: who may, whether the state allows it, the counter of edits, the revision."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction

from coe import crediting, revising
from coe.cowriting.documents import announce
from coe.models import COE, Revision
from coe.permissions import require_edit
from oncall.exceptions import Conflict
from oncall.models import User
from oncall.payloads import cut

# The parts of the document that have a part of the screen by that name; what is in none is in the header.
PARTS = frozenset({"timeline", "causes", "actions", "checklist"})
SILENT = frozenset({"sections", "shape", "unticked"})
LONGEST_SPOKEN = 300
Part = TypeVar("Part", bound=models.Model)


@contextmanager
def writing(
    coe: COE, by: User, now: datetime, reason: str = Revision.Reason.SAVED, *, change_note: str = ""
) -> Iterator[None]:
    """Hold the COE while its text changes; afterwards keep a revision and count the edit, if it changed anything.

    `reason` is SAVED for a save somebody asked for, AUTOSAVED for one the editor made by itself. Raises NotAllowed, and
    Conflict when the COE is not editable any more.
    """
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        before = coe.revisions.first()
        yield
        after = revising.record(coe, reason, by, now, change_note=change_note)
        if before is None or after.pk != before.pk:
            coe.edits += 1
            coe.save(update_fields=["edits"])
            _settle(before.content if before else {}, after.content, now)
            tell_editors(coe, before.content if before else {}, after.content, by)


def _settle(before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> None:
    """What incidents owe that became part of it, or are none any more."""
    old, new = ({one["id"] for one in content.get("incidents", ())} for content in (before, after))
    if old != new:
        crediting.settle(old ^ new, now)


def tell_editors(coe: COE, before: Mapping[str, Any], after: Mapping[str, Any], by: User) -> None:
    """Open editors load what is not the shared text once this is committed; that one tells by itself."""
    changed = {key for key in after if before.get(key) != after[key]}
    parts = (changed & PARTS) | ({"header"} if changed - PARTS - SILENT else set())
    if parts:
        announce(f"{coe.pk}:changed:{by.pk}:{','.join(sorted(parts))}:{by.name}")


class RowConflict(Conflict):
    """Somebody else saved the row after it was read. Carries what the next save is based on; nothing was overwritten.

    That is the row's counter of edits, or the text itself where a single text has no counter.
    """

    def __init__(self, name: str, theirs: Mapping[str, Any], edits: int | str) -> None:
        said = "; ".join(f"{fact.replace('_', ' ')} “{_spoken(value)}”" for fact, value in theirs.items())
        super().__init__(
            f"Somebody else saved this {name} after you opened it, and saved is: {said}. What you typed is still here: "
            "save again to put it in its place."
        )
        self.edits = edits


def count_on(
    row: models.Model,
    name: str,
    base: int | None,
    facts: Mapping[str, Any],
    counter: str = "edits",
    saved: Mapping[str, Any] | None = None,
) -> None:
    """Count a save on the row that is about to be changed; `base` is the count that the writer read, None for unknown.

    `saved` are the facts as they stand, where the row does not hold them itself.

    Raises RowConflict when it was changed since and says something else. The caller saves the counter.
    """
    edits = getattr(row, counter)
    saved = {fact: getattr(row, fact) for fact in facts} if saved is None else saved
    theirs = {fact: saved[fact] for fact, value in facts.items() if saved[fact] != value}
    if base is not None and base != edits and theirs:
        raise RowConflict(name, theirs, edits)
    setattr(row, counter, edits + 1)


def judge_text(name: str, fact: str, saved: str, yours: str, base: str | None) -> None:
    """Raises RowConflict when a text is neither `base`, as its writer read it (None for unknown), nor `yours`."""
    if base is not None and saved not in (base, yours):
        raise RowConflict(name, {fact: saved}, saved)


def _spoken(value: object) -> str:
    """In words; of a long text, as the CSV of a graph, how it begins."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return cut(str(value or "nothing"), LONGEST_SPOKEN)


def part_of(parts: models.QuerySet[Part], pk: int, name: str) -> Part:
    """One part of a COE; raises Conflict when somebody removed it meanwhile."""
    found = parts.filter(pk=pk).first()
    if found is None:
        raise Conflict(f"This {name} was removed meanwhile. What you typed was not saved; copy it into a new one.")
    return found

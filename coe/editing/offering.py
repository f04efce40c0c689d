"""What an older revision says otherwise than the draft does now, as offers to restore it, each with its difference.

What cannot be restored is no offer: rows that were added since stay, what is promised keeps its words and its place.
A tick is none either: it says that a person looked at the text as it is now, and no older revision can say that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from coe import comparing, documents
from coe.comparing import PLACE, FactChange, Fate, Kind, PartChange, Piece, RowChange
from coe.editing import heading, ordering, putting_back
from coe.models import COE, Revision

# Every written section; every fact of the header.
SECTIONS, HEADER = "sections", "header"
# Parts in which people put the rows in order one by one. A cause goes back to its place with what it says.
ORDERED = {"actions": "Order of the action items", "graphs": "Order of the graphs"}


@dataclass(frozen=True)
class Order:
    """The rows of a part as they stand and as they would stand: their names, and their ids as they would."""

    now: tuple[str, ...]
    then: tuple[str, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Offer:
    """One thing that can be restored: `what` names it, the rest is the difference that restoring makes.

    It is a `fact` of the header, the `order` of a part's rows, a `row`, or else the text of the whole `part`. `seen` is
    a fingerprint of what stands there now.
    """

    what: str
    title: str
    seen: str
    part: PartChange
    row: RowChange | None = None
    fact: FactChange | None = None
    order: Order | None = None

    @property
    def is_text(self) -> bool:
        return self.row is None and self.fact is None and self.order is None

    @property
    def facts(self) -> list[FactChange]:
        """What differs, of all but a text."""
        if self.order:
            old, new = "; ".join(self.order.now), "; ".join(self.order.then)
            pieces = (Piece(Kind.REMOVED, old), Piece(Kind.ADDED, new))
            return [FactChange("Order", old, new, pieces)]
        return list(self.row.facts) if self.row else [self.fact] if self.fact else []

    @property
    def name(self) -> str:
        """What is told of it when it is restored."""
        return f"{self.part.title}, “{self.row.row.name}”" if self.row else self.title


def offers(coe: COE, revision: Revision) -> list[Offer]:
    """Everything that can be restored from this revision, in the order of the document."""
    found: list[Offer] = []
    for part in comparing.changed(documents.content_of(coe), revision.content):
        if part.is_text and part.key in coe.form.forms:
            found.append(Offer(f"section-{part.key}", part.title, _text_seen(part), part))
        elif part.key == HEADER:
            found += _facts(part, revision)
        elif part.key in putting_back.PARTS:
            found += [*_rows(coe, part), *_orders(coe, part)]
    return found


def of(found: Iterable[Offer], what: str) -> list[Offer]:
    """The offers that this names: one, or all of SECTIONS or HEADER."""
    if what == SECTIONS:
        return [offer for offer in found if offer.is_text]
    if what == HEADER:
        return [offer for offer in found if offer.fact]
    return [offer for offer in found if offer.what == what]


def seen_of(chosen: Sequence[Offer]) -> str:
    """The fingerprint of what stands there now, of one offer or of several."""
    return chosen[0].seen if len(chosen) == 1 else _digest([text for one in chosen for text in (one.what, one.seen)])


def ticks_gone(coe: COE, revision: Revision) -> list[str]:
    """The items of the checklist that were ticked then and are not now."""
    now, then = set(coe.checked_items.values_list("key", flat=True)), set(revision.content.get("checklist", ()))
    return [item.text for item in coe.form.checklist_of(coe.header.severity) if item.key in then - now]


def _facts(part: PartChange, revision: Revision) -> Iterator[Offer]:
    for row in part.changed_rows:
        for fact in row.facts:
            if heading.is_said(fact.label, revision.content):
                what = f"header-{heading.FACTS[fact.label]}"
                yield Offer(what, fact.label, _digest([fact.label, fact.old]), part, fact=fact)


def _rows(coe: COE, part: PartChange) -> Iterator[Offer]:
    actions = coe.actions.select_related("coe") if part.key == "actions" else ()
    promised = {action.pk for action in actions if action.is_promised}
    for row in part.changed_rows:
        if row.fate is Fate.REMOVED or (row.old and row.old.id in promised):
            continue
        told = row
        if part.key in ORDERED:
            told = replace(row, facts=tuple(fact for fact in row.facts if fact.label != PLACE))
        if told.facts:
            yield Offer(f"{part.key}-{row.row.id}", row.title, _row_seen(row), part, told)


def _orders(coe: COE, part: PartChange) -> Iterator[Offer]:
    """The order of the rows that are there; readers of what is published know its action items in theirs."""
    if part.key not in ORDERED or (part.key == "actions" and coe.is_published):
        return
    rows = coe.actions.all() if part.key == "actions" else coe.graphs.all()
    names = dict(rows.values_list("pk", "title"))
    now, then = list(names), [row.old.id for row in part.rows if row.old and row.new]
    goal = ordering.restored(now, then)  # type: ignore[arg-type]
    if goal != now:
        order = Order(tuple(names.values()), tuple(names[pk] for pk in goal), tuple(goal))
        yield Offer(f"{part.key}-order", ORDERED[part.key], _digest(map(str, now)), part, order=order)


def _text_seen(part: PartChange) -> str:
    return _digest([part.key, *(piece.text for piece in part.pieces if piece.kind is not Kind.ADDED)])


def _row_seen(row: RowChange) -> str:
    facts = row.old.facts if row.old else {}
    return _digest([text for label, value in facts.items() for text in (label, value.words, value.table or "")])


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\x00".join(texts).encode("utf-8", "replace")).hexdigest()[:20]

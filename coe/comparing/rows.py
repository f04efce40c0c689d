"""Rows of two states of one part, matched and compared: which were added, removed, changed, and how. Pure.

Which rows are the same one is decided by `matching`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from coe.comparing.lines import Line
from coe.comparing.matching import Row, Value, matched
from coe.comparing.texts import Kind, Piece, words

# The fact of a row that stands elsewhere among its kind.
PLACE = "Place"


class Fate(StrEnum):
    """What became of a row."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that differs, as words before and after, and as pieces for the eye; `note` says what words do not."""

    label: str
    old: str
    new: str
    pieces: tuple[Piece, ...]
    note: str = ""

    @property
    def line(self) -> Line:
        return Line(self.pieces)


@dataclass(frozen=True)
class RowChange:
    """One row of either state. Of an added or removed row the facts are all that say anything."""

    fate: Fate
    old: Row | None
    new: Row | None
    facts: tuple[FactChange, ...] = ()

    @property
    def row(self) -> Row:
        """As it is in the newer state, or was."""
        return next(row for row in (self.new, self.old) if row)

    @property
    def title(self) -> str:
        return self.row.title

    @property
    def is_changed(self) -> bool:
        return self.fate is not Fate.SAME

    @property
    def is_moved_alone(self) -> bool:
        """Whether it says the same and stands elsewhere among its kind."""
        return self.fate is Fate.CHANGED and all(fact.label == PLACE for fact in self.facts)

    @property
    def lead(self) -> Line:
        """The row's name, with what changed in it."""
        label = next(iter(self.row.facts), "")
        found = next((fact.pieces for fact in self.facts if fact.label == label), None)
        return Line((Piece(Kind.SAME, self.row.name),) if found is None and self.row.name else found or ())

    @property
    def rest(self) -> list[FactChange]:
        """The facts besides the name, without what the title says already."""
        label = next(iter(self.row.facts), "")
        whole = self.fate is not Fate.CHANGED
        said = {self.title} if whole else set()
        return [fact for fact in self.facts if fact.label != label and (fact.new or fact.old) not in said]


def compared(
    old: Sequence[Row],
    new: Sequence[Row],
    *,
    causes: Mapping[Hashable, Hashable] | None = None,
    is_ordered: bool = False,
) -> list[RowChange]:
    """Every row of either state once: in the order of the newer, a removed one behind what it stood behind.

    `causes` says what the ids of old causes mean in the newer state, for facts that refer to them (without it the rows
    are the causes); `is_ordered` is for parts in which people choose the order.
    """
    found = matched(old, new)
    same = found.meanings(old) if causes is None else causes
    moved = _moved(found.pairs, old, new, same) if is_ordered else {}
    changes = {after.id: _change(before, after, same, moved.get(after.id)) for before, after in found.pairs}
    places: list[tuple[int, int, RowChange]] = []
    for place, row in enumerate(new):
        change = changes.get(row.id) or RowChange(Fate.ADDED, None, row, tuple(_said(row, Kind.ADDED)))
        places.append((place, -1, change))
    place_of, behind = {row.id: place for place, row in enumerate(new)}, -1
    for place, row in enumerate(old):
        if row.id in found.same:
            behind = place_of[found.same[row.id]]
        else:
            places.append((behind, place, RowChange(Fate.REMOVED, row, None, tuple(_said(row, Kind.REMOVED)))))
    return [change for _, _, change in sorted(places, key=lambda entry: entry[:2])]


def _said(row: Row, kind: Kind) -> Iterator[FactChange]:
    for label, value in row.facts.items():
        if value.words:
            old, new = (value.words, "") if kind is Kind.REMOVED else ("", value.words)
            yield FactChange(label, old, new, (Piece(kind, value.words),))


def _change(old: Row, new: Row, same: Mapping[Hashable, Hashable], moved: tuple[int, int] | None) -> RowChange:
    facts = []
    for label in dict.fromkeys([*new.facts, *old.facts]):
        before, after = old.facts.get(label, Value("")), new.facts.get(label, Value(""))
        if not _is_equal(before, after, same):
            pieces = tuple(_pieces(before, after))
            facts.append(FactChange(label, before.words, after.words, pieces, _note(before, after)))
    if moved:
        before, after = (Value(str(place)) for place in moved)
        facts.append(FactChange(PLACE, before.words, after.words, tuple(_pieces(before, after))))
    return RowChange(Fate.CHANGED if facts else Fate.SAME, old, new, tuple(facts))


def _is_equal(old: Value, new: Value, same: Mapping[Hashable, Hashable]) -> bool:
    if old.refs is not None and new.refs is not None:
        return {same.get(ref, ref) for ref in old.refs} == new.refs
    return old.key == new.key


def _pieces(old: Value, new: Value) -> list[Piece]:
    if old.is_prose or new.is_prose:
        return words(old.words, new.words)
    if old.names and new.names:
        return _names(old.names, new.names)
    both = (Piece(Kind.REMOVED, old.words), Piece(Kind.ADDED, new.words))
    return [piece for piece in both if piece.text]


def _names(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """Two lists, name by name; the comma before a name is of whichever list has a name before it."""
    found: list[Piece] = []
    left = right = 0
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_same = tag == "equal"
        for name in old[old_start:old_end]:
            comma = _comma(left, right) if is_same else Piece(Kind.REMOVED, ", " if left else "")
            found += [comma, Piece(Kind.SAME if is_same else Kind.REMOVED, name)]
            left, right = left + 1, right + is_same
        for name in () if is_same else new[new_start:new_end]:
            found += [Piece(Kind.ADDED, ", " if right else ""), Piece(Kind.ADDED, name)]
            right += 1
    return [piece for piece in found if piece.text]


def _comma(left: int, right: int) -> Piece:
    """What stands before a name of both lists that has so many before it in either."""
    if left and right:
        return Piece(Kind.SAME, ", ")
    return Piece(Kind.REMOVED if left else Kind.ADDED, ", " if left or right else "")


def _note(old: Value, new: Value) -> str:
    if old.table is not None and new.table is not None:
        before, after = Counter(old.table.splitlines()), Counter(new.table.splitlines())
        gone, come = (before - after).total(), (after - before).total()
        return f"{gone} row{'' if gone == 1 else 's'} only before, {come} only after"
    return "another one of the same name" if old.words and old.words == new.words else ""


def _moved(
    pairs: Iterable[tuple[Row, Row]], old: Sequence[Row], new: Sequence[Row], same: Mapping[Hashable, Hashable]
) -> dict[Hashable, tuple[int, int]]:
    """New id → place before and after among those it stands with, of the fewest rows that explain another order."""
    before, after = _places(old), _places(new)
    groups: dict[Hashable, list[tuple[int, int, Hashable]]] = defaultdict(list)
    for one, other in pairs:
        if same.get(one.group, one.group) == other.group:
            groups[other.group].append((before[one.id], after[other.id], other.id))
    found: dict[Hashable, tuple[int, int]] = {}
    for group in groups.values():
        group.sort()
        kept = _longest_rising([place for _, place, _ in group])
        found |= {pk: (one, other) for at, (one, other, pk) in enumerate(group) if at not in kept}
    return found


def _places(rows: Iterable[Row]) -> dict[Hashable, int]:
    """The place of each row in its group, counted from 1."""
    counts: dict[Hashable, int] = defaultdict(int)
    places = {}
    for row in rows:
        counts[row.group] += 1
        places[row.id] = counts[row.group]
    return places


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Where the numbers of a longest rising subsequence stand (C. Schensted, 1961, by patience sorting)."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for place, number in enumerate(numbers):
        at = bisect_left(tails, number)
        before.append(ends[at - 1] if at else None)
        tails[at : at + 1], ends[at : at + 1] = [number], [place]
    found, last = set(), ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found

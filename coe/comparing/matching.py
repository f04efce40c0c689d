"""Which rows of two states of one part are the same row. Pure.

By their id; a row that was removed and put back under a new one by all it says; and where an older snapshot has no ids,
by the name, or by how alike the names are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

# Rows without ids whose names are at least so alike (difflib's ratio) are the same row, reworded.
ALIKE = 0.6
# Pairs of such rows tried at most.
MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Value:
    """What one fact of a row says. `said` is what is compared instead of the words: a person's id, not the name.

    `refs` are ids of causes, compared after those are matched. Prose is compared word by word, `names` (the words are
    these, apart by commas) name by name, other words as a whole; of a table (lines of text) it is told how many rows
    differ.
    """

    words: str
    said: Hashable = None
    refs: frozenset[Hashable] | None = None
    is_prose: bool = False
    table: str | None = None
    names: tuple[str, ...] = ()

    @property
    def key(self) -> Hashable:
        return next((one for one in (self.table, self.said) if one is not None), self.words)


@dataclass(frozen=True)
class Row:
    """One row of a part. `title` names it, `facts` are what it says by label; the first of them is its name.

    `is_known` is whether the id is that of the database. `group` is the id of the row under which it stands, `thing` is
    the row as the snapshot has it.
    """

    id: Hashable
    title: str
    facts: Mapping[str, Value]
    is_known: bool = True
    group: Hashable = None
    thing: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        return next(iter(self.facts.values())).words if self.facts else ""


@dataclass
class Matched:
    """Which rows are the same, as pairs; and the ids of old rows in terms of new ones."""

    pairs: list[tuple[Row, Row]] = field(default_factory=list)
    same: dict[Hashable, Hashable] = field(default_factory=dict)

    def add(self, old: Row, new: Row) -> None:
        self.pairs.append((old, new))
        self.same[old.id] = new.id

    def meanings(self, old: Iterable[Row]) -> dict[Hashable, Hashable]:
        """Every id of these old rows in terms of new ones; that of a row that is gone is like no other."""
        return {row.id: self.same.get(row.id, ("gone", row.id)) for row in old}


def matched(old: Sequence[Row], new: Sequence[Row]) -> Matched:
    """Which rows of either are the same one: by id, by all they say, and without ids by what they are alike in."""
    found = Matched()
    known = {row.id: row for row in new if row.is_known}
    for row in old:
        if row.is_known and row.id in known:
            found.add(row, known[row.id])
    _match_by(found, old, new, lambda row: tuple((label, value.words) for label, value in row.facts.items()))
    left_old, left_new = _left(found, old, new)
    if not all(row.is_known for row in [*left_old, *left_new]):
        _match_by(found, old, new, lambda row: row.name)
        _match_alike(found, old, new)
    return found


def _left(found: Matched, old: Sequence[Row], new: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of either that have no partner yet."""
    taken = set(found.same.values())
    return [row for row in old if row.id not in found.same], [row for row in new if row.id not in taken]


def _match_by(found: Matched, old: Sequence[Row], new: Sequence[Row], says: Callable[[Row], Hashable]) -> None:
    """Pair rows that say the same by this measure, in order."""
    left_old, left_new = _left(found, old, new)
    by_words: dict[Hashable, list[Row]] = defaultdict(list)
    for row in left_new:
        by_words[says(row)].append(row)
    for row in left_old:
        if by_words[says(row)]:
            found.add(row, by_words[says(row)].pop(0))


def _match_alike(found: Matched, old: Sequence[Row], new: Sequence[Row]) -> None:
    """Pair what is left by how alike the names are, the most alike first."""
    left_old, left_new = _left(found, old, new)
    if len(left_old) * len(left_new) > MOST_PAIRS:
        return
    pairs = [
        (-ratio, one, other)
        for one, before in enumerate(left_old)
        for other, after in enumerate(left_new)
        if (ratio := _likeness(before.name, after.name)) >= ALIKE
    ]
    taken_old, taken_new = set(), set()
    for _, one, other in sorted(pairs):
        if one not in taken_old and other not in taken_new:
            taken_old.add(one)
            taken_new.add(other)
            found.add(left_old[one], left_new[other])


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0

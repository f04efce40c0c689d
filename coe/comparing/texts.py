"""The difference of two texts, word by word, for a person to read.

It decides what was added, removed and kept; not how that looks. Pure. Sentences are aligned first and words only inside
those that differ: that is how people see changes, and it keeps texts of 50 KB within milliseconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Pairs of words that are compared at most in one changed passage; a larger one is removed and added as a whole.
MOST_PAIRS = 1_000_000
# Pairs of equal sentences at most: only a text of one sentence a thousand times over has more.
MOST_EQUAL_PAIRS = 200_000
# Between two changes so few signs without a letter are not worth a piece of their own.
SHORT_ISLAND = 3

# Possessive: a thousand full stops in a row must not be tried in every length.
_SENTENCE = re.compile(r"[^\n.!?]*+(?:[.!?]++[ \t]*+|\n++|$)")
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


class Kind(StrEnum):
    """What happened to a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that was kept, added or removed."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What happened to one section; a section that is new or gone is wholly added or removed."""

    key: str
    pieces: list[Piece]

    @property
    def is_changed(self) -> bool:
        return any(piece.kind is not Kind.SAME for piece in self.pieces)


def words(old: str, new: str) -> list[Piece]:
    """The pieces from `old` to `new` in reading order, what was removed before what came instead.

    Same and removed pieces make up `old`, same and added ones `new`, to the letter.
    """
    before, after = _sentences(old), _sentences(new)
    if _equal_pairs(before, after) > MOST_EQUAL_PAIRS:
        return _joined(_passage(old, new))
    pieces: list[Piece] = []
    for kind, removed, added in _aligned(before, after):
        if kind is Kind.SAME:
            pieces.append(Piece(Kind.SAME, removed))
        else:
            pieces.extend(_passage(removed, added))
    return _joined(_without_islands(_joined(pieces)))


def sections(old: Mapping[str, str], new: Mapping[str, str]) -> list[SectionChange]:
    """Every section of either, in the order of `new`, those that are gone last."""
    keys = [*new, *(key for key in old if key not in new)]
    return [SectionChange(key, words(old.get(key, ""), new.get(key, ""))) for key in keys]


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.findall(text) if sentence]


def _equal_pairs(old: Sequence[str], new: Sequence[str]) -> int:
    counts = Counter(new)
    return sum(counts[sentence] for sentence in old)


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Kind, str, str]]:
    """Passages that are the same (SAME, text, text) or differ (REMOVED, before, after)."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        before, after = "".join(old[old_start:old_end]), "".join(new[new_start:new_end])
        yield (Kind.SAME if tag == "equal" else Kind.REMOVED), before, after


def _passage(before: str, after: str) -> Iterator[Piece]:
    """The words of one changed passage."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield Piece(Kind.SAME, "".join(old[:start]))
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old_middle) * len(new_middle) > MOST_PAIRS:
        yield from (Piece(Kind.REMOVED, "".join(old_middle)), Piece(Kind.ADDED, "".join(new_middle)))
    else:
        for kind, removed, added in _aligned(old_middle, new_middle):
            if kind is Kind.SAME:
                yield Piece(Kind.SAME, removed)
            else:
                yield from (Piece(Kind.REMOVED, removed), Piece(Kind.ADDED, added))
    yield Piece(Kind.SAME, "".join(old[len(old) - end :]))


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words both begin with."""
    for at, (left, right) in enumerate(zip(old, new, strict=False)):
        if left != right:
            return at
    return min(len(old), len(new))


def _without_islands(pieces: list[Piece]) -> list[Piece]:
    """A blank kept between two changed words is shown as changed with them."""
    made: list[Piece] = []
    for at, piece in enumerate(pieces):
        is_between = 0 < at < len(pieces) - 1
        if is_between and piece.kind is Kind.SAME and len(piece.text) <= SHORT_ISLAND and not _has_letters(piece.text):
            made += [Piece(Kind.REMOVED, piece.text), Piece(Kind.ADDED, piece.text)]
        else:
            made.append(piece)
    return made


def _has_letters(text: str) -> bool:
    return "\n" in text or any(letter.isalnum() for letter in text)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of a kind as one, and between two kept pieces first all that was removed, then all that was added."""
    made: list[Piece] = []
    held = {Kind.REMOVED: "", Kind.ADDED: "", Kind.SAME: ""}
    for piece in [*pieces, Piece(Kind.SAME, "")]:
        if piece.kind is Kind.SAME and (piece.text or not (held[Kind.REMOVED] or held[Kind.ADDED])):
            if held[Kind.REMOVED] or held[Kind.ADDED]:
                made += _taken(held)
            held[Kind.SAME] += piece.text
        elif piece.kind is not Kind.SAME and piece.text:
            if held[Kind.SAME]:
                made.append(Piece(Kind.SAME, held[Kind.SAME]))
                held[Kind.SAME] = ""
            held[piece.kind] += piece.text
    return made + _taken(held)


def _taken(held: dict[Kind, str]) -> list[Piece]:
    """What was held back, in the order it is read; empties it."""
    made = [Piece(kind, held[kind]) for kind in (Kind.REMOVED, Kind.ADDED, Kind.SAME) if held[kind]]
    for kind in held:
        held[kind] = ""
    return made

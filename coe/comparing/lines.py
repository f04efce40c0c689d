"""A compared text as lines that stand beside each other, long unchanged stretches folded. Pure.

A line is a paragraph, an item of a list, a heading or a row of a table. It ends where its end was kept: both texts have
it there, so what stands left and right of it belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coe.comparing.texts import Kind, Piece

# Unchanged lines that stay in sight on either side of a change, and how many more make folding worth it.
AROUND, FEWEST_FOLDED = 1, 2

# A line break within a paragraph is none: Markdown runs on.
_END = re.compile(r"\n{2,}|\n(?=[ \t]*(?:[*+\-#>|]|\d+[.)]))")
# Such a one, which is shown as the blank that it means; not one that Markdown keeps.
_SOFT = re.compile(r"(?<=[^\s\\])\n[ \t]{0,3}(?=[^\s*+\-#>|])(?!\d+[.)])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of both texts, with the blank lines behind it."""

    pieces: tuple[Piece, ...]
    # In or at a block of code every break and blank is shown.
    is_code: bool = False

    @property
    def is_changed(self) -> bool:
        return any(piece.kind is not Kind.SAME for piece in self.pieces)

    @property
    def old(self) -> list[Piece]:
        """What stands left: kept and removed."""
        return [piece for piece in self.pieces if piece.kind is not Kind.ADDED]

    @property
    def new(self) -> list[Piece]:
        """What stands right: kept and added."""
        return [piece for piece in self.pieces if piece.kind is not Kind.REMOVED]

    @property
    def shown(self) -> list[Piece]:
        """Both, as they are read: without line breaks at the end and within a paragraph."""
        return self._read(self.pieces)

    @property
    def shown_old(self) -> list[Piece]:
        return self._read(self.old)

    @property
    def shown_new(self) -> list[Piece]:
        return self._read(self.new)

    def _read(self, pieces: Iterable[Piece]) -> list[Piece]:
        kept = _unbroken(pieces)
        return kept if self.is_code else [Piece(piece.kind, _SOFT.sub(" ", piece.text)) for piece in kept]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that follow each other; a folded one is unchanged throughout."""

    lines: tuple[Line, ...]
    is_folded: bool = False


def _unbroken(pieces: Iterable[Piece]) -> list[Piece]:
    kept = list(pieces)
    while kept and kept[-1].text.endswith("\n"):
        last = kept.pop()
        if text := last.text.rstrip("\n"):
            kept.append(Piece(last.kind, text))
    return kept


def lines_of(pieces: Iterable[Piece]) -> list[Line]:
    """The pieces cut into lines. Left sides together are the old text, right sides the new one, to the letter."""
    found: list[Line] = []
    held: list[Piece] = []
    for piece in pieces:
        if piece.kind is not Kind.SAME:
            held.append(piece)
            continue
        start = 0
        for end in _END.finditer(piece.text):
            found.append(Line((*held, Piece(Kind.SAME, piece.text[start : end.end()]))))
            held, start = [], end.end()
        if rest := piece.text[start:]:
            held.append(Piece(Kind.SAME, rest))
    return _coded([*found, Line(tuple(held))] if held else found)


def _coded(lines: list[Line]) -> list[Line]:
    """The same lines, those of fenced code known as such: a fence of either text opens or ends it."""
    found, is_open = [], False
    for line in lines:
        sides = ("".join(piece.text for piece in side) for side in (line.old, line.new))
        fences = max(len(_FENCE.findall(side)) for side in sides)
        found.append(Line(line.pieces, is_code=is_open or fences > 0))
        is_open ^= fences % 2 == 1
    return found


def folded(lines: Sequence[Line]) -> list[Stretch]:
    """The lines in stretches: those far from any change are folded, unless they are few."""
    near = _near(lines)
    found: list[Stretch] = []
    for is_near, stretch in _runs(lines, near):
        is_folded = not is_near and len(stretch) >= FEWEST_FOLDED
        if not is_folded and found and not found[-1].is_folded:
            found[-1] = Stretch(found[-1].lines + stretch)
        else:
            found.append(Stretch(stretch, is_folded))
    return found


def _near(lines: Sequence[Line]) -> list[bool]:
    near = [False] * len(lines)
    for place, line in enumerate(lines):
        if line.is_changed:
            start, end = max(0, place - AROUND), min(len(lines), place + AROUND + 1)
            near[start:end] = [True] * (end - start)
    return near


def _runs(lines: Sequence[Line], near: Sequence[bool]) -> Iterator[tuple[bool, tuple[Line, ...]]]:
    start = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or near[place] != near[start]:
            yield near[start], tuple(lines[start:place])
            start = place

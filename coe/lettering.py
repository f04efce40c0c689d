"""How wide words are when they are drawn: text in lines that fit a box. Pure.

A server has no fonts, so the widths are those of common system sans-serif faces, rounded up: a line may end early and
never leaves its box.
"""

from __future__ import annotations

import unicodedata

_NARROW, _WIDE, _WIDEST = frozenset("ijl.,:;'|!()[]`ft-r/ "), frozenset("mwGOQCDHNU—&"), frozenset("MW@%…")
# Shares of the size of the type.
NARROW, USUAL, BROAD, BROADEST, FULL = 0.38, 0.58, 0.8, 0.98, 1.05


def width_of(text: str, size: float) -> float:
    """About how wide the text is in type of this size, in the unit of the size."""
    return sum(map(_share, text)) * size


def _share(letter: str) -> float:
    if letter in _NARROW:
        return NARROW
    if letter in _WIDEST:
        return BROADEST
    if letter in _WIDE or letter.isupper():
        return BROAD
    if unicodedata.combining(letter):
        return 0.0
    return FULL if unicodedata.east_asian_width(letter) in "WF" or letter > "\uffff" else USUAL


def wrapped(text: str, width: float, size: float, most: int) -> tuple[str, ...]:
    """The words in at most `most` lines of this width; what does not fit ends in an ellipsis. Never empty."""
    lines = [""]
    for word in text.split():
        for piece in _pieces(word, width, size):
            longer = f"{lines[-1]} {piece}".strip()
            if lines[-1] and width_of(longer, size) > width:
                lines.append(piece)
            else:
                lines[-1] = longer
            if len(lines) > most:
                return (*lines[: most - 1], shortened(f"{lines[most - 1]} {piece}", width, size))
    return tuple(lines)


def shortened(text: str, width: float, size: float) -> str:
    """The beginning that fits, with an ellipsis when anything is left out."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _pieces(word: str, width: float, size: float) -> list[str]:
    """A word longer than a line in pieces that are not."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces

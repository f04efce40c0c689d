"""Where a quoted passage stands in a text that was edited since. Pure.

A passage is its words, up to CONTEXT characters before and after it, and where it began. It is *sure* only where
exactly those words stand in exactly that company; elsewhere it is shown as a guess, or as gone. A guess is never
written to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT = 64
# So many characters of company on one side tell a place from others.
COMPANY = 8
MOST_PLACES = 200
# Where a link leads: it is not seen in rendered text.
_TARGET = re.compile(r"(?<=\])\([^)\n]{0,2000}\)")
# Words that are compared at most, and how alike an edited passage must be to be the same.
MOST_WORDS = 400
ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Passage:
    """What was selected, with its company."""

    quote: str
    prefix: str
    suffix: str
    start: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a passage is: from `start` to before `end`. Unless `is_sure` its words or its company changed."""

    start: int
    end: int
    is_sure: bool


def passage(text: str, start: int, end: int) -> Passage:
    """The passage between two places of a text, to be found again later."""
    return Passage(text[start:end], text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT], start)


def locate(text: str, wanted: Passage) -> Spot | None:
    """Where the passage is now; None when it is gone, or was about no words at all."""
    if not wanted.quote:
        return None
    places = list(_places(text, wanted.quote))
    if not places:
        return _edited(text, wanted)
    ranked = sorted((-_company(text, place, wanted), abs(place - wanted.start), place) for place in places)
    best, _, place = ranked[0]
    is_alone = len(ranked) == 1 or ranked[1][0] > best
    if _is_in_company(text, place, wanted):
        return Spot(place, place + len(wanted.quote), is_alone)
    # The words stand there among strangers: it may be another passage that reads the same.
    edited = _edited(text, wanted)
    if edited or len(places) > 1 or len(wanted.quote) < CONTEXT // 2:
        return edited
    return Spot(place, place + len(wanted.quote), False)


def find(text: str, quote: str, before: str = "", near: int = 0) -> tuple[int, int] | None:
    """Where somebody selected this, in the text as written or as rendered; `before` is what stood before it.

    The letters decide: rendered text has no marks. Of several places the one after `before`, then the nearest to
    `near`.
    """
    exact = [(place, place + len(quote)) for place in _places(text, quote)] if quote.strip() else []
    if exact and not before:
        return min(exact, key=lambda span: abs(span[0] - near))
    letters, at = _letters(text)
    wanted, company = _letters(quote)[0], _letters(before)[0]
    found = [(place, place + len(wanted)) for place in _places(letters, wanted)] if wanted else []
    if not found:
        return min(exact, key=lambda span: abs(span[0] - near)) if exact else None
    start, end = min(found, key=lambda span: (-_common(letters[: span[0]], company, -1), abs(at[span[0]] - near)))
    first, last = at[start], at[end - 1] + 1
    # What was selected together with the letters: a full stop at the end, a bracket at the beginning.
    return next((span for span in exact if span[0] <= first and last <= span[1]), (first, last))


def _letters(text: str) -> tuple[str, list[int]]:
    """Letters and digits but those of link targets, small, and where each stood. One for one: "İ" must not be two."""
    hidden = {place for target in _TARGET.finditer(text) for place in range(target.start(), target.end())}
    at = [place for place, sign in enumerate(text) if sign.isalnum() and place not in hidden]
    return "".join(text[place].lower()[:1] for place in at), at


def _places(text: str, quote: str) -> Iterator[int]:
    place = text.find(quote)
    for _ in range(MOST_PLACES):
        if place < 0:
            return
        yield place
        place = text.find(quote, place + 1)


def _company(text: str, place: int, wanted: Passage) -> int:
    """How many characters before and after are the same; the ends of the text count as company of a passage there."""
    before, after = _sides(text, place, wanted)
    return before + after


def _sides(text: str, place: int, wanted: Passage) -> tuple[int, int]:
    end = place + len(wanted.quote)
    before = _common(text[max(0, place - CONTEXT) : place], wanted.prefix, -1)
    after = _common(text[end : end + CONTEXT], wanted.suffix, 1)
    begins, ends = not wanted.prefix and place == 0, not wanted.suffix and end == len(text)
    return COMPANY if begins else before, COMPANY if ends else after


def _is_in_company(text: str, place: int, wanted: Passage) -> bool:
    before, after = _sides(text, place, wanted)
    return before >= min(COMPANY, len(wanted.prefix) or COMPANY) or after >= min(COMPANY, len(wanted.suffix) or COMPANY)


def _common(one: str, other: str, step: int) -> int:
    """How many characters the two have in common from the beginning (1) or from the end (-1)."""
    count = 0
    for left, right in zip(one[::step] if step > 0 else one[: -CONTEXT - 1 : -1], other[::step], strict=False):
        if left != right:
            break
        count += 1
    return count


def _edited(text: str, wanted: Passage) -> Spot | None:
    """Between what stood before and after it, if what stands there now is like it."""
    spans = [
        (start, end)
        for start in _edges(text, wanted.prefix[-COMPANY * 2 :], lambda place, edge: place + len(edge))
        for end in _edges(text, wanted.suffix[: COMPANY * 2], lambda place, _: place)
        if 0 < end - start <= 2 * len(wanted.quote) + CONTEXT
    ]
    alike = [(_likeness(wanted.quote, text[start:end]), -abs(start - wanted.start), start, end) for start, end in spans]
    good = sorted((one for one in alike if one[0] >= ALIKE), reverse=True)
    return Spot(good[0][2], good[0][3], False) if good else None


def _edges(text: str, edge: str, at: Callable[[int, str], int]) -> list[int]:
    if len(edge) < COMPANY:
        return []
    found = [at(place, edge) for place in _places(text, edge)]
    return found if len(found) <= 5 else []


def _likeness(one: str, other: str) -> float:
    before, after = one.split(), other.split()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return matcher.quick_ratio() if max(len(before), len(after)) > MOST_WORDS else matcher.ratio()

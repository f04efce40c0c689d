"""The query language: what a person typed and chose, as data.

It decides what is a word, an exact phrase, an exclusion or an operator. It knows neither the index nor the reader:
words are matched by `coe/searching/matching.py` and corrected by `coe/searching/correcting.py`. Pure.

    payment timeout            any of the words, the more and the closer together the better
    "circuit breaker"          these words next to each other
    -redis  -"dry run"         without
    team: service: sev: cause: tag: change: source: year: published: is: has:      narrow down; a minus turns them round
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

LONGEST_TEXT = 1_000  # characters of a typed query that are looked at
MOST_WORDS = 64
DEEPEST = 1_000  # how far a listing can be paged through
FACETS = ("team", "service", "severity", "cause", "tag", "change", "source", "year")
OPERATORS = {
    "team": "team",
    "service": "service",
    "sev": "severity",
    "severity": "severity",
    "year": "year",
    "cause": "cause",
    "tag": "tag",
    "change": "change",
    "source": "source",
    "is": "is",
    "has": "has",
    "published": "published",
}
FLAGS = {"is": ("restricted", "change-triggered"), "has": ("open-actions",)}
# Facets whose values are these alone.
SIDES = {"change": ("yes", "no"), "source": ("here", "imported")}
CAUSES = ("trigger", "contributing", "missing_safeguard", "detection_gap", "response_gap")

_CHUNK = re.compile(
    r"""(?P<minus>-)?(?:(?P<operator>[A-Za-z]+):(?P<value>"[^"]*"|[^\s"]+)|"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))|\S"""
)
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"COE-([1-9][0-9]{0,17})", re.IGNORECASE)
_DAY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")


class Sort(StrEnum):
    """Order of the hits."""

    RELEVANCE = "relevance"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Word:
    """A word to find, and where it stands in the typed text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant (included) to another (excluded), UTC; None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search as asked for. `chosen` and `refused` map a facet to values: any of the chosen, none of the refused."""

    text: str = ""
    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[Word, ...], ...] = ()
    without: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    refused_flags: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    refused_periods: tuple[Period, ...] = ()
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20
    notes: tuple[str, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether there is anything by which to rank."""
        return bool(self.words or self.phrases or self.numbers)

    @property
    def all_words(self) -> tuple[Word, ...]:
        """The words to find, those of phrases too, in the order of the text."""
        quoted = (word for phrase in self.phrases for word in phrase)
        return tuple(sorted((*self.words, *quoted), key=lambda word: word.start))


@dataclass(slots=True)
class _Parts:
    """What was understood so far."""

    words: list[Word] = field(default_factory=list)
    phrases: list[tuple[Word, ...]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    refused_flags: list[str] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    refused_periods: list[Period] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse(
    text: str,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: Sort | str = Sort.RELEVANCE,
    offset: int = 0,
    limit: int = 20,
) -> Query:
    """Understand a typed text together with the filters chosen beside it.

    Never fails: what is no operator is a word, and `notes` says in sentences what was not understood. Text beyond
    LONGEST_TEXT characters is ignored. `offset` and `limit` are clamped to what can be paged through.
    """
    text = _clean(text)
    parts = _Parts()
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
        parts.notes.append(f"Only the first {LONGEST_TEXT} characters were searched for.")
    for match in _CHUNK.finditer(text):
        _read(match, parts)
    for name, values in (filters or {}).items():
        for value in values:
            if not _operate(name, _clean(value), parts, is_refused=False):
                parts.notes.append(f"“{name}: {value}” is not a filter and was ignored.")
    offset = min(max(offset, 0), DEEPEST)
    return Query(
        text=text,
        words=tuple(parts.words[:MOST_WORDS]),
        phrases=tuple(parts.phrases[:MOST_WORDS]),
        without=tuple(parts.without[:MOST_WORDS]),
        numbers=tuple(parts.numbers),
        chosen={name: tuple(dict.fromkeys(values)) for name, values in parts.chosen.items()},
        refused={name: tuple(dict.fromkeys(values)) for name, values in parts.refused.items()},
        flags=tuple(dict.fromkeys(parts.flags)),
        refused_flags=tuple(dict.fromkeys(parts.refused_flags)),
        periods=tuple(parts.periods),
        refused_periods=tuple(parts.refused_periods),
        sort=Sort(sort) if sort in set(Sort) else Sort.RELEVANCE,
        offset=offset,
        limit=min(max(limit, 0), DEEPEST - offset),
        notes=tuple(parts.notes),
    )


def words_of(text: str, start: int = 0) -> list[Word]:
    """The words of a text with their places, moved by `start`."""
    return [Word(match[0], start + match.start(), start + match.end()) for match in _WORD.finditer(text)]


def replaced(query: Query, corrections: Mapping[int, str]) -> str:
    """The typed text with the words that start at the given places written anew."""
    text = query.text
    for word in reversed(query.all_words):
        if word.start in corrections:
            text = text[: word.start] + corrections[word.start] + text[word.end :]
    return text


def _clean(text: str) -> str:
    """Without NUL bytes, control characters and lone surrogates, which no index and no database takes."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if character < " " or character == "\x7f" else character for character in text).strip()


def _read(match: re.Match[str], parts: _Parts) -> None:
    """Put one chunk of the text where it belongs."""
    is_refused = match["minus"] is not None
    operator = match["operator"]
    if operator and operator.lower() in OPERATORS and _operate(operator, match["value"], parts, is_refused=is_refused):
        return
    if operator and operator.lower() in OPERATORS:
        parts.notes.append(f"“{match[0]}” is not a filter and was searched for as words.")
    if is_refused and not operator:
        parts.without.append(match["word"] or match["phrase"])
    elif match["phrase"] is not None:
        if phrase := words_of(match["phrase"], match.start("phrase")):
            parts.phrases.append(tuple(phrase))
    elif number := _NUMBER.fullmatch(match[0]):
        parts.numbers.append(int(number[1]))
        parts.words.extend(words_of(match[0], match.start()))
    else:
        parts.words.extend(words_of(match[0], match.start()))


def _operate(name: str, value: str, parts: _Parts, *, is_refused: bool) -> bool:
    """Understand `name:value`; False when it is no operator or the value makes no sense."""
    kind, value = OPERATORS.get(name.lower(), ""), value.strip('"').strip().lower()
    if kind == "published":
        period = period_of(value)
        if period is None:
            return False
        (parts.refused_periods if is_refused else parts.periods).append(period)
        return True
    if kind in FLAGS:
        if value not in FLAGS[kind]:
            return False
        (parts.refused_flags if is_refused else parts.flags).append(value)
        return True
    facet_value = _facet_value(kind, value)
    if facet_value is None:
        return False
    (parts.refused if is_refused else parts.chosen).setdefault(kind, []).append(facet_value)
    return True


def _facet_value(kind: str, value: str) -> str | None:
    """The value as the index has it, or None."""
    if kind == "severity":
        value = value.removeprefix("sev").lstrip("-")
        return value if value in {"1", "2", "3", "4", "5"} else None
    if kind == "year":
        return value if re.fullmatch(r"[0-9]{4}", value) else None
    if kind == "cause":
        value = re.sub(r"[\s-]+", "_", value)
        return value if value in CAUSES else None
    if kind in SIDES:
        return value if value in SIDES[kind] else None
    return value if kind and value else None


def period_of(value: str) -> Period | None:
    """`2026`, `2026-01`, `2026-01-15`, or two of them around `..`, of which one may be left out; else None."""
    first, dots, last = value.partition("..")
    start = _span(first) if first else None
    end = _span(last) if last else (None if dots else start)
    if (first and start is None) or (last and end is None) or not (first or last):
        return None
    period = Period(start[0] if start else None, end[1] if end else None)
    if period.start and period.end and period.start >= period.end:
        return None
    return period


def _span(value: str) -> tuple[datetime, datetime] | None:
    """First instant of a year, month or day, and the first one after it."""
    match = _DAY.fullmatch(value)
    if match is None:
        return None
    try:
        start = datetime(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1), tzinfo=UTC)
        if match["day"]:
            return start, start + timedelta(days=1)
        if match["month"]:
            return start, (start + timedelta(days=31)).replace(day=1)
        return start, start.replace(year=start.year + 1)
    except (ValueError, OverflowError):
        return None

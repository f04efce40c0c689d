"""Lines of a timeline in what people paste: a chat, or a table as CSV.

Decides which lines it understands; nothing is dropped: every line is an entry, belongs to the entry before it, or is
reported. Pure. Times without a date or zone are taken on the given day and zone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import StringIO

from oncall.times import as_utc, at_wall_clock

MOST_LINES = 10_000
LONGEST_TEXT = 1000
ANCHORS = ("trigger", "impact_started", "detected", "engaged", "diagnosed", "mitigated", "resolved")
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
_DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"
_ZONE = r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_WHO = r"(?P<who>[^\s:\[\]][^:\[\]\n]{0,60}?)"
# The shapes of chats, the most certain first; each line of the paste is tried against each.
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"^\[?{_DAY}[T ,]+{_CLOCK}{_ZONE}\]?[\s,–-]*(?:<?{_WHO}>?:\s+)?(?P<text>.*)$",  # ISO day, IRC and logs
        rf"^\[{_CLOCK}{_ZONE}\]\s*(?:<?{_WHO}>?:\s*|<(?P<irc>[^>]+)>\s*)?(?P<text>.*)$",  # [14:05] name: text
        rf"^{_CLOCK}{_ZONE}\s+From\s+{_WHO}\s+to\s+.+?:\s*(?P<text>.*)$",  # Zoom
        rf"^{_CLOCK}{_ZONE}\s*[–—:|-]?\s+(?:<?{_WHO}>?:\s+)?(?P<text>.*)$",  # 14:05 text
        rf"^{_WHO}\s+\[?{_CLOCK}{_ZONE}\]?\s*(?P<text>)$",  # Slack and Teams: name, then the time; text below
    )
)
_TIME_NAMES = ("time", "timestamp", "at", "when", "date", "datetime", "utc", "zeit", "heure")
_TEXT_NAMES = ("event", "text", "description", "what", "message", "entry", "details", "note")
_SOURCE_NAMES = ("source", "who", "by", "author", "user")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: the number of its line in the paste, the instant in UTC, who said it, the text, an anchor if named."""

    row: int
    at: datetime
    text: str
    who: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was understood, and each line that was not, with its number."""

    lines: list[Line] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)


class TooMuch(ValueError):
    """More lines than anybody reads; carries one sentence."""


def parse(text: str, day: date, zone: str) -> Pasted:
    """The entries of a paste, in its order. Raises TooMuch beyond MOST_LINES lines, ValueError for an unknown zone."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    if len(rows) > MOST_LINES:
        raise TooMuch(f"This has {len(rows)} lines; at most {MOST_LINES} are read at once. Paste a part of it.")
    at_wall_clock(day, time(0), zone)
    table = _table(rows)
    return _of_table(table, day, zone) if table else _of_chat(rows, day, zone)


def _of_chat(rows: list[str], day: date, zone: str) -> Pasted:
    found = Pasted()
    latest: datetime | None = None
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        line = _chat_line(number, row.strip(), day, zone)
        if line is None:
            _go_on(found, number, row.strip())
            continue
        # A chat that goes past midnight tells no new date.
        if latest and not re.search(_DAY, row) and line.at < latest - timedelta(hours=12):
            day += timedelta(days=1)
            line = _chat_line(number, row.strip(), day, zone) or line
        latest = line.at
        found.lines.append(line)
    return _told(found)


def _go_on(found: Pasted, number: int, row: str) -> None:
    """A line without a time belongs to the entry before it, as far as there is room."""
    before = found.lines[-1] if found.lines else None
    joined = f"{before.text} {row}".strip() if before else ""
    if before and len(joined) <= LONGEST_TEXT:
        found.lines[-1] = Line(before.row, before.at, joined, before.who, before.anchor)
    else:
        found.left.append((number, row))


def _told(found: Pasted) -> Pasted:
    """An entry that says nothing is left, not told."""
    empty = [(line.row, line.who) for line in found.lines if not line.text]
    return Pasted([line for line in found.lines if line.text], sorted([*found.left, *empty]))


def _chat_line(number: int, row: str, day: date, zone: str) -> Line | None:
    for shape in _SHAPES:
        match = shape.match(row)
        if not match:
            continue
        parts = match.groupdict()
        at = _instant(parts.get("day") or "", parts["clock"], parts["half"] or "", parts["zone"] or "", day, zone)
        if at is None or len(parts["text"]) > LONGEST_TEXT:
            return None
        who = (parts.get("who") or parts.get("irc") or "").strip()
        return Line(number, at, " ".join(parts["text"].split()), who)
    return None


def _instant(on: str, clock: str, half: str, offset: str, day: date, zone: str) -> datetime | None:
    """The instant that the parts of a line name; None for clocks and days there are not."""
    try:
        parts = [int(part) for part in clock.split(":")]
        if half:
            parts[0] = parts[0] % 12 + (12 if half[0] in "Pp" else 0)
        hour, minute, second = [*parts, 0][:3]
        at = datetime.combine(date.fromisoformat(on) if on else day, time(hour, minute, second))
        if offset in {"Z", "UTC", "GMT"}:
            offset = "+00:00"
        if offset:
            return as_utc(datetime.fromisoformat(f"{at.isoformat()}{offset}"))
        return at_wall_clock(at.date(), at.time(), zone)
    except (ValueError, OverflowError):
        return None


def _table(rows: list[str]) -> list[tuple[int, list[str]]] | None:
    """The rows as cells, when the first says that they are a table with a column of times."""
    first = next((row for row in rows if row.strip()), "")
    for delimiter in ("\t", ",", ";", "|"):
        names = [cell.strip().lower() for cell in first.split(delimiter)]
        if len(names) > 1 and _column(names, _TIME_NAMES) is not None:
            reader = csv.reader(StringIO("\n".join(rows)), delimiter=delimiter, strict=False)
            return list(_cells(reader))
    return None


def _cells(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]  # type: ignore[attr-defined]


def _column(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((place for place, name in enumerate(names) if name.split("(")[0].strip() in wanted), None)


def _of_table(table: list[tuple[int, list[str]]], day: date, zone: str) -> Pasted:
    names = [name.lower() for name in table[0][1]]
    when, who, anchor = _column(names, _TIME_NAMES), _column(names, _SOURCE_NAMES), _column(names, ("anchor",))
    said = _column(names, _TEXT_NAMES)
    if said is None:
        said = next(place for place in range(len(names)) if place != when)
    found = Pasted()
    for number, cells in table[1:]:
        at = _cell_instant(_at(cells, when), day, zone)
        text = " ".join(_at(cells, said).split())
        if at is None or not text or len(text) > LONGEST_TEXT:
            found.left.append((number, " | ".join(cells)))
            continue
        marked = _at(cells, anchor).lower().replace(" ", "_")
        found.lines.append(Line(number, at, text, _at(cells, who), marked if marked in ANCHORS else ""))
    return found


def _at(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _cell_instant(cell: str, day: date, zone: str) -> datetime | None:
    """The instant of a cell: ISO with or without offset, or a clock."""
    match = re.fullmatch(rf"(?:{_DAY}[T ]+)?{_CLOCK}(?:\.\d+)?{_ZONE}", cell.strip())
    if not match:
        return None
    parts = match.groupdict()
    return _instant(parts["day"] or "", parts["clock"], parts["half"] or "", parts["zone"] or "", day, zone)

"""Lines of a timeline in what people paste: a chat, or a table as CSV.

Decides which lines it understands; nothing is dropped: every line is an entry, belongs to the entry before it, or is
reported. Pure. Times without a date or zone are taken on the given day and zone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

from coe import moments
from oncall.times import at_wall_clock

MOST_LINES = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 1000
ANCHORS = ("trigger", "impact_started", "detected", "engaged", "diagnosed", "mitigated", "resolved")
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)\s?(?P<half>[AaPp][Mm]\b|[AaPp]\.[Mm]\.)?"
_DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"
# Short names that are no words with which a line may begin.
_NAMED = "|".join(name for name in {**moments.SHORT, **moments.SHARED} if len(name) > 2 and name != "EAT")
_PLACE = r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)/[A-Za-z_/+\-]+"
_ZONE = rf"(?:\s?(?P<zone>(?:Z|UTC|GMT|{_NAMED})\b|[+-]\d{{2}}:?\d{{2}}|{_PLACE}))?"
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
    # What a time of another zone became, and the readings of a time that means two: `at` is the first of them.
    converted: str = ""
    question: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was understood, and each line that was not, with its number."""

    lines: list[Line] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)


class TooMuch(ValueError):
    """More lines than anybody reads; carries one sentence."""


def parse(text: str, day: date, zone: str, meant: Mapping[int, str] | None = None) -> Pasted:
    """The entries of a paste, in its order. `meant` is, by the number of a line, the reading that somebody chose.

    Raises TooMuch beyond MOST_LINES lines, ValueError for an unknown zone.
    """
    rows = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    if len(rows) > MOST_LINES:
        raise TooMuch(f"This has {len(rows)} lines; at most {MOST_LINES} are read at once. Paste a part of it.")
    at_wall_clock(day, time(0), zone)
    table = _table(rows)
    found = _of_table(table, day, zone) if table else _of_chat(rows, day, zone)
    return _resolved(found, meant or {}, zone)


def _resolved(found: Pasted, meant: Mapping[int, str], zone: str) -> Pasted:
    """With the readings that were chosen; a choice that was not offered is none."""
    return Pasted([_chosen(line, meant.get(line.row, ""), zone) for line in found.lines], found.left)


def _chosen(line: Line, typed: str, zone: str) -> Line:
    if typed not in {one for _, one in line.choices}:
        return line
    return replace(line, at=moments.moment_of(typed, zone).at, question="", choices=())


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
        found.lines[-1] = replace(before, text=joined)
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
        who = (parts.get("who") or parts.get("irc") or "").strip()
        if len(parts["text"]) > LONGEST_TEXT:
            return None
        return _line(Line(number, EPOCH, " ".join(parts["text"].split()), who), parts, day, zone)
    return None


def _line(line: Line, parts: Mapping[str, str | None], day: date, zone: str) -> Line | None:
    """The line at the instant that its parts name, with the question where they name two; None where they name none."""
    words = (parts.get("day"), parts["clock"], parts["half"], parts["zone"])
    typed = " ".join(word for word in words if word)
    try:
        moment = moments.moment_of(typed, zone, day)
    except moments.Unclear as unclear:
        first = moments.moment_of(unclear.choices[0][1], zone)
        return replace(line, at=first.at, question=str(unclear), choices=tuple(unclear.choices))
    except ValueError:
        return _of_shared(line, typed, day)
    return replace(line, at=moment.at, converted=moments.converted(typed, moment, zone))


def _of_shared(line: Line, typed: str, day: date) -> Line | None:
    """The line with a choice for each zone that goes by the short name it uses; None for any other refusal."""
    clock, _, name = typed.rpartition(" ")
    try:
        found = [(place, moments.moment_of(clock, place, day).at) for place in moments.SHARED.get(name, ())]
    except ValueError:
        return None
    if not found:
        return None
    choices = tuple(
        (f"{name} of {place}, which is {at:%H:%M} UTC", f"{at:%Y-%m-%d %H:%M:%S} UTC") for place, at in found
    )
    return replace(
        line, at=found[0][1], question=f"“{name}” is the name of several zones. Which is meant?", choices=choices
    )


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
        text = " ".join(_at(cells, said).split())
        marked = _at(cells, anchor).lower().replace(" ", "_")
        raw = Line(number, EPOCH, text, _at(cells, who), marked if marked in ANCHORS else "")
        parts = _cell(_at(cells, when))
        line = _line(raw, parts, day, zone) if parts and text and len(text) <= LONGEST_TEXT else None
        if line:
            found.lines.append(line)
        else:
            found.left.append((number, " | ".join(cells)))
    return found


def _at(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _cell(cell: str) -> dict[str, str | None]:
    """The parts of a cell: a time as people type one; ISO with a T is one of them."""
    return {"day": None, "clock": cell.strip(), "half": None, "zone": None} if cell.strip() else {}

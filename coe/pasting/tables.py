"""A table as CSV, or with tabs: which columns hold the time and the text. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO

from coe.pasting.chats import CLOCK, ZONE
from coe.pasting.lines import EPOCH, LONGEST_TEXT, Line, Pasted, type_parts
from coe.pasting.turns import Turns

ANCHORS = ("trigger", "impact_started", "detected", "engaged", "diagnosed", "mitigated", "resolved")
_TIME_NAMES = ("time", "timestamp", "at", "when", "date", "datetime", "utc", "zeit", "heure")
_TEXT_NAMES = ("event", "text", "description", "what", "message", "entry", "details", "note")
_SOURCE_NAMES = ("source", "who", "by", "author", "user")
_CLOCK_ONLY = re.compile(CLOCK + ZONE)

type_table = list[tuple[int, list[str]]]


def table_of(rows: list[str]) -> type_table | None:
    """The rows as cells, when the first says that they are a table with a column of times.

    A cell that is larger than any, because its quote never ends, makes it no table.
    """
    first = next((row for row in rows if row.strip()), "")
    for delimiter in ("\t", ",", ";", "|"):
        names = [cell.strip().lower() for cell in first.split(delimiter)]
        if len(names) > 1 and _column(names, _TIME_NAMES) is not None:
            reader = csv.reader(StringIO("\n".join(rows)), delimiter=delimiter, strict=False)
            try:
                return list(_cells(reader))
            except csv.Error:
                return None
    return None


def of_table(table: type_table, day: date, zone: str, meant: Mapping[int, str]) -> Pasted:
    """The entries, in the order of the rows; a row without time or text is left."""
    names = [name.lower() for name in table[0][1]]
    when, who, anchor = _column(names, _TIME_NAMES), _column(names, _SOURCE_NAMES), _column(names, ("anchor",))
    said = _column(names, _TEXT_NAMES)
    if said is None:
        said = next(place for place in range(len(names)) if place != when)
    read = [(number, cells, _cell(_at(cells, when))) for number, cells in table[1:]]
    found, turns = Pasted(), Turns([parts for _, _, parts in read if parts], day, zone, meant)
    for number, cells, parts in read:
        text = " ".join(_at(cells, said).split())
        marked = _at(cells, anchor).lower().replace(" ", "_")
        raw = Line(number, EPOCH, text, _at(cells, who), marked if marked in ANCHORS else "")
        line = turns.place(raw, parts) if parts and text and len(text) <= LONGEST_TEXT else None
        if line:
            found.lines.append(line)
        else:
            found.left.append((number, " | ".join(cells)))
    return found


def _cells(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]  # type: ignore[attr-defined]


def _column(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((place for place, name in enumerate(names) if name.split("(")[0].strip() in wanted), None)


def _at(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _cell(cell: str) -> type_parts | None:
    """The parts of a cell: a clock alone, else a moment as people type one; ISO with a T is one of them."""
    if not cell:
        return None
    if alone := _CLOCK_ONLY.fullmatch(cell):
        return {"day": None, **alone.groupdict()}
    return {"day": None, "clock": cell, "half": None, "zone": None, "is_dated": "yes"}

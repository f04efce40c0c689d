"""Columns of numbers by time: what CSV may say, and the sentence that names its line when it says otherwise. Pure.

Times without an offset are wall-clock times of the zone that is given; a wall clock that is shown twice in a year is
its first turn (`oncall.times`). How the columns are drawn is `coe/plotting.py`.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from oncall.times import at_wall_clock

LARGEST = 200 * 1024  # bytes
MOST_ROWS = 20_000
MOST_SERIES = 4
YEARS = range(1971, 2100)
NOTHING = {"", "-", "–", "na", "n/a", "nan", "null", "none"}


@dataclass(frozen=True, slots=True)
class Series:
    """One column; None where a cell is empty, which leaves a gap in the line."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What the CSV says, by time."""

    times: tuple[datetime, ...]
    series: tuple[Series, ...]


def parse(text: str, zone: str) -> Table:
    """The columns of a CSV text. Raises ValueError with one sentence that names the line."""
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise ValueError(f"CSV has at most {LARGEST // 1024} KB. Thin it out, or cut it to the time that matters.")
    rows = list(_rows(text))
    if len(rows) < 2:
        raise ValueError("CSV needs a header line and at least one line of numbers.")
    (_, header), *body = rows
    names = [name.strip() for name in header[1:]]
    if not 1 <= len(names) <= MOST_SERIES:
        raise ValueError(
            f"Line 1: a time and one to {MOST_SERIES} columns of numbers are drawn; here are {len(names)}."
        )
    if _number(header[1]) is not None:
        raise ValueError("Line 1 holds numbers, but should say what the columns are: time,errors.")
    if len(body) > MOST_ROWS:
        raise ValueError(f"CSV has at most {MOST_ROWS:,} lines; this one has {len(body):,}.".replace(",", " "))
    found = sorted((_row(number, row, len(names), zone) for number, row in body), key=lambda one: one[0])
    series = tuple(
        Series(name or f"column {place + 2}", tuple(values[place] for _, values in found))
        for place, name in enumerate(names)
    )
    if not any(value is not None for one in series for value in one.values):
        raise ValueError("There is no number in these columns.")
    return Table(tuple(at for at, _ in found), series)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every line that is not empty, with its number."""
    text = text.lstrip("\ufeff")
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    if getattr(dialect, "delimiter", ",") not in text.partition("\n")[0]:
        dialect = csv.excel
    reader = csv.reader(io.StringIO(text, newline=""), dialect)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"Line {reader.line_num}: this is no CSV ({error}).") from error


def _row(number: int, row: Sequence[str], columns: int, zone: str) -> tuple[datetime, list[float | None]]:
    if len(row) > columns + 1 and any(cell.strip() for cell in row[columns + 1 :]):
        raise ValueError(f"Line {number} has {len(row)} columns, the header has {columns + 1}.")
    cells = [*row, *[""] * columns][: columns + 1]
    values = []
    for cell in cells[1:]:
        value = _number(cell)
        if value is None and cell.strip().lower() not in NOTHING:
            raise ValueError(f"Line {number}: “{cell.strip()[:40]}” is not a number.")
        values.append(value)
    return _instant(number, cells[0].strip(), zone), values


def _number(cell: str) -> float | None:
    text = cell.strip().removesuffix("%").strip().replace("\u202f", "").replace("\u00a0", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e18 and "_" not in text else None


def _instant(number: int, text: str, zone: str) -> datetime:
    """Seconds or milliseconds since the epoch, or ISO 8601; in UTC."""
    try:
        seconds = _number(text)
        if seconds is not None and abs(seconds) > 1e7:
            at = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)
        else:
            at = datetime.fromisoformat(text)
            at = at.astimezone(UTC) if at.tzinfo else at_wall_clock(at.date(), at.time(), zone)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(
            f"Line {number}: “{text[:40]}” is not a time. Write 2026-11-16 15:02, or seconds since 1970."
        ) from error
    if at.year not in YEARS:
        raise ValueError(f"Line {number}: the year {at.year} cannot be right.")
    return at

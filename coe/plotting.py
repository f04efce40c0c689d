"""Columns of numbers as a line chart: where each point, tick and mark is drawn. Pure; lengths are pixels.

Decides the ticks, which points of a long series are drawn, and that labels do not overlap. Colours are classes of the
style sheet; what CSV may say is `coe/tabulating.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coe.lettering import shortened, width_of
from coe.tabulating import Series, Table
from oncall.times import at_wall_clock, local

MOST_POINTS = 480  # drawn of each series: more than the picture has pixels for
# The picture, in pixels.
WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 52, 44
LABEL_SIZE, LABEL_LINE, LABEL_ROWS = 12, 16, 3
MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS = (1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR,
         3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 365 * DAY)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tick:
    """A value or a time on an axis."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An anchor of the timeline, its label on a row where it meets no other."""

    x: float
    label: str
    label_x: float
    label_y: float
    is_end: bool
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A series as a path; points where a lonely value would not be seen as a line."""

    number: int
    name: str
    path: str
    dots: tuple[tuple[float, float], ...]
    low: str
    high: str
    end: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture, and the table it was drawn from."""

    width: int
    height: int
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    left: int
    right: int
    top: int
    bottom: int
    span: str
    table: Table

    @property
    def tick_x(self) -> int:
        return self.left - 8

    @property
    def clock_y(self) -> int:
        return self.bottom + 20

    @property
    def unit_y(self) -> int:
        return self.top - 14


def draw(table: Table, zone: str, anchors: Iterable[tuple[datetime, str, str]] = ()) -> Chart:
    """The chart. `anchors` are (instant, label, tone); those outside of the time drawn are left out."""
    first, last = table.times[0], table.times[-1]
    if first == last:
        first, last = first - timedelta(minutes=1), last + timedelta(minutes=1)
    whole = (last - first).total_seconds()

    def x_of(at: datetime) -> float:
        return round(LEFT + (at - first).total_seconds() / whole * (WIDTH - LEFT - RIGHT), 1)

    low, high, step = _scale(table)

    def y_of(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    up = tuple(Tick(y_of(low + step * n), _short(low + step * n, step)) for n in range(round((high - low) / step) + 1))
    lines = tuple(_line(number, one, table.times, x_of, y_of) for number, one in enumerate(table.series))
    marks = tuple(_marks([(x_of(at), label, tone) for at, label, tone in sorted(anchors) if first <= at <= last]))
    across = tuple(Tick(x_of(at), label) for at, label in _times(first, last, zone))
    span = f"{_full(first, zone)} to {_full(last, zone)}"
    return Chart(WIDTH, HEIGHT, lines, across, up, marks, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM, span, table)


def _scale(table: Table) -> tuple[float, float, float]:
    """The lowest and highest value drawn and the step between, all round; zero is shown unless it is far away."""
    values = [value for one in table.series for value in one.values if value is not None]
    low, high = min(values), max(values)
    low = 0.0 if 0 <= low <= (high - low) * 2 or low == high >= 0 else low
    high = 0.0 if low <= high < 0 and high >= low / 2 else high
    if high == low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * (1 - 1e-9))
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def _short(value: float, step: float) -> str:
    """As people write it on an axis: 1.5k, 2M."""
    for least, size, letter in ((1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= least:
            return f"{value / size:.4g}{letter}"
    return "0" if abs(value) < step / 1e6 else f"{value:.6g}"


def _line(number: int, one: Series, times: Sequence[datetime], x_of, y_of) -> Line:  # type: ignore[no-untyped-def]
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in zip(times, one.values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x_of(at), y_of(value)))
    most = max(2, MOST_POINTS * max(map(len, runs)) // max(1, len(times)))
    thinned = [_thinned(run, most) for run in runs if run]
    path = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in run) for run in thinned if len(run) > 1)
    known = [value for value in one.values if value is not None]
    dots = tuple(run[0] for run in thinned if len(run) == 1)[:MOST_POINTS]
    low, high = (f"{min(known):g}", f"{max(known):g}") if known else ("", "")
    return Line(number, one.name, path, dots, low, high, thinned[-1][-1] if thinned else None)


def _thinned(run: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most about this many points; of each stretch the first, lowest, highest and last, so that no peak is lost."""
    if len(run) <= most:
        return list(run)
    size = math.ceil(len(run) / max(1, most // 4))
    kept: list[tuple[float, float]] = []
    for start in range(0, len(run), size):
        some = range(start, min(start + size, len(run)))
        wanted = {some[0], some[-1], min(some, key=lambda n: run[n][1]), max(some, key=lambda n: run[n][1])}
        kept += [run[n] for n in sorted(wanted)]
    return kept


def _times(first: datetime, last: datetime, zone: str) -> Iterator[tuple[datetime, str]]:
    """Round wall-clock times in the span, at most eight; the day stands at the first and wherever it changes."""
    span = (last - first).total_seconds()
    step = next((step for step in STEPS if span / step <= 7), STEPS[-1])
    start = local(first, zone).replace(microsecond=0, tzinfo=None)
    midnight = start.replace(hour=0, minute=0, second=0)
    count = math.ceil((start - midnight).total_seconds() / step)
    day = None
    for number in range(count, count + 10):
        clock = midnight + timedelta(seconds=step * number)
        at = at_wall_clock(clock.date(), clock.time(), zone)
        if at > last:
            return
        if at >= first:
            shown = f"{clock:%H:%M:%S}" if step < MINUTE else f"{clock:%H:%M}" if step < DAY else ""
            yield at, " ".join(filter(None, ["" if day == clock.date() else f"{clock.day} {clock:%b}", shown]))
            day = clock.date()


def _full(at: datetime, zone: str) -> str:
    return f"{local(at, zone):%Y-%m-%d %H:%M}"


def _marks(places: Sequence[tuple[float, str, str]]) -> Iterator[Mark]:
    """Each label on the first row where it is free, right of its line, or left of it at the edge."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(LABEL_ROWS)]
    for x, label, tone in places:
        words = shortened(label, 150, LABEL_SIZE)
        wide = width_of(words, LABEL_SIZE) + 10
        is_end = x + wide > WIDTH
        start, end = (x - wide, x) if is_end else (x, x + wide)
        free = [n for n, row in enumerate(taken) if all(end <= left or start >= right for left, right in row)]
        if free:
            taken[free[0]].append((start, end))
            label_x = x - 5 if is_end else x + 5
            yield Mark(x, words, round(label_x, 1), 13 + LABEL_LINE * free[0], is_end, tone)
        else:
            # No room: the line stands, and its words are in the list of anchors below.
            yield Mark(x, "", x, 0.0, is_end, tone)

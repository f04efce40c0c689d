"""Who is on call: shifts computed from a definition, an instant or a window, and IANA zones. Nothing else.

Decides the final schedule. It does not decide who may change a definition, nor whom a page reaches; it has no rows and
reads no clock. People are ids. Instants go in with any zone and come out in UTC.

The rules:

* A layer is a row of hand-overs on the wall clock of its zone: every *n* hours, days, weeks or months, counted from the
  hand-over time on `starts_on`. 09:00 stays 09:00 whatever the clocks do; a hand-over at a time that does not exist is
  later by the gap, one at a time that exists twice is at the first (`oncall/times.py`). Where a gap is longer than a
  turn, turns that it swallows fall out.
* Weekly turns change on `hand_over_on`; the week that holds `starts_on` is the first one, so it may be short. Monthly
  turns change on the day of the month of `starts_on`, or on the month's last day where it is shorter.
* A layer counts from the hand-over time on `starts_on` to the hand-over time on `ends_on`. Two layers, one ending on
  the day the other starts, meet without gap or overlap.
* Slots take turns in order, all people of a slot together. A slot with nobody in it is a hole.
* Each role is a schedule of its own. Within a role an earlier layer lies over a later one; through its holes, and
  before and after it counts, the later one is seen. Where nothing is seen there is a gap.
* An override of a layer lies over that layer only. An override of no layer lies over everything of the primary role.
  Of two that overlap, the later in the definition lies above. One with nobody in it takes away what it lies over.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import accumulate, pairwise
from operator import attrgetter

from oncall import times

PRIMARY = "primary"
ROLES = (PRIMARY, "secondary", "shadow", "manager")
FIXED_TURNS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
KINDS = (*FIXED_TURNS, "monthly")

# How far local order and true order can differ: a zone that moves over the date line skips or repeats a day.
LARGEST_JUMP = timedelta(days=1)
# How far `current_shift` and `next_shift` look for the end of a shift, in days: a week each way, then doubling.
FIRST_LOOK, HORIZON = timedelta(days=8), timedelta(days=512)
INSTANT = timedelta.resolution
# Leaves room inside what datetime can hold for the longest turn anybody can enter, 32,767 months.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)

People = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One rotation. `hand_over_on` is a weekday (Monday is 0); `slots` are people on call together, in order."""

    id: int
    kind: str
    hand_over_at: time
    starts_on: date
    zone: str
    slots: tuple[People, ...]
    name: str = ""
    role: str = PRIMARY
    every: int = 1
    hand_over_on: int = 0
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A rotation is {', '.join(KINDS)}; not “{self.kind}”.")
        if self.every < 1:
            raise ValueError(f"A rotation moves on every 1 or more turns, not every {self.every}.")
        if not 0 <= self.hand_over_on <= 6:
            raise ValueError(f"A weekday is 0 (Monday) to 6 (Sunday), not {self.hand_over_on}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """From `starts_at` to `ends_at` these people instead of what it lies over; nobody takes that away."""

    people: People
    starts_at: datetime
    ends_at: datetime
    layer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A schedule: layers with the one that lies above first, overrides with the one that lies above last."""

    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """These people are on call from `starts_at` up to, not including, `ends_at` (UTC)."""

    starts_at: datetime
    ends_at: datetime
    people: People
    role: str
    layer: int | None
    is_override: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on call from `starts_at` up to, not including, `ends_at` (UTC)."""

    starts_at: datetime
    ends_at: datetime


# What a layer or an override has between two instants: shifts in order, without overlap, within those instants.
_Source = Callable[[datetime, datetime], Iterator[Shift]]


def between(definition: Definition, a: datetime, b: datetime, role: str = PRIMARY) -> list[Shift]:
    """The final schedule of a role from a to b, in order; gaps are left out, equal neighbours are one shift.

    Cut at a and b; see `current_shift` for true ends. Takes time in proportion to the window, however long ago the
    schedule began. Raises ValueError for times without zone, and for windows that end before they start.
    """
    a, b = _window(a, b)
    merged: list[Shift] = []
    for shift in _painted(_sources(definition, role), a, b):
        if merged and _continues(shift, merged[-1]):
            merged[-1] = _joined(merged[-1], shift)
        else:
            merged.append(shift)
    return merged


def layer_shifts(layer: Layer, a: datetime, b: datetime) -> list[Shift]:
    """The turns of one layer from a to b, without overrides: each turn a shift, also when the same people go on.

    Cut at a and b. Raises ValueError as `between` does.
    """
    a, b = _window(a, b)
    return list(_turn_shifts(layer, a, b))


def on_call_at(definition: Definition, instant: datetime, role: str = PRIMARY) -> People:
    """Who is on call in a role at an instant; nobody in a gap. Raises ValueError for a time without zone."""
    instant, after = _window(instant, instant + INSTANT)
    shift = next(iter(_painted(_sources(definition, role), instant, after)), None)
    return shift.people if shift else ()


def gaps(definition: Definition, a: datetime, b: datetime, role: str = PRIMARY) -> list[Gap]:
    """When nobody is on call in a role from a to b, in order, cut at a and b. Raises ValueError as `between` does."""
    a, b = _window(a, b)
    found: list[Gap] = []
    covered_to = a
    for shift in between(definition, a, b, role):
        if shift.starts_at > covered_to:
            found.append(Gap(covered_to, shift.starts_at))
        covered_to = shift.ends_at
    if covered_to < b:
        found.append(Gap(covered_to, b))
    return found


def current_shift(definition: Definition, instant: datetime, role: str = PRIMARY) -> Shift | None:
    """The shift that holds the instant, with its true start and end; None in a gap.

    A start or end further away than `HORIZON` is given as the horizon: such a shift has none that matters.
    """
    instant, _ = _window(instant, instant)
    if not on_call_at(definition, instant, role):
        return None
    look = FIRST_LOOK
    while True:
        a, b = instant - look, instant + look
        shift = next(found for found in between(definition, a, b, role) if found.ends_at > instant)
        if (a < shift.starts_at and shift.ends_at < b) or look >= HORIZON:
            return shift
        look *= 2


def next_shift(
    definition: Definition, instant: datetime, role: str = PRIMARY, person: int | None = None
) -> Shift | None:
    """The first shift that starts after the instant, of this person or of anybody; None within `HORIZON`.

    Its end is true, or the horizon.
    """
    instant, _ = _window(instant, instant)
    look = FIRST_LOOK
    while True:
        b = instant + look
        later = (found for found in between(definition, instant, b, role) if found.starts_at > instant)
        shift = next((found for found in later if person is None or person in found.people), None)
        if (shift and shift.ends_at < b) or look >= HORIZON:
            return shift
        look *= 2


def _window(a: datetime, b: datetime) -> tuple[datetime, datetime]:
    a, b = times.as_utc(a), times.as_utc(b)
    if b < a:
        raise ValueError(f"A window cannot end ({b:%Y-%m-%d %H:%M} UTC) before it starts ({a:%Y-%m-%d %H:%M} UTC).")
    if a < EARLIEST or b > LATEST:
        raise ValueError(f"Shifts can be computed for the years {EARLIEST.year} to {LATEST.year - 1}.")
    return a, b


def _continues(shift: Shift, before: Shift) -> bool:
    return (
        shift.starts_at == before.ends_at
        and shift.people == before.people
        and shift.layer == before.layer
        and shift.is_override == before.is_override
    )


def _joined(before: Shift, after: Shift) -> Shift:
    # dataclasses.replace takes five times as long, and a schedule of one person joins every turn.
    return Shift(before.starts_at, after.ends_at, after.people, after.role, after.layer, after.is_override)


def _sources(definition: Definition, role: str) -> list[_Source]:
    """What lies over what in a role, uppermost first."""
    layers = [layer for layer in definition.layers if layer.role == role]
    sources: list[_Source] = [partial(_with_overrides, layer, definition.overrides) for layer in layers]
    return [*_covers(definition.overrides, None, role), *sources] if role == PRIMARY else sources


def _covers(overrides: tuple[Override, ...], layer: int | None, role: str) -> list[_Source]:
    return [partial(_cover, override, role) for override in reversed(overrides) if override.layer == layer]


def _cover(override: Override, role: str, a: datetime, b: datetime) -> Iterator[Shift]:
    start, end = max(times.as_utc(override.starts_at), a), min(times.as_utc(override.ends_at), b)
    if start < end:
        yield Shift(start, end, override.people, role, override.layer, True)


def _with_overrides(layer: Layer, overrides: tuple[Override, ...], a: datetime, b: datetime) -> Iterator[Shift]:
    covers = _covers(overrides, layer.id, layer.role)
    turns = partial(_turn_shifts, layer)
    return iter(_painted([*covers, turns], a, b)) if covers else turns(a, b)


def _painted(sources: list[_Source], a: datetime, b: datetime) -> list[Shift]:
    """Each source fills what those above it left open; then what only takes away is taken away."""
    done: list[Shift] = []
    holes = [(a, b)]
    for source in sources:
        left: list[tuple[datetime, datetime]] = []
        for start, end in holes:
            reached = start
            for shift in source(start, end):
                if shift.starts_at > reached:
                    left.append((reached, shift.starts_at))
                done.append(shift)
                reached = shift.ends_at
            if reached < end:
                left.append((reached, end))
        holes = left
    return sorted((shift for shift in done if shift.people), key=attrgetter("starts_at"))


def _turn_shifts(layer: Layer, a: datetime, b: datetime) -> Iterator[Shift]:
    a = max(a, times.at_wall_clock(_bounded(layer.starts_on), layer.hand_over_at, layer.zone))
    if layer.ends_on:
        b = min(b, times.at_wall_clock(_bounded(layer.ends_on), layer.hand_over_at, layer.zone))
    if a >= b or not any(layer.slots):
        return
    first, starts = _turns(layer, a, b)
    running = bisect_right(starts, a) - 1
    edges = [a, *starts[running + 1 : bisect_left(starts, b)], b]
    for number, (start, end) in enumerate(pairwise(edges), first + running):
        people = layer.slots[number % len(layer.slots)]
        # Restrictions of a layer to hours and weekdays would cut the turn here.
        if start < end and people:
            yield Shift(start, end, people, layer.role, layer.id, False)


def _bounded(day: date) -> date:
    """Some write "for ever" as the year 9999."""
    return min(max(day, EARLIEST.date()), LATEST.date())


def _turns(layer: Layer, a: datetime, b: datetime) -> tuple[int, list[datetime]]:
    """The number of a turn that starts at or before a, and the starts from it to one at or after b, in UTC."""
    first = max(0, _turn_number(layer, times.local(a, layer.zone) - LARGEST_JUMP))
    last = _turn_number(layer, times.local(b, layer.zone) + LARGEST_JUMP) + 1
    starts = [start.astimezone(UTC) for start in _turn_starts(layer, range(first, last + 1))]
    # Across a gap a later turn can start earlier: the latest turn that has begun is on, and those before it are over.
    return first, list(accumulate(reversed(starts), min))[::-1]


# From here on all times are local ones with the same zone: Python adds and compares them as the wall clock shows them,
# and takes a sum that exists twice for the first (PEP 495), which is what the rules ask for.


def _turn_number(layer: Layer, shown: datetime) -> int:
    """The number of the turn that the calendar has at this local time."""
    first = _first_start(layer)
    if layer.kind in FIXED_TURNS:
        return (shown - first) // (FIXED_TURNS[layer.kind] * layer.every)
    number = ((shown.year - first.year) * 12 + shown.month - first.month) // layer.every
    return number if _months_later(first, number * layer.every) <= shown else number - 1


def _turn_starts(layer: Layer, numbers: range) -> list[datetime]:
    first = _first_start(layer)
    if layer.kind in FIXED_TURNS:
        turn = FIXED_TURNS[layer.kind] * layer.every
        return [first + turn * number for number in numbers]
    return [_months_later(first, number * layer.every) for number in numbers]


def _first_start(layer: Layer) -> datetime:
    """The start of turn 0; that of a weekly layer can be before the layer itself."""
    day = _bounded(layer.starts_on)
    if layer.kind == "weekly":
        day -= timedelta(days=(day.weekday() - layer.hand_over_on) % 7)
    return datetime.combine(day, layer.hand_over_at, times.zone(layer.zone))


def _months_later(first: datetime, months: int) -> datetime:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return first.replace(year=year, month=month + 1, day=day)

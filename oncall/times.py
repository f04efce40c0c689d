"""Zones, wall clocks, times in text, and spans in words.

Decides what a local time means on the days when clocks change, which texts name an instant, and how a span reads in a
sentence. It reads no clock and knows no viewer: whoever calls says which zone.

Daylight saving time, as everywhere in the product: a local time that does not exist moves forward by the gap (02:30
becomes 03:30), one that exists twice is the first. That is what PEP 495 defines for `fold=0`.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

# Names the database carries that are no place: the machine's own setting, and "not set yet".
NOT_PLACES = frozenset({"localtime", "Factory"})
# Go writes a time that was never set as 1 January of the year 1.
ZERO_YEAR = re.compile(r"0001-?01-?01T", re.IGNORECASE)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - NOT_PLACES)


def zone_names() -> list[str]:
    """Every IANA zone of the installed database, in alphabetical order, for choices on a form."""
    return sorted(_names())


def is_zone(name: str) -> bool:
    """Whether this is the exact name of an IANA zone; "CET" is one, "europe/paris" is not."""
    return name in _names()


@cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """The IANA zone of this name. Raises ValueError with a sentence when there is none."""
    if not is_zone(name):
        raise ValueError(f"“{name[:60]}” is not a time zone. Use a name such as Europe/Paris.")
    return zoneinfo.ZoneInfo(name)


def local(instant: datetime, zone_name: str) -> datetime:
    """The instant on the wall clock of a zone. Raises ValueError for an unknown zone or a time without zone."""
    return as_utc(instant).astimezone(zone(zone_name))


def at_wall_clock(day: date, at: time, zone_name: str) -> datetime:
    """The instant, in UTC, at which clocks in the zone show this time on this day.

    A time that the day skips moves forward by the gap; one that it has twice is the first. Raises ValueError for an
    unknown zone.
    """
    # fold=0 is the rule itself: before a gap and in the first of two equal hours the old offset holds (PEP 495).
    return datetime.combine(day, at.replace(fold=0), zone(zone_name)).astimezone(UTC)


def instants_at(day: date, at: time, zone_name: str) -> list[datetime]:
    """Every instant, in UTC, at which clocks in the zone show this time on this day: none in a gap, two in an overlap.

    For whoever must ask instead of taking the rule of `at_wall_clock`. Raises ValueError for an unknown zone, and
    OverflowError at the ends of the calendar.
    """
    wall = datetime.combine(day, at.replace(fold=0))
    return [
        one for one in readings_of(day, at, zone_name) if local(one, zone_name).replace(tzinfo=None, fold=0) == wall
    ]


def readings_of(day: date, at: time, zone_name: str) -> list[datetime]:
    """The instants, in UTC and in order, that a wall clock can mean: one, or two on both sides of a change of clocks.

    A time that was skipped is read with the offset before the gap and with the one after it. Raises as `instants_at`.
    """
    wall = datetime.combine(day, at, zone(zone_name))
    return sorted({wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})


def start_of_day(day: date, zone_name: str) -> datetime:
    """The instant, in UTC, at which a local day begins; where clocks skip midnight, the first time that exists."""
    return at_wall_clock(day, time(0), zone_name)


def next_wall_clock(now: datetime, at: time, zone_name: str) -> datetime:
    """The next instant after `now`, in UTC, at which clocks in the zone show this time. Raises ValueError as above."""
    today = local(now, zone_name).date()
    found = at_wall_clock(today, at, zone_name)
    return found if found > now else at_wall_clock(today + DAY, at, zone_name)


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a time without zone, which is no instant."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone.")
    return instant.astimezone(UTC)


def parse_instant(text: object) -> datetime:
    """The instant that a text names, in UTC; ISO 8601 or RFC 3339, and always with a zone.

    `2015-07-17T08:42:58.315+0000`, `2018-08-03T09:52:26.739266876+02:00` and `…Z` are all fine; what is finer than a
    microsecond is cut off. Raises ValueError with a sentence for whoever sent it.
    """
    if not isinstance(text, str):
        raise ValueError("A time must be text such as 2015-07-17T08:42:58Z.")
    shown = text.strip()[:60]
    try:
        found = datetime.fromisoformat(shown.upper())
    except ValueError as error:
        raise ValueError(f"“{shown}” is not an ISO 8601 time such as 2015-07-17T08:42:58Z.") from error
    if found.tzinfo is None:
        raise ValueError(f"“{shown}” has no time zone; write Z for UTC or an offset such as +01:00.")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"“{shown}” is outside the years 1 to 9999.") from error


def instant_or_none(text: object) -> datetime | None:
    """Like `parse_instant`; None for nothing, an empty text, and Go's zero time `0001-01-01T00:00:00Z`."""
    if text is None or (isinstance(text, str) and (not text.strip() or ZERO_YEAR.match(text.strip()))):
        return None
    return parse_instant(text)


def spoken(span: timedelta) -> str:
    """The length of a span for a sentence: "40 seconds", "9 minutes", "2 h 5 min", "3 days", "3 d 2 h".

    Rounded down to the smaller of the two units shown; the sign is not shown.
    """
    span = abs(span)
    if span < MINUTE:
        return _counted(span // SECOND, "second")
    if span < HOUR:
        return _counted(span // MINUTE, "minute")
    if span < DAY:
        return _in_two(span, HOUR, MINUTE, ("hour", "h", "min"))
    return _in_two(span, DAY, HOUR, ("day", "d", "h"))


def written(span: timedelta) -> str:
    """Like `spoken`, with one to nine as words: "nine minutes", but "12 minutes" and "2 h 5 min"."""
    count, _, unit = spoken(span).partition(" ")
    if unit.rstrip("s") not in ("second", "minute", "hour", "day") or not 0 < int(count) < len(NUMBERS):
        return spoken(span)
    return f"{NUMBERS[int(count)]} {unit}"


def _in_two(span: timedelta, large: timedelta, small: timedelta, names: tuple[str, str, str]) -> str:
    whole, rest = divmod(span, large)
    rest_count = rest // small
    return f"{whole} {names[1]} {rest_count} {names[2]}" if rest_count else _counted(whole, names[0])


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"

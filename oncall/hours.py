"""Hours of the day on somebody's wall clock: is it now, and when is it over.

Pure: an instant, two local times, weekdays and a zone in; a truth or an instant out. Hours from 22:00 until 07:00 cross
midnight and belong to the day on which they begin; hours that begin and end at the same time are the whole day. Local
times that do not exist or exist twice follow `oncall/times.py`.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from oncall.times import at_wall_clock, local

EVERY_DAY = "0123456"
ONE_DAY = timedelta(days=1)


def is_within(instant: datetime, start: time, until: time, zone: str, weekdays: str = EVERY_DAY) -> bool:
    """Whether the instant lies in the hours; their start belongs to them, their end does not.

    `weekdays` holds digits, 0 for Monday. Raises ValueError for an unknown zone.
    """
    return hours_end(instant, start, until, zone, weekdays) is not None


def hours_end(instant: datetime, start: time, until: time, zone: str, weekdays: str = EVERY_DAY) -> datetime | None:
    """When the hours that the instant lies in are over, in UTC; None outside of them. Raises ValueError as above."""
    spans = _spans(local(instant, zone).date(), start, until, zone, weekdays)
    return next((ends for begins, ends in spans if begins <= instant < ends), None)


def _spans(today: date, start: time, until: time, zone: str, weekdays: str) -> Iterator[tuple[datetime, datetime]]:
    """The hours that began yesterday, and those that begin today."""
    for day in (today - ONE_DAY, today):
        if str(day.weekday()) in weekdays:
            last = day if until > start else day + ONE_DAY
            yield at_wall_clock(day, start, zone), at_wall_clock(last, until, zone)

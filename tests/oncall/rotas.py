"""Rotations, people and weeks that the tests of schedules share, made with `zoneinfo`, not with the code under test."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.shifts import Layer, Shift

ALICE, BOB, CAROL, DORA = 1, 2, 3, 4
NEW_YORK = "America/New_York"

# Mondays in New York. The clocks go forward on Sunday 8 March 2026 and back on Sunday 1 November 2026, both at 02:00.
ORDINARY_WEEK, SPRING_WEEK, AUTUMN_WEEK = date(2026, 1, 12), date(2026, 3, 2), date(2026, 10, 26)


def layer(**facts) -> Layer:
    """Alice, then Bob, a day each, from 09:00 in New York."""
    defaults = {
        "id": 1,
        "kind": "daily",
        "hand_over_at": time(9),
        "starts_on": date(2025, 1, 6),
        "zone": NEW_YORK,
        "slots": ((ALICE,), (BOB,)),
    }
    return Layer(**(defaults | facts))


def shown(day: date, hour: int = 9, minute: int = 0, zone: str = NEW_YORK) -> datetime:
    """An instant by what clocks show."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def turns(shifts: list[Shift], zone: str = NEW_YORK) -> list[tuple[str, str, tuple[int, ...]]]:
    """Shifts as people read them: ("Mon 09:00", "Tue 09:00", people)."""
    there = ZoneInfo(zone)
    return [
        (f"{shift.starts_at.astimezone(there):%a %H:%M}", f"{shift.ends_at.astimezone(there):%a %H:%M}", shift.people)
        for shift in shifts
    ]

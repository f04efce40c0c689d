"""Times as they are typed and read in a terminal: on the clock of this machine, sent with its offset."""

import re
from datetime import datetime, time, timedelta

UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def here() -> datetime:
    """Now, on the clock of this machine."""
    return datetime.now().astimezone()


def span(text: str) -> timedelta:
    """`30m`, `2h`, `1h30m`, `2d`. Raises ValueError for anything else, and for nothing at all."""
    if not re.fullmatch(r"(\d{1,5}[dhm])+", text.strip()):
        raise ValueError(f"{text!r} is not a span; it looks like 30m, 2h, 1h30m or 2d")
    parts = re.findall(r"(\d+)([dhm])", text)
    found = sum((timedelta(**{UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
    if not found:
        raise ValueError("A span lasts longer than nothing")
    return found


def instant(text: str, now: datetime) -> datetime:
    """`09:00` is the next time the clock shows that; else a day with a time, ISO 8601, with or without an offset."""
    text = text.strip()
    if clock := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
        return _next(time(int(clock[1]), int(clock[2])), now)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or re.fullmatch(r"[\d-]+", text):
        raise ValueError(f"{text!r} is not a time; it looks like 09:00 or 2026-11-25 21:00")
    return found.astimezone()


def _next(shown: time, now: datetime) -> datetime:
    """By the wall clock, not by 24 hours: days are longer and shorter twice a year."""
    today = datetime.combine(now.date(), shown).astimezone()
    return today if today > now else datetime.combine(now.date() + timedelta(days=1), shown).astimezone()


def shown(text: str | None, now: datetime) -> str:
    """An instant of the API as this machine's clock shows it, as short as it is clear; nothing for none."""
    if not text:
        return ""
    at = datetime.fromisoformat(text).astimezone()
    if at.date() == now.date():
        return f"{at:%H:%M %Z}"
    return f"{at:%a %d %b %H:%M %Z}" if at.year == now.year else f"{at:%d %b %Y %H:%M %Z}"

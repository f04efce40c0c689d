"""How times, spans, shares and names read on a screen.

Decides the words only: every function takes local times and plain numbers and returns text. It does not know the
viewer's zone (the caller has converted already) and reads no clock. `static/js/times.js` follows the same
rules in the browser.
"""

from datetime import date, datetime

from oncall.suspicion import in_percent

MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800
# Between a number and its unit: never a line break.
GAP = "\u00a0"


def initials(name: str) -> str:
    """At most two capitals: "Alice Moreau" → "AM", "release-bot" → "R"."""
    words = [word for word in name.partition("@")[0].split() if word[0].isalnum()]
    ends = words if len(words) < 2 else [words[0], words[-1]]
    return "".join(word[0] for word in ends).upper()


def day(on: date) -> str:
    """22 Nov 2026."""
    return f"{on.day} {on:%b %Y}"


def exact(at: datetime) -> str:
    """Sun 22 Nov 2026, 14:02:11 CET: what hovering over a time shows."""
    return f"{at:%a} {day(at)}, {at:%H:%M:%S %Z}"


def instant(at: datetime, style: str, now: datetime) -> str:
    """A local moment in one of the styles relative, short, clock, day, full. ValueError on any other."""
    if style == "relative":
        return relative(at, now)
    if style == "short":
        return short(at, now)
    formats = {"clock": f"{at:%H:%M}", "day": day(at), "full": f"{at:%a} {day(at)}, {at:%H:%M %Z}"}
    if style not in formats:
        raise ValueError(f"no such style of time: {style}")
    return formats[style]


def relative(at: datetime, now: datetime) -> str:
    """11 min ago, in 3 h, 2 d ago; the date once a week lies between."""
    seconds = (now - at).total_seconds()
    span = abs(seconds)
    if span < MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    if span >= WEEK:
        return day(at) if at.year != now.year else f"{at.day} {at:%b}"
    size, unit = next(step for step in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")) if span >= step[0])
    words = f"{int(span // size)}{GAP}{unit}"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def short(at: datetime, now: datetime) -> str:
    """The least that is not ambiguous: 14:02 today, Mon 14:02 within six days, 12 Nov 14:02, else 12 Nov 2025."""
    days = abs((at.date() - now.date()).days)
    if days == 0:
        return f"{at:%H:%M}"
    if days < 7:
        return f"{at:%a %H:%M}"
    return f"{at.day} {at:%b %H:%M}" if at.year == now.year else day(at)


def duration(seconds: float) -> str:
    """At most two units: "40 s", "27 min", "1 h 4 min", "3 d 2 h"."""
    seconds = int(abs(seconds))
    units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s")]
    place = next((index for index, (size, _) in enumerate(units) if seconds >= size), 3)
    parts: list[str] = []
    for size, unit in units[place : place + (2 if place < 2 else 1)]:
        count, seconds = divmod(seconds, size)
        if count or not parts:
            parts.append(f"{count}{GAP}{unit}")
    return " ".join(parts)


def span(seconds: float) -> str:
    """How long something took, where tenths count: "0.4 s", "8.0 s", "12 s", "1 min"."""
    return f"{max(seconds, 0):.1f}{GAP}s" if seconds < 10 else duration(seconds)


def due(days: int, on: date, late: bool) -> str:
    """A due date `days` from today: due today, due Tue, due 3 Dec, 41 days over."""
    if late:
        return f"{-days}{GAP}day{'s' if days < -1 else ''} over"
    if days in (0, 1):
        return "due tomorrow" if days else "due today"
    return f"due {on:%a}" if 0 < days < 7 else f"due {day(on)}"


def percent(share: float | None) -> str:
    """86 %, <1 %, >99 %; a likelihood that was not computed is a dash."""
    return "–" if share is None else f"{in_percent(share)}{GAP}%"

"""The instant that a person means by what they typed: a date and a time, as clocks of a zone show them.

It understands "14:05", "14:05:30", "2:05 pm", "2026-03-04 14:05", "14:05 UTC", "09:05 America/New_York", "09:05 EST"
and ISO 8601. A time without a date is of the day that the caller says. What clocks showed twice or never is asked
about with both readings; a short name that several zones go by is refused with the names that say which. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from oncall import times

# Before, and long after, nothing happened that a COE tells: such a year is a slip of the finger.
FIRST_YEAR, LAST_YEAR = 1970, 2099
LONGEST = 80
EXAMPLE = "Enter a time such as 14:05, 2026-11-16 15:02, or 14:05 UTC."
# Short names of one zone each: its place, and the offset that the name stands for, in minutes east of UTC.
SHORT = {
    "WET": ("Europe/Lisbon", 0),
    "WEST": ("Europe/Lisbon", 60),
    "CET": ("Europe/Paris", 60),
    "CEST": ("Europe/Paris", 120),
    "MEZ": ("Europe/Berlin", 60),
    "MESZ": ("Europe/Berlin", 120),
    "EET": ("Europe/Athens", 120),
    "EEST": ("Europe/Athens", 180),
    "MSK": ("Europe/Moscow", 180),
    "EST": ("America/New_York", -300),
    "EDT": ("America/New_York", -240),
    "MDT": ("America/Denver", -360),
    "PST": ("America/Los_Angeles", -480),
    "PDT": ("America/Los_Angeles", -420),
    "HST": ("Pacific/Honolulu", -600),
    "JST": ("Asia/Tokyo", 540),
    "KST": ("Asia/Seoul", 540),
    "AEST": ("Australia/Sydney", 600),
    "AEDT": ("Australia/Sydney", 660),
    "NZST": ("Pacific/Auckland", 720),
    "NZDT": ("Pacific/Auckland", 780),
    "SAST": ("Africa/Johannesburg", 120),
    "EAT": ("Africa/Nairobi", 180),
}
# Short names that several zones go by.
SHARED = {
    "IST": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "CDT": ("America/Chicago", "America/Havana"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "MST": ("America/Denver", "Asia/Kuala_Lumpur", "Asia/Yangon"),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "SST": ("Asia/Singapore", "Pacific/Pago_Pago"),
    "ECT": ("America/Guayaquil", "Europe/Paris"),
    "PT": ("America/Los_Angeles",),
    "ET": ("America/New_York",),
    "CT": ("America/Chicago",),
    "MT": ("America/Denver",),
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = (
    r"(?P<date>\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2} [A-Za-z]{3,9}\.? \d{4}"
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})"
)
_CLOCK = r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
# Not the beginning of "America".
_HALF = r"(?: ?(?P<half>[AaPp](?:[Mm]\b|\.[Mm]\.)))?"
_NAME = r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*"
_ZONE = rf"(?: ?\(?(?P<zone>(?:[Uu][Tt][Cc]|[Gg][Mm][Tt])?[+−-]\d{{1,2}}(?::?\d{{2}})?|{_NAME})\)?)?"
_MOMENT = re.compile(rf"(?:{_DATE}(?:,? |[Tt]))?{_CLOCK}{_HALF}{_ZONE}")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+−-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC, and the zone that was named beside the time, as it was named; "" for none."""

    at: datetime
    named: str = ""


class Unclear(ValueError):
    """What was typed means two instants: carries one sentence, and each reading as (what it says, how it is typed)."""

    def __init__(self, sentence: str, choices: list[tuple[str, str]]) -> None:
        super().__init__(sentence)
        self.choices = choices


def moment_of(typed: str, zone: str, day: date | None = None) -> Moment:
    """The instant that was typed. `zone` is the one whose clocks are meant unless another is named.

    `day` is that of a time without a date. Raises Unclear for two readings, ValueError with a sentence for none.
    """
    found = _MOMENT.fullmatch(" ".join(typed.split())) if len(typed) <= LONGEST else None
    if found is None or not (found["minute"] or found["half"]):
        raise ValueError(EXAMPLE)
    clock = _clock(found)
    on = _date(found["date"]) if found["date"] else day
    if on is None:
        raise ValueError("Which day was that? Write the date before it, such as 2026-11-16 15:02.")
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise ValueError(f"The year {on.year} cannot be right: it is between {FIRST_YEAR} and {LAST_YEAR}.")
    named = found["zone"] or ""
    if (offset := offset_of(named)) is not None:
        return Moment(times.as_utc(datetime.combine(on, clock, timezone(offset))), named)
    if named != zone and named.upper() in SHORT:
        return Moment(_of_short(on, clock, named), named)
    return Moment(_only_one(on, clock, _zone(named) if named else zone), named)


def typed_of(at: datetime, zone: str) -> str:
    """As it is typed, to the second where there are seconds; in an hour that clocks show twice with its offset."""
    shown = times.local(at, zone)
    text = f"{shown:%Y-%m-%d %H:%M:%S}" if shown.second else f"{shown:%Y-%m-%d %H:%M}"
    is_clear = len(times.readings_of(shown.date(), shown.time(), zone)) == 1
    return text if is_clear else f"{text} {shown.isoformat()[-6:]}"


def converted(typed: str, moment: Moment, zone: str) -> str:
    """ "09:05 America/New_York = 13:05 UTC"; empty where no other zone was named."""
    if not moment.named or moment.named == zone:
        return ""
    shown, typed = times.local(moment.at, zone), " ".join(typed.split())
    found = _MOMENT.fullmatch(typed)
    has_day = found is not None and found["date"] is not None
    return f"{typed} = {f'{shown.date()} ' if has_day else ''}{_written(shown.time())} {zone}"


def offset_of(text: str) -> timedelta | None:
    """The offset that "Z", "UTC", "+01:00" or "UTC-5" is; None for what is a name. Raises ValueError beyond a day."""
    if text.upper() in {"Z", "UTC", "GMT"}:
        return timedelta(0)
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 15 or minutes > 59:
        raise ValueError(f"Clocks are nowhere {text[:20]} from UTC.")
    span = timedelta(hours=hours, minutes=minutes)
    return span if found[1] == "+" else -span


def _only_one(on: date, clock: time, zone: str) -> datetime:
    """The instant of a wall clock; Unclear asks where there are two or none."""
    readings = times.readings_of(on, clock, zone)
    if len(readings) == 1:
        return readings[0]
    wall = f"{on} {_written(clock)}"
    is_skipped = not times.instants_at(on, clock, zone)
    happened = "skipped" if is_skipped else "showed twice"
    question = "Which did you mean?" if is_skipped else "The first or the second?"
    sentence = f"Clocks in {zone} {happened} {wall}. {question}"
    raise Unclear(sentence, [_choice(one, zone) for one in readings])


def _of_short(on: date, clock: time, name: str) -> datetime:
    """The instant of "09:05 EST"; Unclear where clocks of that place were on their other time that day."""
    zone, minutes = SHORT[name.upper()]
    meant = datetime.combine(on, clock, timezone(timedelta(minutes=minutes)))
    if times.local(meant, zone).utcoffset() == meant.utcoffset():
        return times.as_utc(meant)
    others = times.readings_of(on, clock, zone)
    sentence = f"{name.upper()} was not in force in {zone} on {on}. Which did you mean?"
    literal = (f"{_written(clock)} as {name.upper()}, which is {meant.isoformat()[-6:]}", _with_offset(meant))
    raise Unclear(sentence, [literal, _choice(others[0], zone)])


def _choice(at: datetime, zone: str) -> tuple[str, str]:
    shown = times.local(at, zone)
    offset = shown.isoformat()[-6:]
    return f"{_written(shown.time())} in {zone} ({offset}), which is {at:%H:%M} UTC", _with_offset(shown)


def _with_offset(at: datetime) -> str:
    return f"{at.date()} {_written(at.time())} {at.isoformat()[-6:]}"


def _written(clock: time) -> str:
    return f"{clock:%H:%M:%S}" if clock.second else f"{clock:%H:%M}"


def _clock(found: re.Match[str]) -> time:
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} {half} is no time of a day.")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    try:
        return time(hour, minute, second, int((found["fraction"] or "0").ljust(6, "0")[:6]))
    except ValueError as error:
        raise ValueError(f"There is no such time as {found.group()[:LONGEST]}.") from error


def _date(text: str) -> date:
    """2026-11-16, 2026/11/16, 16.11.2026, 16 Nov 2026, Nov 16, 2026. Raises ValueError with a sentence."""
    try:
        if "." in text and text[0].isdigit() and " " not in text:
            day, month, year = (int(part) for part in text.split("."))
        elif " " in text:
            words = re.sub(r"[.,]", "", text).split()
            first, name = (words[0], words[1]) if words[0].isdigit() else (words[1], words[0])
            day, month, year = int(first), MONTHS.index(name[:3].lower()) + 1, int(words[2])
        else:
            year, month, day = (int(part) for part in re.split("[-/]", text))
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"There is no such date as {text}.") from error


def _zone(text: str) -> str:
    """The exact name of a zone that was named in any case. Raises ValueError with a sentence that names choices."""
    if text.upper() in SHARED:
        names = SHARED[text.upper()]
        listed = ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1]
        why = "is the name of several zones" if len(names) > 1 else "is no exact zone"
        raise ValueError(f"“{text.upper()}” {why}. Write {listed}, or an offset such as +01:00.")
    if times.is_zone(text):
        return text
    known = {name.lower(): name for name in times.zone_names()}
    if text.lower() in known:
        return known[text.lower()]
    raise ValueError(f"“{text[:40]}” is not a time zone. Write UTC, an offset such as +01:00, or a name: Europe/Paris.")

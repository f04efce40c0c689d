"""The dates that chats write: beside the time of a message, and on a line of their own between two days. Pure.

"11/12/2026" is two days: which part is the month is seen from the other dates of the paste, else asked about once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from coe import moments

# ISO; day and month and year with slashes, in either order; the day first with full stops.
DAY = r"(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}/\d{1,2}/\d{2}(?=,)|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2}))"
SLASHED = re.compile(r"^\[?(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b")
LONGEST = 200  # of a line that names a day, with the rule around it
DAY_FIRST, MONTH_FIRST = "day first", "month first"
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t|tember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_NTH = r"(?P<nth>\d{1,2})(?:st|nd|rd|th)?\.?"
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,?\s+)?"
# "Tuesday, November 17th", "17 November 2026", "--- Day changed Tue Nov 17 2026".
_BEGINS = r"(?:(?:day changed(?: to)?|log opened|session start):?\s+)?"
_BETWEEN = tuple(
    re.compile(rf"[-–—=*\s]*{_BEGINS}{_WEEKDAY}{shape}[-–—=*\s]*", re.IGNORECASE)
    for shape in (
        r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<nth>\d{2})",
        rf"{_MONTH}\s+{_NTH}(?:\s+\d\d:\d\d:\d\d)?(?:,?\s+(?P<year>\d{{4}}))?",
        rf"{_NTH}\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?",
    )
)


def between(row: str, day: date) -> date | None:
    """The day that a line of its own names. Without a year it is the one that is nearest to `day`; None for no day."""
    shapes = _BETWEEN if len(row) <= LONGEST else ()
    found = next((match for shape in shapes if (match := shape.fullmatch(row))), None)
    if found is None:
        return None
    facts = found.groupdict()
    month = int(facts["number"]) if facts.get("number") else moments.MONTHS.index(facts["month"][:3].lower()) + 1
    years = [int(facts["year"])] if facts["year"] else [day.year - 1, day.year, day.year + 1]
    days = [one for year in years if (one := _day(year, month, int(facts["nth"])))]
    return min(days, key=lambda one: abs(one - day), default=None)


def order_of(rows: Iterable[str]) -> str:
    """Which part of dates with slashes is the day, as the dates of the paste tell; empty while they do not."""
    for row in rows:
        if found := SLASHED.match(row.strip()):
            if int(found[1]) > 12:
                return DAY_FIRST
            if int(found[2]) > 12:
                return MONTH_FIRST
    return ""


def read(text: str, order: str) -> list[date]:
    """The days that a date beside a time can be: none, one, or two with the day first and with the month first."""
    parts = [int(part) for part in re.split(r"[-/.]", text)]
    if "-" in text:
        found = [_day(*parts)]
    else:
        first, second, year = parts[0], parts[1], parts[2] + (2000 if parts[2] < 100 else 0)
        by_day, by_month = _day(year, second, first), _day(year, first, second)
        found = [by_day] if "." in text or order == DAY_FIRST else [by_month] if order else [by_day, by_month]
    return list(dict.fromkeys(one for one in found if one))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

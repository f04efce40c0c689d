"""Reads the timeline of a postmortem: lines that begin with a time, in the many ways people write one.

It decides what is an entry and when it was. A day or a zone that the text never states is never guessed: such an entry
stays undated. What the entry says is left as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from oncall import times

_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
# The IANA zone whose wall clock people mean by it: "CET" in June is the local time of that office.
ZONES = {
    "UTC": "UTC", "GMT": "UTC", "BST": "Europe/London", "CET": "Europe/Paris", "CEST": "Europe/Paris",
    "EEST": "Europe/Bucharest", "IST": "Asia/Kolkata", "EST": "America/New_York", "EDT": "America/New_York",
    "EASTERN": "America/New_York", "DENVER": "America/Denver", "CST": "America/Chicago", "MST": "America/Denver",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles",
    "PACIFIC": "America/Los_Angeles",
}  # fmt: skip
ABBREVIATION = r"UTC[+-]\d{1,2}|GMT[+-]\d{1,2}|" + "|".join(sorted(ZONES, key=len, reverse=True)) + "|Denver|Eastern"

_MONTH = r"(?P<{p}month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAYS = [
    re.compile(r"2?(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)"),
    re.compile(r"(?P<number>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<year>\d{4}|\d\d)\b"),
    re.compile(_MONTH.format(p="") + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?P<year>20\d\d))?\b"),
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+" + _MONTH.format(p="") + r"(?:,?\s+(?P<year>20\d\d))?\b"),
]
STARTS_WITH_TIME = re.compile(
    r"~?\d{1,2}(?:[:.]\d\d|\.? [A-Z]|X:)|\d{4}-|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d"
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::(?P<second>\d\d))?(?:[.,]\d+)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    rf"(?:\s*(?P<zone>(?i:{ABBREVIATION})|Z|[+-]00:?00)(?![A-Za-z]))?"
)
_WEEKDAY = re.compile(r"(?:on\s+)?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+", re.IGNORECASE)
_LEAD = re.compile(
    r"^[\s>]*(?:#{1,6}\s+|[-*+–]\s+|\d+[.)]\s+)?(?:-?[*_]{1,3})?(?:Date:\s*)?(?:~|ca\.?\s+|approx\.?\s+)?"
)
_AFTER = re.compile(
    r"^(?:\[\^\d+\])?(?:\s*\([^)]{0,24}\))?\s*(?:~|\?)?(?:\s*-\s*\d{1,2}:[\d?]{2})?(?:\s*\([^)]{0,24}\))?[\s:*_–—,-]*"
)
# "Fault occurs 2020-02-12 11:45": the time stands behind what happened.
_BEHIND = re.compile(
    r"^(\s*(?:[-*–]\s*)?)([A-Z][A-Za-z ]{1,200}?):?\s+(2?20\d\d-\d\d-\d\d)[ ,]+(\d{1,2})[:.]?(\d\d)\s*$"
)


@dataclass
class Entry:
    """One thing that happened. `at` is None where day, time or zone is unknown."""

    at: datetime | None
    text: str
    is_exact: bool = True


@dataclass
class Reader:
    """Goes through lines with the day and zone stated last."""

    zone: str
    day: date | None
    year: int | None
    entries: list[Entry] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    last: datetime | None = None

    def at(self, clock: time, zone: str | None) -> datetime | None:
        """The instant, in UTC, of a wall-clock time on the day stated last; None where day or zone is unknown."""
        name = (zone or self.zone or "").upper()
        numeric = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?", name)
        if self.day is None:
            return None
        if numeric:
            ahead = timedelta(hours=int(numeric[2]), minutes=int(numeric[3] or 0))
            shown = datetime.combine(self.day, clock, tzinfo=UTC)
            return shown - ahead if numeric[1] == "+" else shown + ahead
        known = ZONES.get("UTC" if name == "Z" else name) or (self.zone if times.is_zone(self.zone) else None)
        return times.at_wall_clock(self.day, clock, known) if known else None

    def take_day(self, text: str) -> tuple[date | None, str]:
        """A day at the start of the text, and what follows it."""
        text = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
        for pattern in _DAYS:
            found = pattern.match(text)
            if found is None:
                continue
            parts = found.groupdict()
            month = MONTHS[parts["month"][:3].lower()] if parts.get("month") else int(parts["number"])
            year = int(parts["year"]) if parts.get("year") else self.year
            year = year + 2000 if year is not None and year < 100 else year
            try:
                return (date(year, month, int(parts["day"])) if year else None), text[found.end() :]
            except ValueError:
                return None, text
        return None, text

    def instant(self, found: re.Match[str]) -> datetime | None:
        """The clock of the match on the day stated last."""
        hour, half = int(found["hour"]), (found["half"] or "").lower().replace(".", "")
        if half == "pm" and hour < 12:
            hour += 12
        elif half == "am" and hour == 12:
            hour = 0
        if hour > 23 or int(found["minute"]) > 59:
            return None
        return self.at(time(hour, int(found["minute"]), int(found["second"] or 0)), found["zone"])

    def line(self, raw: str) -> bool:
        """Take the line when it begins with a day or a time; say whether it did."""
        body = raw[_LEAD.match(raw).end() :]  # type: ignore[union-attr]
        day, rest = self.take_day(body)
        if day is not None:
            self.day, self.last = day, None
        rest = re.sub(r"^[\s,T:*_-]*(?:ca\.?|at)?\s*(?=~?\d)~?", "", rest) if day is not None else rest
        found = _CLOCK.match(rest)
        if found is None:
            return self._only_a_day(day, rest)
        text = _AFTER.sub("", self._day_behind(rest[found.end() :]), count=1)
        self._add(self.instant(found), text)
        return True

    def _day_behind(self, rest: str) -> str:
        """“12:45 PM PST Saturday Oct 30th: …” states its day after the time; so does “16:58 UTC (Oct 29)”."""
        stripped = rest.lstrip(" (")
        day, left = self.take_day(stripped)
        if day is None or len(stripped) - len(left) > 30:
            return rest
        self.day = day
        return left.lstrip(")")

    def _only_a_day(self, day: date | None, rest: str) -> bool:
        if day is None:
            return False
        text = _AFTER.sub("", rest, count=1)
        if text or not self.entries:
            self._add(self.at(time(0), None), text)
            self.entries[-1].is_exact = False
        return True

    def _add(self, at: datetime | None, text: str) -> None:
        # Past midnight without a new day: "23:40 … 00:10".
        if at and self.last and at < self.last - timedelta(hours=12):
            at += timedelta(days=1)
            self.day = at.date()
        self.last = at or self.last
        self.entries.append(Entry(at, text.strip()))

    def more(self, raw: str) -> None:
        """A line that belongs to the entry before it."""
        if self.entries:
            self.entries[-1].text = f"{self.entries[-1].text}\n{raw}".strip("\n")
        else:
            self.lost.append(raw)


def stated_zone(text: str) -> str:
    """The zone a document says it uses, as it says it; "" when it says none."""
    for pattern in (
        rf"(?i:all times|times|times are|time)[^\n]{{0,24}}?\b(?i:in|are|are in|\()?\s*\(?({ABBREVIATION})(?![A-Za-z])",
        rf"\b\d{{1,2}}:\d\d\s*(?:[AaPp][Mm]\s*)?({ABBREVIATION})\b",
        rf"(?:Timeline|Time|Date and Time)[^\n]{{0,40}}?\b({ABBREVIATION})\b",
    ):
        found = re.search(pattern, text)
        if found:
            return found.group(1)
    return "PST" if re.search(r"UC/Pacific", text) else ""


def rows(block: str) -> list[list[str]]:
    """Cells of the table rows in a block, without the ruler."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines() if "|" in line
    ]
    return [row for row in cells if not all(re.fullmatch(r":?-{2,}:?|", cell) for cell in row)]


def read(block: str, zone: str, day: date | None) -> Reader:
    """The entries of one timeline section; prose before the first entry is in `lost`."""
    reader = Reader(zone=zone, day=day, year=day.year if day else None)
    fenced = False
    for line in block.splitlines():
        raw = _BEHIND.sub(r"\1\3 \4:\5: \2", line)
        is_fence = raw.lstrip().startswith("```")
        fenced = fenced != is_fence
        if raw.lstrip().startswith("|") and not fenced:
            row = rows(raw)
            if row and not reader.line(" ".join(part for part in row[0] if part)):
                reader.lost += [] if re.match(r"(?i)\|\s*(day|date|time|timestamp)", raw.strip()) else [raw]
        elif fenced or is_fence or raw.startswith(("    ", "\t")) or not reader.line(raw):
            reader.more(raw)
    return reader

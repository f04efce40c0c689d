"""When each entry of a paste was, in the order in which they stand: what the one before says about a time without date.

Entries follow each other. A clock that goes back by more than half a day has passed midnight; one that goes back by
less may be the next day, the afternoon of a clock with twelve hours, or an entry out of order: it is asked about, once,
and the entries below it follow the answer. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from coe.pasting import days, lines
from coe.pasting.lines import Line, type_parts
from oncall.times import as_utc, local

# People who write at once, and two machines, put entries out of order by as much.
SLIP = timedelta(minutes=10)
# Chats that write "2:05 PM" over the first message of several leave the half out over the next, if it is soon after.
SOON = timedelta(hours=1)
HALF_DAY, WHOLE_DAY = timedelta(hours=12), timedelta(days=1)
_AFTERNOON = re.compile(r"(?:0|1[3-9]|2[0-4]):|00:")


class Turns:
    """Places entries one after the other; holds the day, the latest time, and what was found out about the clock."""

    def __init__(self, all_parts: list[type_parts], day: date, zone: str, meant: Mapping[int, str]) -> None:
        self.day, self.zone, self.meant = day, zone, meant
        self.latest: datetime | None = None
        self.order = days.order_of(str(parts.get("day") or "") for parts in all_parts)
        bare = [parts for parts in all_parts if not (parts.get("day") or parts.get("is_dated"))]
        self.has_halves = any(parts.get("half") for parts in bare)
        self.is_whole = any(_AFTERNOON.match(str(parts["clock"])) for parts in bare if not parts.get("half"))
        self.runs_back, self.is_twelve = _runs_back(bare), False
        # Whether somebody was asked about the direction of a paste that runs back.
        self.is_asked = False
        # The number of the line whose open question the entries below it follow.
        self.open = 0

    def place(self, raw: Line, parts: type_parts) -> Line | None:
        """The entry at its instant, with a question where it has several; None where its parts name no time."""
        if parts.get("is_dated"):
            self.latest, self.open = None, 0
            return self._stand(lines.read(raw, parts, self.day, self.zone))
        if parts.get("day"):
            return self._dated(raw, parts)
        line = lines.read(raw, parts, self.day, self.zone)
        if line and self.latest and not line.question:
            line = self._after(self.latest, line, raw, parts)
        elif line and self.latest and line.at < self.latest - HALF_DAY:
            line = self._next_day(raw, parts)
        return self._stand(line)

    def begin(self, day: date) -> None:
        """What stands below is of this day."""
        self.day, self.latest, self.open = day, None, 0

    def _stand(self, line: Line | None) -> Line | None:
        """The entries below are measured by this one, however its own question is answered."""
        if line is None:
            return None
        line = lines.chosen(line, self.meant.get(line.row, ""), self.zone)
        is_slip = self.latest is not None and timedelta(0) < self.latest - line.at <= SLIP and not self.runs_back
        self.latest = self.latest if is_slip else line.at
        return replace(line, follows=self.open if self.open != line.row else 0)

    def _dated(self, raw: Line, parts: type_parts) -> Line | None:
        """An entry with a date; those below it without one are of its day."""
        found = days.read(str(parts["day"]), self.order)
        readings = [lines.read(raw, {**parts, "day": one.isoformat()}, self.day, self.zone) for one in found]
        known = [one for one in readings if one]
        if not known:
            return None
        line = known[0]
        if len(known) == 2:
            line = self._which_order(raw, [one.at for one in known])
            picked = known.index(next((one for one in known if one.at == line.at), known[0]))
            self.order, self.day = (days.DAY_FIRST, days.MONTH_FIRST)[picked], found[picked]
        else:
            self.day = found[0]
        self.latest, self.open = None, raw.row if len(known) == 2 and line.is_open else 0
        return self._stand(line)

    def _which_order(self, raw: Line, at: list[datetime]) -> Line:
        question = "This date can be read in two ways. Which is meant? The lines below it follow."
        line = replace(raw, at=at[0], question=question, choices=tuple(self._choice(one, "") for one in at))
        return lines.chosen(line, self.meant.get(raw.row, ""), self.zone)

    def _after(self, latest: datetime, line: Line, raw: Line, parts: type_parts) -> Line | None:
        """An entry without a date, by the one before it."""
        half = self._half(latest, line, parts)
        if half:
            return replace(line, at=half)
        if self.runs_back and line.at > latest + HALF_DAY:
            self.day -= WHOLE_DAY
            return lines.read(raw, parts, self.day, self.zone)
        if line.at >= latest - SLIP or (self.runs_back and self.is_asked):
            return line
        if line.at < latest - HALF_DAY:
            return self._next_day(raw, parts)
        return self._asked(latest, line, raw, parts)

    def _half(self, latest: datetime, line: Line, parts: type_parts) -> datetime | None:
        """Where the clock has twelve hours and the entry does not say which half: the next time that it shows this."""
        if not (self.has_halves or self.is_twelve) or parts.get("half") or self.is_whole:
            return None
        ahead = (line.at - latest) % HALF_DAY
        if HALF_DAY - ahead <= SLIP:
            return latest - (HALF_DAY - ahead)
        if not self.is_twelve and ahead > SOON:
            return None
        at = latest + ahead
        self.day = local(at, self.zone).date()
        return at

    def _next_day(self, raw: Line, parts: type_parts) -> Line | None:
        """A chat that goes past midnight tells no new date."""
        self.day += WHOLE_DAY
        return lines.read(raw, parts, self.day, self.zone)

    def _asked(self, latest: datetime, line: Line, raw: Line, parts: type_parts) -> Line:
        """The question, or the answer: what was chosen moves the day and the clock on."""
        self.is_asked = True
        after = self._choice(line.at + HALF_DAY, "later that day")
        following = lines.read(raw, parts, self.day + WHOLE_DAY, self.zone)
        tomorrow = self._choice(following.at if following else line.at + WHOLE_DAY, "the next day")
        stays = "as it stands, the newest line first" if self.runs_back else "as it stands, before the line above it"
        choices = [tomorrow, self._choice(line.at, stays)]
        if self._may_be_afternoon(line, parts):
            choices.insert(0, after)
        answer = self.meant.get(line.row, "")
        self.open = line.row if answer not in {one for _, one in choices} else self.open
        if answer in (after[1], tomorrow[1]):
            self.runs_back = False
            self.is_twelve = answer == after[1] and after in choices
            self.day += WHOLE_DAY if answer == tomorrow[1] else timedelta(0)
        question = (
            f"{parts['clock']} stands below {local(latest, self.zone):%H:%M}. When was it? The lines below it follow."
        )
        return replace(line, question=question, choices=tuple(choices))

    def _may_be_afternoon(self, line: Line, parts: type_parts) -> bool:
        return not (parts.get("half") or self.is_whole) and local(line.at, self.zone).hour <= 12

    def _choice(self, at: datetime, said: str) -> tuple[str, str]:
        shown = local(at, self.zone)
        clock = f"{shown:%H:%M:%S}" if shown.second else f"{shown:%H:%M}"
        label = f"{clock} on {shown:%A} {shown.day} {shown:%B %Y}" + (f", {said}" if said else "")
        return label, f"{as_utc(at):%Y-%m-%d %H:%M:%S} UTC"


def _runs_back(bare: list[type_parts]) -> bool:
    """Whether most times are earlier than the one before: people copied a list with the newest line on top."""
    clocks = [_minutes(str(parts["clock"]), str(parts.get("half") or "")) for parts in bare]
    steps = [later - earlier for earlier, later in pairwise(clocks) if later != earlier]
    back = sum(step < 0 for step in steps)
    return back >= 2 and back > len(steps) - back


def _minutes(clock: str, half: str) -> int:
    hour, minute = (int(part) for part in clock.split(":")[:2])
    return (hour % 12 + (12 if half[0] in "pP" else 0) if half else hour) * 60 + minute

"""The lines of a chat or log: which of them begin an entry, who said it, and what belongs to the entry before. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, zip_longest

from coe import moments
from coe.pasting import days
from coe.pasting.lines import EPOCH, LONGEST_TEXT, Line, Pasted, type_parts
from coe.pasting.turns import Turns

CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)\s?(?P<half>[AaPp][Mm]\b|[AaPp]\.[Mm]\.)?"
# Short names that are no words with which a line may begin.
_NAMED = "|".join(name for name in {**moments.SHORT, **moments.SHARED} if len(name) > 2 and name != "EAT")
_PLACE = r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)/[A-Za-z_/+\-]+"
ZONE = rf"(?:\s?(?P<zone>(?:Z|UTC|GMT|{_NAMED})\b|[+-]\d{{2}}:?\d{{2}}|{_PLACE}))?"
_WHO = r"(?P<who>[^\s:\[\]<>][^:\[\]<>\n]{0,60}?)"
_SAID = rf"(?:<?{_WHO}>?:\s+|<(?P<irc>[^>\n]{{1,60}})>\s+)?"
# The shapes of chats, the most certain first; each line of the paste is tried against each.
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"^{CLOCK}{ZONE}(?P<text>)$",  # Slack and Zulip: the time alone, the name above and the text below
        rf"^{days.DAY} {CLOCK}\t(?P<irc>[^\t]{{1,60}})\t(?P<text>.*)$",  # WeeChat
        rf"^\[?{days.DAY}[T ,]+{CLOCK}{ZONE}\]?[\s,–-]*{_SAID}(?P<text>.*)$",  # a date first: logs, Teams, WhatsApp
        rf"^\[{CLOCK}{ZONE}\]\s*(?:<?{_WHO}>?:\s*|<(?P<irc>[^>]+)>\s*)?(?P<text>.*)$",  # [14:05] name: text
        rf"^{CLOCK}{ZONE}\s+From\s+{_WHO}\s+to\s[^:]{{1,120}}:\s*(?P<text>.*)$",  # Zoom
        rf"^{CLOCK}{ZONE}\s*[–—:|-]?\s+{_SAID}(?P<text>.*)$",  # 14:05 text
        rf"^{_WHO}(?::[\w+-]+:)*\s+\[?{CLOCK}{ZONE}\]?\s*(?P<text>)$",  # Slack: name, then the time; text below
    )
)
# One to five words that may be a name, with what some chats write behind it: "Dana Reyes (she/her)".
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: (?:\([^()]{1,30}\)|[^\W\d_][\w.'’-]*)){0,4}")
# A longer line holds more than an entry may; trying it would cost its length times the length of a name.
_LONGEST_ROW = LONGEST_TEXT + 300
_FRAMES = {"today", "yesterday", "new", "new messages"}
_ROBOT = "APP"


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the paste: the entry that it begins, if it begins one."""

    number: int
    said: str
    is_indented: bool
    entry: Line | None = None
    parts: type_parts | None = None

    @property
    def is_clock(self) -> bool:
        """Whether a time is all that it says."""
        return self.entry is not None and not (self.entry.who or self.entry.text)


def of_chat(rows: list[str], day: date, zone: str, meant: Mapping[int, str]) -> Pasted:
    """The entries, in their order; a line without a time goes on with the entry before it, or is left."""
    read = [_row(number, row) for number, row in enumerate(rows, 1) if row.strip()]
    read = _with_names(_with_names_below(read))
    found, turns = Pasted(), Turns([row.parts for row in read if row.parts is not None], day, zone, meant)
    for row in read:
        line = turns.place(row.entry, row.parts) if row.entry and row.parts else None
        if line:
            found.lines.append(line)
        elif named := days.between(row.said, turns.day):
            turns.begin(named)
        elif row.said.lower() in _FRAMES:
            found.left.append((row.number, row.said))
        else:
            _go_on(found, row.number, row.said)
    return _told(found)


def _row(number: int, row: str) -> _Row:
    said = row.strip()
    for shape in _SHAPES if len(said) <= _LONGEST_ROW else ():
        match = shape.match(said)
        if not match:
            continue
        parts = match.groupdict()
        if len(parts["text"]) > LONGEST_TEXT:
            break
        who = (parts.get("who") or parts.get("irc") or "").strip()
        return _Row(number, said, row[0].isspace(), Line(number, EPOCH, " ".join(parts["text"].split()), who), parts)
    return _Row(number, said, row[0].isspace())


def _with_names_below(rows: list[_Row]) -> list[_Row]:
    """ "[2:05 PM] Dana Reyes" above a line without a time: a name that comes back so, or looks like one, is no text."""
    heads = Counter(row.entry.text for row, below in pairwise(rows) if row.entry and _is_head(row, below))
    found = []
    for row, below in zip_longest(rows, rows[1:]):
        is_head = below and row.entry and _is_head(row, below) and _is_name(row.entry.text, heads)
        found.append(_named(row, row.entry) if is_head and row.entry else row)
    return found


def _named(row: _Row, entry: Line) -> _Row:
    return replace(row, entry=replace(entry, who=entry.text, text=""))


def _is_head(row: _Row, below: _Row) -> bool:
    if row.entry is None or row.entry.who or below.entry is not None or not row.said.startswith("["):
        return False
    return _NAME.fullmatch(row.entry.text) is not None


def _with_names(rows: list[_Row]) -> list[_Row]:
    """A name on the line above a time that stands alone is who said it, and no text of the entry before."""
    above = Counter(one.said for one, row in pairwise(rows) if row.is_clock and one.entry is None)
    found: list[_Row] = []
    for row in rows:
        name = found[-1] if found and found[-1].entry is None else None
        is_robot = bool(row.entry and row.entry.who == _ROBOT)
        may_be_named = name is not None and (row.is_clock or is_robot) and _NAME.fullmatch(name.said)
        if may_be_named and row.entry and name and (is_robot or _is_named(name, row, above, is_first=len(found) == 1)):
            found[-1] = replace(row, entry=replace(row.entry, who=name.said))
        else:
            found.append(row)
    return found


def _is_named(name: _Row, row: _Row, above: Mapping[str, int], *, is_first: bool) -> bool:
    return row.is_indented or is_first or _is_name(name.said, above)


def _is_name(said: str, seen: Mapping[str, int]) -> bool:
    words = said.split()
    return seen[said] > 1 or (len(words) > 1 and all(word[0].isupper() or word[0] == "(" for word in words))


def _go_on(found: Pasted, number: int, row: str) -> None:
    """A line without a time belongs to the entry before it, as far as there is room."""
    before = found.lines[-1] if found.lines else None
    joined = f"{before.text} {row}".strip() if before else ""
    if before and len(joined) <= LONGEST_TEXT:
        found.lines[-1] = replace(before, text=joined)
    else:
        found.left.append((number, row))


def _told(found: Pasted) -> Pasted:
    """An entry that says nothing is left, not told."""
    empty = [(line.row, line.who) for line in found.lines if not line.text]
    return Pasted([line for line in found.lines if line.text], sorted([*found.left, *empty]))

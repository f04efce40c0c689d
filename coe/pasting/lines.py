"""One entry of a paste: what it holds, and the instant that its parts name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from coe import moments

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 1000

type_parts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: the number of its line in the paste, the instant in UTC, who said it, the text, an anchor if named."""

    row: int
    at: datetime
    text: str
    who: str = ""
    anchor: str = ""
    # What a time of another zone became, and the readings of a time that means several: `at` is one of them.
    converted: str = ""
    question: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    # The reading that somebody chose.
    meant: str = ""
    # The number of a line above whose open question decides the day or the half of this one; 0 for none.
    follows: int = 0

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet which of its readings is meant."""
        return bool(self.question) and not self.meant


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was understood, and each line that was not, with its number."""

    lines: list[Line] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)


def read(line: Line, parts: type_parts, day: date, zone: str) -> Line | None:
    """The line at the instant that its parts name, with the question where they name two; None where they name none."""
    typed = " ".join(word for name in ("day", "clock", "half", "zone") if (word := parts.get(name)))
    try:
        moment = moments.moment_of(typed, zone, day)
    except moments.Unclear as unclear:
        first = moments.moment_of(unclear.choices[0][1], zone)
        return replace(line, at=first.at, question=str(unclear), choices=tuple(unclear.choices))
    except ValueError:
        return _of_shared(line, typed, day)
    return replace(line, at=moment.at, converted=moments.converted(typed, moment, zone))


def chosen(line: Line, typed: str, zone: str) -> Line:
    """At the reading that somebody chose, which may be changed; a choice that was not offered is none."""
    if typed not in {one for _, one in line.choices}:
        return line
    return replace(line, at=moments.moment_of(typed, zone).at, meant=typed)


def _of_shared(line: Line, typed: str, day: date) -> Line | None:
    """The line with a choice for each zone that goes by the short name it uses; None for any other refusal."""
    clock, _, name = typed.rpartition(" ")
    try:
        found = [(place, moments.moment_of(clock, place, day).at) for place in moments.SHARED.get(name, ())]
    except ValueError:
        return None
    if not found:
        return None
    choices = tuple(
        (f"{name} of {place}, which is {at:%H:%M} UTC", f"{at:%Y-%m-%d %H:%M:%S} UTC") for place, at in found
    )
    return replace(
        line, at=found[0][1], question=f"“{name}” is the name of several zones. Which is meant?", choices=choices
    )

"""A long timeline in stretches that are folded, so that it can be read: by day, and a full day by hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

# As many lines are read as they stand; in a longer timeline no stretch with more of them is open.
FOLD = 200
# As many lines are set as a document on paper: more take longer than a document may (decision 0043).
PAPER = 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines in a row: what the fold is called, what one should not miss in it, and whether it is open at first."""

    label: str
    events: Sequence[dict[str, Any]]
    marks: tuple[str, ...]
    is_open: bool


def stretches_of(events: Sequence[dict[str, Any]]) -> list[Stretch]:
    """The stretches of a timeline whose times are local; one, without a fold, for a short one."""
    if len(events) <= FOLD:
        return [Stretch("", events, (), is_open=True)] if events else []
    return list(_folded(events))


def on_paper(events: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """What is set on paper, in order: of a timeline that is too long the anchors, what has a star, then the first."""
    if len(events) <= PAPER:
        return events
    ranked = sorted(
        range(len(events)), key=lambda place: not (events[place]["anchor"] or events[place].get("is_starred"))
    )
    return [events[place] for place in sorted(ranked[:PAPER])]


def _folded(events: Sequence[dict[str, Any]]) -> Iterator[Stretch]:
    for day, lines in groupby(events, key=lambda event: event["at"].date()):
        of_day = list(lines)
        if len(of_day) <= FOLD:
            yield _stretch(f"{day:%A} {day.day} {day:%B %Y}", of_day)
            continue
        for hour, some in groupby(of_day, key=lambda event: event["at"].hour):
            yield _stretch(f"{day:%A} {day.day} {day:%B %Y}, {hour:02}:00", list(some))


def _stretch(label: str, events: list[dict[str, Any]]) -> Stretch:
    """Open where something was an anchor, as long as somebody would read it all."""
    marks = tuple(f"{event['label']} {event['at']:%H:%M}" for event in events if event["label"])
    return Stretch(label, events, marks, is_open=bool(marks) and len(events) <= FOLD)

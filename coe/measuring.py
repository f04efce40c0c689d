"""What is computed from a timeline: the times between its anchors, and the gaps that ask a question.

Pure. Source of the measures and their anchors: AWS Systems Manager Incident Manager, post-incident analysis, metrics.
Source of the rule for gaps: in 46 public timelines the median gap between two entries is 15 minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from oncall.times import spoken

# A gap is long when it takes more than this part of the incident, within these bounds.
LONG_PART = 6
SHORTEST_LONG, LONGEST_SHORT = timedelta(minutes=15), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Measure:
    """One time between two anchors. `span` is None where an anchor is missing or they stand the wrong way round."""

    short: str
    name: str
    definition: str
    start: str
    end: str
    span: timedelta | None = None
    problem: str = ""

    @property
    def spoken(self) -> str:
        """ "27 minutes"; empty without a span."""
        return spoken(self.span) if self.span is not None else ""


MEASURES = (
    Measure("TTD", "Time to detect", "from the start of the impact to its detection", "impact_started", "detected"),
    Measure("TTE", "Time to engage", "from the detection to the first responder at work", "detected", "engaged"),
    Measure("TTDiag", "Time to diagnose", "from the first responder to the cause found", "engaged", "diagnosed"),
    Measure("TTM", "Time to mitigate", "from the start of the impact to its end", "impact_started", "mitigated"),
    Measure("TTR", "Time to resolve", "from the start of the impact to normal operation", "impact_started", "resolved"),
)


def measures(anchors: Mapping[str, datetime]) -> list[Measure]:
    """Every measure of these anchors (name → instant), in their usual order; what cannot be computed says why."""
    return [_measured(one, anchors) for one in MEASURES]


def _measured(one: Measure, anchors: Mapping[str, datetime]) -> Measure:
    missing = [_words(name) for name in (one.start, one.end) if name not in anchors]
    facts = (one.short, one.name, one.definition, one.start, one.end)
    if missing:
        return Measure(*facts, problem=f"needs “{'” and “'.join(missing)}”")
    span = anchors[one.end] - anchors[one.start]
    if span < timedelta(0):
        return Measure(*facts, problem=f"“{_words(one.end)}” stands before “{_words(one.start)}”")
    return Measure(*facts, span=span)


def _words(anchor: str) -> str:
    return anchor.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Gap:
    """A long silence between two entries that follow each other: the indexes are those of the given times."""

    before: int
    after: int
    start: datetime
    end: datetime


def long_gap(length: timedelta) -> timedelta:
    """From which span on a silence asks a question in an incident of this length."""
    return min(max(length / LONG_PART, SHORTEST_LONG), LONGEST_SHORT)


def gaps(times: Iterable[datetime], started: datetime | None = None, ended: datetime | None = None) -> list[Gap]:
    """The long silences of a timeline in order of time, between the start of the impact and its end where known.

    Entries outside (a deployment the day before, a clean-up the day after) leave no question.
    """
    ordered = sorted(enumerate(times), key=lambda pair: pair[1])
    inside = [
        (place, at) for place, at in ordered if (started is None or at >= started) and (ended is None or at <= ended)
    ]
    if len(inside) < 2:
        return []
    longest_short = long_gap(inside[-1][1] - inside[0][1])
    return [
        Gap(before, after, start, end)
        for (before, start), (after, end) in pairwise(inside)
        if end - start > longest_short
    ]

"""For which severities and hours no step of a plan applies.

It decides where the holes of a week lie; they are a finding, not an error: a policy may be meant for working hours,
with another one as its last resort. Whether a step then reaches somebody is another question (`oncall/reaching.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

from oncall import hours
from oncall.models.incidents import LOWEST_PAGING
from oncall.planning import EVERY_DAY, StepPlan
from oncall.times import at_wall_clock, is_zone, local

WEEK, ONE_DAY = timedelta(weeks=1), timedelta(days=1)
MIDNIGHT = time()
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hole:
    """When nothing applies to incidents of these severities; no span means never at all."""

    severities: tuple[int, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The hours and days of a step, as far as it has any."""

    start: time
    until: time
    weekdays: str
    zone: str

    @classmethod
    def of(cls, plan: StepPlan) -> "Window | None":
        """None for a step that applies at every hour of every day."""
        if plan.hours_from is None and plan.weekdays == EVERY_DAY:
            return None
        zone = plan.zone if is_zone(plan.zone) else "UTC"
        return cls(plan.hours_from or MIDNIGHT, plan.hours_until or MIDNIGHT, plan.weekdays, zone)

    def holds(self, instant: datetime) -> bool:
        return hours.is_within(instant, self.start, self.until, self.zone, self.weekdays)

    def edges(self, start: datetime, end: datetime) -> set[datetime]:
        """Every instant from start to end at which these hours may begin or be over."""
        first = local(start, self.zone).date()
        days = [first + ONE_DAY * number for number in range((end - start).days + 2)]
        found = {at_wall_clock(day, at, self.zone) for day in days for at in (self.start, self.until)}
        return {edge for edge in found if start < edge < end}


def holes(plans: Sequence[StepPlan], now: datetime) -> list[Hole]:
    """The holes of the week from now on, the same ones of several severities together."""
    found: dict[tuple[Span, ...], list[int]] = {}
    for severity in range(1, LOWEST_PAGING + 1):
        windows = {Window.of(plan) for plan in plans if plan.lowest_severity >= severity}
        if None not in windows:
            spans = _uncovered({window for window in windows if window}, now)
            if spans is not None:
                found.setdefault(spans, []).append(severity)
    return [Hole(tuple(severities), spans) for spans, severities in found.items()]


def _uncovered(windows: set[Window], now: datetime) -> tuple[Span, ...] | None:
    """The spans in none of the windows; none at all for always, None for never.

    One that runs at this moment is found whole a week later.
    """
    end = now + 3 * WEEK
    edges = sorted({now, end}.union(*(window.edges(now, end) for window in windows)))
    spans: list[Span] = []
    for begins, ends in pairwise(edges):
        if any(window.holds(begins) for window in windows):
            continue
        is_next = bool(spans) and spans[-1][1] == begins
        spans = [*spans[:-1], (spans[-1][0], ends)] if is_next else [*spans, (begins, ends)]
    if spans == [(now, end)]:
        return ()
    ahead = [span for span in spans if span[0] > now]
    return tuple(span for span in ahead if span[0] < ahead[0][0] + WEEK) or None

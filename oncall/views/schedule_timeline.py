"""The timeline of a schedule: which window of which zone it shows, its rows, and its neighbours.

It decides what is drawn; how, `oncall/templatetags/pictures.py`. An unknown window or day in the address shows the
present week rather than failing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from oncall import shifts, times
from oncall.models import Override, Schedule, User
from oncall.views.duties import people_of

WEEK, TWO_WEEKS, MONTH = "week", "fortnight", "month"
SPANS = ((WEEK, "Week"), (TWO_WEEKS, "2 weeks"), (MONTH, "Month"))
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
ROLE_NAMES = {"primary": "Final schedule", "secondary": "Final, secondary", "shadow": "Final, shadow"}


@dataclass(frozen=True, slots=True)
class Window:
    """Whole local days from `first` up to, not including, `last`, as an IANA zone has them."""

    span: str
    first: date
    last: date
    zone: str
    is_of_schedule: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, Any], schedule_zone: str, viewer_zone: str, now: datetime) -> "Window":
        """Read an address: `span`, `from`, and `zone=schedule` for the schedule's zone instead of the viewer's."""
        span = query.get("span") if query.get("span") in dict(SPANS) else TWO_WEEKS
        is_of_schedule = query.get("zone") == "schedule"
        zone = schedule_zone if is_of_schedule else viewer_zone
        day = _day(query.get("from", "")) or times.local(now, zone).date()
        return cls(span or TWO_WEEKS, *_days(span or TWO_WEEKS, day), zone, is_of_schedule)

    @property
    def start(self) -> datetime:
        return times.start_of_day(self.first, self.zone)

    @property
    def end(self) -> datetime:
        return times.start_of_day(self.last, self.zone)

    @property
    def earlier(self) -> str:
        day = self.first - timedelta(days=1)
        return self._query(_days(self.span, day)[0] if self.span == MONTH else self.first - self._length)

    @property
    def later(self) -> str:
        return self._query(self.last)

    @property
    def present(self) -> str:
        return self._query(None)

    @property
    def spans(self) -> list[tuple[str, str, bool]]:
        """Address, words, whether it is this one."""
        return [(self._query(self.first, span=value), label, value == self.span) for value, label in SPANS]

    @property
    def zones(self) -> tuple[str, str]:
        """The addresses of this window in the viewer's zone and in the schedule's."""
        return self._query(self.first, zone=""), self._query(self.first, zone="schedule")

    @property
    def _length(self) -> timedelta:
        return self.last - self.first

    def _query(self, first: date | None, *, span: str | None = None, zone: str | None = None) -> str:
        chosen = zone if zone is not None else ("schedule" if self.is_of_schedule else "")
        parts = {"span": span or self.span, "from": first.isoformat() if first else "", "zone": chosen}
        return "?" + urlencode({name: value for name, value in parts.items() if value})


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def _days(span: str, day: date) -> tuple[date, date]:
    if span == MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7 if span == WEEK else 14)


def grid_of(schedule: Schedule, window: Window, now: datetime) -> dict[str, Any]:
    """Final schedule, overrides and every layer, in the shape `{% schedule_grid %}` takes; no query of its own."""
    definition, people = schedule.definition(), people_of(schedule)
    span = (window.start, window.end)
    return {
        "label": schedule.name,
        "start": span[0],
        "end": span[1],
        "now": now,
        "rows": [
            *_final_rows(definition, people, span),
            *_override_row(schedule, span),
            *_layers(definition, people, span),
        ],
    }


Span = tuple[datetime, datetime]
Row = dict[str, Any]


def final_row(
    definition: shifts.Definition, people: Mapping[int, User], span: Span, role: str = "primary"
) -> list[Row]:
    """The shifts of a role's final schedule with its gaps."""
    found = [_bar(shift, people) for shift in shifts.between(definition, *span, role=role)]
    found += [
        {"start": gap.starts_at, "end": gap.ends_at, "label": "nobody", "key": "nobody", "kind": "gap"}
        for gap in shifts.gaps(definition, *span, role=role)
    ]
    return sorted(found, key=lambda bar: bar["start"])


def _final_rows(definition: shifts.Definition, people: Mapping[int, User], span: Span) -> Iterator[Row]:
    """One row for primary, and for each role that several layers share; a layer alone in its role is its own final."""
    yield {"label": "Final schedule", "hint": "who is paged", "shifts": final_row(definition, people, span)}
    roles = [layer.role for layer in definition.layers]
    for role in dict.fromkeys(roles):
        if role != shifts.PRIMARY and roles.count(role) > 1:
            yield {"label": f"Final, {role}", "shifts": final_row(definition, people, span, role)}


def _override_row(schedule: Schedule, span: Span) -> Iterator[Row]:
    overrides = [one for one in schedule.overrides.all() if one.ends_at > span[0] and one.starts_at < span[1]]
    lanes = _lanes(overrides)
    for number, lane in enumerate(lanes or [[]]):
        bars = [
            {"start": one.starts_at, "end": one.ends_at, "label": one.user.name, "key": one.user_id, "kind": "override"}
            for one in lane
        ]
        yield {"label": "Overrides" if number == 0 else "", "hint": "" if number else "lie on top", "shifts": bars}


def _lanes(overrides: Sequence[Override]) -> list[list[Override]]:
    """Overrides that overlap are drawn under one another."""
    lanes: list[list[Override]] = []
    for override in overrides:
        free = next((lane for lane in lanes if lane[-1].ends_at <= override.starts_at), None)
        if free is None:
            lanes.append([override])
        else:
            free.append(override)
    return lanes


def _layers(definition: shifts.Definition, people: Mapping[int, User], span: Span) -> Iterator[Row]:
    for layer in definition.layers:
        kind = "shadow" if layer.role == "shadow" else ""
        bars = [_bar(shift, people) | {"kind": kind} for shift in shifts.layer_shifts(layer, *span)]
        yield {
            "label": layer.name,
            "hint": "" if layer.role == shifts.PRIMARY or layer.role in layer.name.lower() else layer.role,
            "shifts": bars,
        }


def _bar(shift: shifts.Shift, people: Mapping[int, User]) -> Row:
    names = [people[pk].name or people[pk].email for pk in shift.people]
    return {
        "start": shift.starts_at,
        "end": shift.ends_at,
        "label": " and ".join(names),
        "key": shift.people[0] if len(shift.people) == 1 else shift.people,
        "kind": "override" if shift.is_override else "",
    }

"""What a change of a rotation would do to the next four weeks: before and after, who gains and who loses.

It saves nothing and decides nothing; the two definitions are compared as `oncall/shifts.py` computes them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncall import shifts
from oncall.models import Schedule, User
from oncall.templatetags.wording import duration
from oncall.views.duties import people_of
from oncall.views.schedule_timeline import final_row

AHEAD = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Preview:
    """The two timelines, whose hours change, and who would be on call at this moment instead of whom."""

    grid: dict[str, Any]
    changes: list[tuple[User, str, str]]
    now_before: list[User]
    now_after: list[User]
    gap: shifts.Gap | None

    @property
    def changes_now(self) -> bool:
        return self.now_before != self.now_after


def preview_of(schedule: Schedule, after: shifts.Definition, role: str, now: datetime) -> Preview:
    """Compare the schedule as it is with `after`, for one role, over the next four weeks."""
    before, span = schedule.definition(), (now, now + AHEAD)
    people = people_of(schedule) | _newcomers(after, people_of(schedule))
    rows = [("As it is", before), ("As it would be", after)]
    grid = {
        "label": "The next four weeks, before and after",
        "start": span[0],
        "end": span[1],
        "now": None,
        "rows": [{"label": label, "shifts": final_row(one, people, span, role)} for label, one in rows],
    }
    return Preview(
        grid=grid,
        changes=_changes(before, after, role, span, people),
        now_before=[people[pk] for pk in shifts.on_call_at(before, now, role)],
        now_after=[people[pk] for pk in shifts.on_call_at(after, now, role)],
        gap=next(iter(shifts.gaps(after, *span, role=role)), None),
    )


def _newcomers(definition: shifts.Definition, known: Mapping[int, User]) -> dict[int, User]:
    named = {pk for layer in definition.layers for slot in layer.slots for pk in slot}
    return User.objects.in_bulk(named - known.keys())


def _seconds(definition: shifts.Definition, role: str, span: tuple[datetime, datetime]) -> Counter[int]:
    found: dict[int, timedelta] = {}
    for shift in shifts.between(definition, *span, role=role):
        for pk in shift.people:
            found[pk] = found.get(pk, timedelta()) + (shift.ends_at - shift.starts_at)
    return Counter({pk: round(whole.total_seconds()) for pk, whole in found.items()})


def _changes(
    before: shifts.Definition,
    after: shifts.Definition,
    role: str,
    span: tuple[datetime, datetime],
    people: Mapping[int, User],
) -> list[tuple[User, str, str]]:
    """Person, "7 d more", tone; the largest change first."""
    difference = _seconds(after, role, span)
    difference.subtract(_seconds(before, role, span))
    ordered = sorted((item for item in difference.items() if item[1]), key=lambda item: -abs(item[1]))
    return [
        (people[pk], f"{duration(seconds)} {'more' if seconds > 0 else 'less'}", "accent" if seconds > 0 else "neutral")
        for pk, seconds in ordered
    ]

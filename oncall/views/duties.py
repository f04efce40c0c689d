"""Who is on call now in many schedules, until when, and who is next.

It computes nothing itself: `oncall/shifts.py` does, from definitions fetched in as many queries as for one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall import shifts
from oncall.models import Schedule, User

# Beyond this an end means nothing to anybody: the shift is one without end.
ENDLESS = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Duty:
    """The present state of one schedule; `until` and `then_at` are None where there is no end and no next shift."""

    schedule: Schedule
    people: list[User]
    until: datetime | None
    then: list[User]
    then_at: datetime | None

    def names(self, user: User) -> bool:
        """Whether this person is on call in it now."""
        return user in self.people


def people_of(schedule: Schedule) -> dict[int, User]:
    """Everybody whom the definition names, by id; needs `with_definition()` and then no query."""
    found = {one.user_id: one.user for layer in schedule.layers.all() for one in layer.participants.all()}
    return found | {override.user_id: override.user for override in schedule.overrides.all()}


def end_of(shift: shifts.Shift, now: datetime) -> datetime | None:
    """When the shift ends, to be said aloud; None where it goes on until further notice."""
    return shift.ends_at if shift.ends_at - now < ENDLESS else None


def duty_of(schedule: Schedule, now: datetime) -> Duty:
    """Who is on call in a schedule now, and who is next."""
    definition, people = schedule.definition(), people_of(schedule)
    running = shifts.current_shift(definition, now)
    after = shifts.next_shift(definition, now)
    then = after if after and after.starts_at - now < ENDLESS else None
    return Duty(
        schedule=schedule,
        people=[people[pk] for pk in running.people] if running else [],
        until=end_of(running, now) if running else None,
        then=[people[pk] for pk in then.people] if then else [],
        then_at=then.starts_at if then else None,
    )


def duties(schedules: Iterable[Schedule], now: datetime) -> list[Duty]:
    """The present state of each schedule."""
    return [duty_of(schedule, now) for schedule in schedules]

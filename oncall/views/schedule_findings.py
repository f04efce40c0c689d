"""What is wrong with a schedule in the weeks ahead: gaps, and people whom a page would not reach.

It decides what is found and how it is worded. Nothing found stops anybody from saving: a gap may be meant.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall import shifts
from oncall.models import ContactMethod, Schedule, User
from oncall.views.duties import people_of

AHEAD = timedelta(weeks=12)
# More gaps than this say the same thing again.
MOST_GAPS = 5


@dataclass(frozen=True, slots=True)
class Findings:
    """Gaps of the primary role in the next twelve weeks, and people who are named but cannot be reached."""

    gaps: list[shifts.Gap]
    more_gaps: int
    unreachable: list[User]
    gone: list[User]

    @property
    def count(self) -> int:
        return len(self.gaps) + self.more_gaps + len(self.unreachable) + len(self.gone)


def findings_of(schedule: Schedule, now: datetime) -> Findings:
    """Look twelve weeks ahead; one query."""
    definition = schedule.definition()
    gaps = shifts.gaps(definition, now, now + AHEAD)
    people = people_of(schedule)
    ahead = {pk for pk in _named_ahead(definition, now) if pk in people}
    silent = unreachable(people[pk] for pk in ahead)
    return Findings(
        gaps=gaps[:MOST_GAPS],
        more_gaps=max(len(gaps) - MOST_GAPS, 0),
        unreachable=silent,
        gone=sorted((people[pk] for pk in ahead if not people[pk].is_active), key=str),
    )


def _named_ahead(definition: shifts.Definition, now: datetime) -> set[int]:
    roles = dict.fromkeys([shifts.PRIMARY, *(layer.role for layer in definition.layers)])
    spans = (shifts.between(definition, now, now + AHEAD, role=role) for role in roles)
    return {pk for found in spans for shift in found for pk in shift.people}


def unreachable(people: Iterable[User]) -> list[User]:
    """Those of the people who are here but have no verified contact method, by name."""
    active = {person.pk: person for person in people if person.is_active}
    reached = ContactMethod.objects.verified().filter(user__in=active).values_list("user_id", flat=True)
    return sorted((active[pk] for pk in active.keys() - set(reached)), key=str)

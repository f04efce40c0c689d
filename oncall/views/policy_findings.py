"""What is wrong with policies, in sentences: steps that reach nobody now, people told late, hours without a step.

It decides the words and their order. Nothing found stops anybody from saving; what does is in `oncall/reaching.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.covering import Hole, Span, holes
from oncall.models import EscalationPolicy, User
from oncall.planning import plan_of
from oncall.reaching import LATE, Told, told_after
from oncall.times import local, spoken
from oncall.views.condition_words import listed
from oncall.views.policy_words import StepWords, words_of


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence; `start` is its beginning, shown stronger."""

    icon: str
    start: str
    rest: str


Steps = Sequence[StepWords]


def findings_of(steps: Mapping[int, Steps], now: datetime, viewer: User) -> dict[int, list[Finding]]:
    """What is wrong with each policy, by its number; two queries whatever their number."""
    people = {pk: _people_of(walked) for pk, walked in steps.items()}
    told = told_after({person.pk for named in people.values() for person in named})
    return {
        pk: [*_unreached(walked), *_told_late(people[pk], told), *_uncovered(walked, now, viewer.wall_zone)]
        for pk, walked in steps.items()
    }


def policies_with_findings(
    policies: Iterable[EscalationPolicy], now: datetime, viewer: User
) -> list[tuple[EscalationPolicy, list[Finding]]]:
    """Policies fetched `with_steps()`, each with what is wrong with it; a handful of queries more."""
    plans = {policy: plan_of(policy) for policy in policies}
    words = iter(words_of([plan for steps in plans.values() for plan in steps], now))
    found = findings_of({policy.pk: [next(words) for _ in plan] for policy, plan in plans.items()}, now, viewer)
    return [(policy, found[policy.pk]) for policy in plans]


def told_late(people: Sequence[User]) -> list[Finding]:
    """Those of the people who would be told late of something urgent, or never; two queries."""
    active = [person for person in people if person.is_active]
    return _told_late(active, told_after(person.pk for person in active))


def _unreached(steps: Steps) -> list[Finding]:
    if not steps:
        then = "Incidents of its services go straight to the last resort."
        return [Finding("triangle-alert", "It has no step.", then)]
    return [
        Finding("triangle-alert", f"Step {number} reaches nobody now.", "Paging moves on to the next one at once.")
        for number, step in enumerate(steps, 1)
        if not step.reaches and not step.only_tells
    ]


def _people_of(steps: Steps) -> list[User]:
    """Everybody whom it may page one day, by name."""
    found = {person.pk: person for step in steps for target in step.targets for person in target.one_day}
    return sorted(found.values(), key=str)


def _told_late(people: Sequence[User], told: Told) -> list[Finding]:
    return [found for person in people if (found := late_of(person, told.get(person.pk)))]


def late_of(person: User, after: timedelta | None) -> Finding | None:
    """What is wrong with how soon this person is told of something urgent; None when nothing is."""
    if after is None:
        return Finding("bell-off", f"{person}", "has no verified contact method: pages would not arrive.")
    if after > LATE:
        return Finding("clock", f"{person}", f"is told of a SEV 1 only after {spoken(after)}, by their own rules.")
    return None


def _uncovered(steps: Steps, now: datetime, zone: str) -> list[Finding]:
    """Only where there are steps: without any, that is said already."""
    return [_hole(hole, zone) for hole in holes([step.plan for step in steps], now)] if steps else []


def _hole(hole: Hole, zone: str) -> Finding:
    whom = f"For {listed([f'SEV {severity}' for severity in hole.severities])}"
    then = "Such an incident goes straight to the last resort."
    if not hole.spans:
        return Finding("clock", f"{whom} no step applies at any time.", then)
    more = len(hole.spans) - 1
    times = f", and {more} more time{'s' if more > 1 else ''} within a week" if more else ""
    return Finding("clock", f"{whom} no step applies {_span(hole.spans[0], zone)}{times}.", then)


def _span(span: Span, zone: str) -> str:
    """ "from Friday 17:00 to Monday 09:00", on the clock of whoever looks."""
    begins, ends = (local(instant, zone) for instant in span)
    return f"from {begins:%A %H:%M} to {ends:%A %H:%M} ({zone})"

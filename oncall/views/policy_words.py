"""A policy in sentences: whom each step pages, who that is at this moment, and which steps reach nobody.

It decides the words; who is on call is decided by `oncall/shifts.py`, whom a step pages by `oncall/paging.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall import shifts
from oncall.models import Schedule, User
from oncall.planning import StepPlan, TargetPlan
from oncall.times import spoken
from oncall.views.duties import people_of
from oncall.views.schedule_findings import unreachable


@dataclass(frozen=True, slots=True)
class TargetWords:
    """One target: what it is called, who it is now, and those of them whom no page reaches."""

    target: TargetPlan
    label: str
    url: str
    people: list[User]
    silent: list[User]

    @property
    def is_schedule(self) -> bool:
        return self.target.schedule is not None


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step: when it comes, its targets, and whether anybody is reached by it now."""

    after: timedelta
    delay: timedelta
    targets: list[TargetWords]

    @property
    def reaches(self) -> bool:
        return any(person not in target.silent for target in self.targets for person in target.people)

    @property
    def sentence(self) -> str:
        """ "after 5 minutes page Bob Kimani and whoever is second on call in Payments"."""
        when = f"after {spoken(self.after)} page" if self.after else "at once page"
        return f"{when} {listed([target.label for target in self.targets])}" if self.targets else f"{when} nobody"


def words_of(plans: Sequence[StepPlan], now: datetime) -> list[StepWords]:
    """Each step of a plan as it would be at this moment; five queries whatever its length."""
    targets = [target for plan in plans for target in plan.targets]
    wanted = {target.schedule for target in targets if target.schedule}
    schedules = {one.pk: one for one in Schedule.objects.filter(pk__in=wanted).with_definition()}
    people = User.objects.in_bulk({target.user for target in targets if target.user})
    named = [_target(target, schedules, people, now) for target in targets]
    silent = set(unreachable(person for one in named for person in one.people))
    described = iter([_with_silent(one, silent) for one in named])
    found, after = [], timedelta()
    for plan in plans:
        delay = timedelta(minutes=plan.delay_minutes)
        found.append(StepWords(after, delay, [next(described) for _ in plan.targets]))
        after += delay
    return found


def _target(target: TargetPlan, schedules: dict[int, Schedule], people: dict[int, User], now: datetime) -> TargetWords:
    if target.user:
        person = people[target.user]
        return TargetWords(target, person.name or person.email, "", [person] if person.is_active else [], [])
    schedule = schedules[target.schedule or 0]
    named = people_of(schedule)
    here = [named[pk] for pk in shifts.on_call_at(schedule.definition(), now, target.role) if named[pk].is_active]
    label = role_words(schedule, target.role)
    return TargetWords(target, label, schedule.get_absolute_url(), here, [])


def _with_silent(words: TargetWords, silent: set[User]) -> TargetWords:
    unheard = [person for person in words.people if person in silent]
    return TargetWords(words.target, words.label, words.url, words.people, unheard)


def role_words(schedule: Schedule, role: str) -> str:
    """whoever is on call in Payments; whoever is secondary in Payments."""
    return f"whoever is {'on call' if role == shifts.PRIMARY else role} in {schedule.name}"


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def summary_of(steps: Sequence[StepWords], repeats: int) -> str:
    """The whole policy in a sentence or two."""
    if not steps:
        return "It pages nobody: it has no step yet."
    whole = steps[-1].after + steps[-1].delay
    walked = "; ".join(step.sentence for step in steps)
    end = f"Administrators are paged as the last resort after {spoken(whole * (repeats + 1))}."
    if not repeats:
        return f"{walked[0].upper()}{walked[1:]}. {end}"
    times = "once more" if repeats == 1 else f"{repeats} times more"
    return f"{walked[0].upper()}{walked[1:]}. Unless somebody acknowledges, all of it {times}. {end}"

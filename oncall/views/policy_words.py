"""A policy in sentences: whom each step pages, who that is at this moment, and which steps reach nobody.

It decides the words; who is on call is decided by `oncall/shifts.py`, whom a step pages by `oncall/paging.py`. The
conditions of a step are worded in `condition_words.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oncall import shifts
from oncall.models import EscalationPolicy, EscalationStep, Room, Schedule, ScheduleLayer, User
from oncall.planning import StepPlan, TargetPlan
from oncall.times import spoken
from oncall.views.condition_words import NUMBERS, conditions_of, listed
from oncall.views.duties import people_of
from oncall.views.schedule_findings import unreachable


@dataclass(frozen=True, slots=True)
class TargetWords:
    """One target: what it is called, who it is now, those of them whom no page reaches, and who it may be one day."""

    target: TargetPlan
    label: str
    url: str = ""
    people: list[User] = field(default_factory=list)
    silent: list[User] = field(default_factory=list)
    one_day: list[User] = field(default_factory=list)

    @property
    def is_schedule(self) -> bool:
        return self.target.schedule is not None

    @property
    def is_room(self) -> bool:
        return self.target.room is not None

    @property
    def is_shadow(self) -> bool:
        return self.target.role == ScheduleLayer.Role.SHADOW


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step: when it comes, its targets, when it applies, and whether anybody is reached by it now."""

    after: timedelta
    plan: StepPlan
    targets: list[TargetWords]

    @property
    def delay(self) -> timedelta:
        return timedelta(minutes=self.plan.delay_minutes)

    @property
    def reaches(self) -> bool:
        """A shadow learns and does not answer: it is never the one reached."""
        calling = [target for target in self.targets if not target.is_shadow]
        return any(person not in target.silent for target in calling for person in target.people)

    @property
    def only_tells(self) -> bool:
        return bool(self.targets) and all(target.is_room for target in self.targets)

    @property
    def conditions(self) -> str:
        return conditions_of(self.plan)

    @property
    def is_in_turn(self) -> bool:
        return self.plan.pick == EscalationStep.Pick.IN_TURN

    @property
    def wait(self) -> str:
        """ "wait 5 minutes for an acknowledgement"."""
        wanted = self.plan.acknowledgements
        what = f"{NUMBERS[wanted]} acknowledgements" if wanted > 1 else "an acknowledgement"
        return f"wait {spoken(self.delay)} for {what}"

    @property
    def deed(self) -> str:
        """ "page one of Bob Kimani and Hana Sato, each time the next, and tell Payments alerts"."""
        called = listed([target.label for target in self.targets if not target.is_room])
        told = listed([target.label for target in self.targets if target.is_room])
        if not called:
            return f"tell {told}" if told else "page nobody"
        paged = f"page one of {called}, each time the next" if self.is_in_turn else f"page {called}"
        if self.plan.acknowledgements > 1:
            paged += f", until {NUMBERS[self.plan.acknowledgements]} people have acknowledged"
        return f"{paged}, and tell {told}" if told else paged

    @property
    def sentence(self) -> str:
        """ "after 5 minutes, on weekdays, page Bob Kimani and whoever is second on call in Payments"."""
        when = f"after {spoken(self.after)}" if self.after else "at once"
        return f"{when}, {self.conditions}, {self.deed}" if self.conditions else f"{when} {self.deed}"


def words_of(plans: Sequence[StepPlan], now: datetime) -> list[StepWords]:
    """Each step of a plan as it would be at this moment; six queries whatever its length."""
    targets = [target for plan in plans for target in plan.targets]
    wanted = {target.schedule for target in targets if target.schedule}
    schedules = {one.pk: one for one in Schedule.objects.filter(pk__in=wanted).with_definition()}
    people = User.objects.in_bulk({target.user for target in targets if target.user})
    rooms = Room.objects.in_bulk({target.room for target in targets if target.room})
    named = [
        TargetWords(target, rooms[target.room].name) if target.room else _target(target, schedules, people, now)
        for target in targets
    ]
    silent = set(unreachable(person for one in named for person in one.people))
    described = iter([_with_silent(one, silent) for one in named])
    found, after = [], timedelta()
    for plan in plans:
        found.append(StepWords(after, plan, [next(described) for _ in plan.targets]))
        after += found[-1].delay
    return found


def _target(target: TargetPlan, schedules: dict[int, Schedule], people: dict[int, User], now: datetime) -> TargetWords:
    if target.user:
        person = people[target.user]
        here = [person] if person.is_active else []
        return TargetWords(target, person.name or person.email, people=here, one_day=here)
    schedule = schedules[target.schedule or 0]
    named = people_of(schedule)
    here = [named[pk] for pk in shifts.on_call_at(schedule.definition(), now, target.role) if named[pk].is_active]
    layers = [layer for layer in schedule.layers.all() if layer.role == target.role]
    turning = {one.user_id for layer in layers for one in layer.participants.all()}
    one_day = [named[pk] for pk in turning if named[pk].is_active]
    label = role_words(schedule, target.role)
    return TargetWords(target, label, schedule.get_absolute_url(), here, one_day=one_day)


def _with_silent(words: TargetWords, silent: set[User]) -> TargetWords:
    return replace(words, silent=[person for person in words.people if person in silent])


def role_words(schedule: Schedule, role: str) -> str:
    """whoever is on call in Payments; whoever is secondary in Payments."""
    return f"whoever is {'on call' if role == shifts.PRIMARY else role} in {schedule.name}"


def summary_of(steps: Sequence[StepWords], repeats: int, resort: EscalationPolicy | None = None) -> str:
    """The whole policy in a sentence or two."""
    if not steps:
        return "It pages nobody: it has no step yet."
    whole = steps[-1].after + steps[-1].delay
    walked = "; ".join(step.sentence for step in steps)
    last = f"{resort} goes on" if resort else "Administrators are paged"
    end = f"{last} as the last resort after {spoken(whole * (repeats + 1))}."
    if not repeats:
        return f"{walked[0].upper()}{walked[1:]}. {end}"
    times = "once more" if repeats == 1 else f"{repeats} times more"
    return f"{walked[0].upper()}{walked[1:]}. Unless somebody acknowledges, all of it {times}. {end}"

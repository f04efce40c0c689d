"""The steps of a policy while somebody changes them: sent along with the form, kept nowhere else.

Step 0 is the fields `delay-0` (minutes), `target-0` (one each: `user:5`, `schedule:7:primary`, `room:3`), `schedule-0`,
`person-0` and `room-0` (one more of each), and those of `oncall/forms/conditions.py`. A button named `change` says what
to do: `add`, `up:2`, `down:2`, `remove:2`, or `drop:2:user:5` for one target; so it works without JavaScript.
"""

from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.http import QueryDict

from oncall.forms.conditions import Conditions
from oncall.forms.people import PersonField
from oncall.models import Room, Schedule, ScheduleLayer, User
from oncall.planning import StepPlan, TargetPlan

MOST_STEPS, MOST_TARGETS = 20, 20
LONGEST_DELAY = 24 * 60
NO_STEP = "A policy needs a step: whom to page first."


@dataclass(frozen=True, slots=True)
class Step:
    """One step as typed; `delay` is text until it is found to be a number."""

    delay: str = "5"
    targets: tuple[TargetPlan, ...] = ()
    typed: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)

    @property
    def is_unfolded(self) -> bool:
        """Whether conditions and turns are shown at once: there are some, or something is wrong with them."""
        return not self.conditions.is_plain or bool(self.problems.keys() - {"person", "delay"})

    def plan(self) -> StepPlan:
        """As far as it makes sense yet."""
        return StepPlan(whole(self.delay, LONGEST_DELAY) or 0, self.targets, **self.conditions.facts())


@dataclass(frozen=True, slots=True)
class Steps:
    """All steps, in order."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def of_plan(cls, plans: tuple[StepPlan, ...]) -> "Steps":
        steps = (Step(str(one.delay_minutes), one.targets, conditions=Conditions.of_plan(one)) for one in plans)
        return cls(tuple(steps))

    @classmethod
    def from_post(cls, post: QueryDict) -> "Steps":
        """Read what was sent, in order; targets that are unknown are left out."""
        numbers = [number for number in range(MOST_STEPS) if f"delay-{number}" in post]
        return cls(tuple(_step(post, number) for number in numbers))

    def changed(self, word: str) -> "Steps":
        """After one button; a button that makes no sense changes nothing."""
        what, _, rest = word.partition(":")
        if what == "add":
            return Steps((*self.steps, Step())[:MOST_STEPS])
        text, _, target = rest.partition(":")
        index = int(text) if text.isdecimal() and len(text) < 3 else -1
        if not 0 <= index < len(self.steps):
            return self
        if what == "drop":
            return self._dropped(index, target)
        if what == "remove":
            return Steps(self.steps[:index] + self.steps[index + 1 :])
        return self._swapped(index - 1 if what == "up" else index) if what in {"up", "down"} else self

    def _swapped(self, index: int) -> "Steps":
        if not 0 <= index < len(self.steps) - 1:
            return self
        steps = list(self.steps)
        steps[index], steps[index + 1] = steps[index + 1], steps[index]
        return Steps(tuple(steps))

    def _dropped(self, index: int, target: str) -> "Steps":
        step = self.steps[index]
        kept = tuple(one for one in step.targets if code_of(one) != target)
        return Steps((*self.steps[:index], replace(step, targets=kept), *self.steps[index + 1 :]))

    def checked(self) -> "Steps":
        """With what is wrong about each step, before saving."""
        return Steps(tuple(_checked(step) for step in self.steps))

    @property
    def problem(self) -> str:
        """What is wrong as a whole, or with the first step that something is wrong with."""
        if not self.steps:
            return NO_STEP
        found = (
            f"Step {number}: {words}" for number, step in enumerate(self.steps, 1) for words in step.problems.values()
        )
        return next(found, "")

    def plan(self) -> tuple[StepPlan, ...]:
        """As `oncall.planning` takes it; to be saved only when there is no problem."""
        return tuple(step.plan() for step in self.steps)


def code_of(target: TargetPlan) -> str:
    """The target as a word of the form."""
    if target.room:
        return f"room:{target.room}"
    return f"user:{target.user}" if target.user else f"schedule:{target.schedule}:{target.role}"


def target_of(code: str) -> TargetPlan | None:
    """Read `user:5`, `room:3` or `schedule:7:primary`; None for anything else, and for what does not exist."""
    kind, _, rest = code.partition(":")
    text, _, role = rest.partition(":")
    if not text.isdecimal() or len(text) > 12:
        return None
    pk = int(text)
    if kind == "user" and not role and User.objects.filter(pk=pk).exists():
        return TargetPlan(user=pk)
    if kind == "room" and not role and Room.objects.kept().filter(pk=pk).exists():
        return TargetPlan(room=pk)
    is_role = kind == "schedule" and role in ScheduleLayer.Role.values
    return TargetPlan(schedule=pk, role=role) if is_role and Schedule.objects.filter(pk=pk).exists() else None


def _step(post: QueryDict, number: int) -> Step:
    chosen = (post.get(f"schedule-{number}", ""), post.get(f"room-{number}", ""))
    codes = [*post.getlist(f"target-{number}")[:MOST_TARGETS], *chosen]
    targets = dict.fromkeys(found for code in codes if (found := target_of(code)))
    typed, problems = post.get(f"person-{number}", "").strip(), {}
    try:
        person = PersonField(required=False).clean(typed)
    except ValidationError as error:
        person, problems["person"] = None, " ".join(error.messages)
    if person:
        targets[TargetPlan(user=person.pk)] = None
        typed = ""
    conditions = Conditions.from_post(post, number)
    return Step(post.get(f"delay-{number}", "").strip(), tuple(targets), typed, problems, conditions)


def whole(text: str, most: int) -> int | None:
    """The number as typed; None for what is no whole number from 0 to `most`, however long it is."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if is_number and int(text) <= most else None


def _checked(step: Step) -> Step:
    problems = step.problems | step.conditions.problems()
    if not whole(step.delay, LONGEST_DELAY):
        problems["delay"] = f"Write whole minutes from 1 to {LONGEST_DELAY}."
    if not step.targets and "person" not in problems:
        problems["person"] = "This step pages nobody. Name a person or a schedule."
    return replace(step, problems=problems)

"""How a step picks its people, how many must acknowledge, and when it applies, as typed.

The fields of step 0 are `pick-0`, `acks-0`, `severity-0`, `from-0`, `until-0`, `day-0` (one for each day, 0 is Monday)
and `zone-0`. A form without `zone-0` says nothing about conditions: they are those of a plain step.
"""

from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dateparse import parse_time

from oncall.forms.zones import ZoneField
from oncall.models import EscalationStep
from oncall.planning import EVERY_DAY, StepPlan

Pick = EscalationStep.Pick
DAYS = tuple(enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")))
SEVERITIES = (
    ("5", "Every severity"),
    ("4", "SEV 1 to SEV 4"),
    ("3", "SEV 1 to SEV 3"),
    ("2", "SEV 1 and SEV 2"),
    ("1", "SEV 1 only"),
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """As typed; `zone` is empty while nobody has chosen one."""

    pick: str = Pick.EVERYBODY
    acknowledgements: str = "1"
    lowest_severity: str = "5"
    hours_from: str = ""
    hours_until: str = ""
    weekdays: str = EVERY_DAY
    zone: str = ""

    @classmethod
    def of_plan(cls, plan: StepPlan) -> "Conditions":
        timed = plan.hours_from is not None or plan.weekdays != EVERY_DAY
        return cls(
            pick=str(plan.pick),
            acknowledgements=str(plan.acknowledgements),
            lowest_severity=str(plan.lowest_severity),
            hours_from=f"{plan.hours_from:%H:%M}" if plan.hours_from is not None else "",
            hours_until=f"{plan.hours_until:%H:%M}" if plan.hours_until is not None else "",
            weekdays=plan.weekdays,
            zone=plan.zone if timed else "",
        )

    @classmethod
    def from_post(cls, post: QueryDict, number: int) -> "Conditions":
        """Read what was sent for one step."""
        if f"zone-{number}" not in post:
            return cls()
        sent = {name: post.get(f"{field}-{number}", "").strip() for name, field in FIELDS.items()}
        days = set(post.getlist(f"day-{number}"))
        return cls(**sent, weekdays="".join(digit for digit in EVERY_DAY if digit in days))

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to see: the part of the form stays folded."""
        return asdict(self) | {"zone": ""} == asdict(Conditions())

    def problems(self) -> dict[str, str]:
        """What is wrong, by field."""
        checks = {
            "acknowledgements": self._acknowledgements_problem(),
            "hours": self._hours_problem(),
            "weekdays": "" if self.weekdays else "Choose a day at least, or the step never applies.",
            "zone": self._zone_problem(),
        }
        return {name: words for name, words in checks.items() if words}

    def facts(self) -> dict[str, Any]:
        """As `StepPlan` takes them; what makes no sense yet counts as not typed."""
        span = _time(self.hours_from), _time(self.hours_until)
        start, until = span if None not in span else (None, None)
        return {
            "pick": self.pick if self.pick in Pick.values else str(Pick.EVERYBODY),
            "acknowledgements": _number(self.acknowledgements, 9) or 1,
            "lowest_severity": _number(self.lowest_severity, 5) or 5,
            "hours_from": start,
            "hours_until": until,
            "weekdays": self.weekdays or EVERY_DAY,
            "zone": _zone(self.zone) or "UTC",
        }

    def _acknowledgements_problem(self) -> str:
        wanted = _number(self.acknowledgements, 9)
        if not wanted:
            return "Write a number from 1 to 9."
        if wanted > 1 and self.pick == Pick.IN_TURN:
            return "One person is paged in turn: nobody else could acknowledge. Write 1, or page everybody at once."
        return ""

    def _hours_problem(self) -> str:
        read = [_time(self.hours_from), _time(self.hours_until)]
        if any(typed and found is None for typed, found in zip((self.hours_from, self.hours_until), read, strict=True)):
            return "Write times such as 09:00."
        return "These hours have one end only. Write both, or neither." if read.count(None) == 1 else ""

    def _zone_problem(self) -> str:
        is_timed = bool(self.hours_from or self.hours_until or self.weekdays != EVERY_DAY)
        if not self.zone:
            return "Say on whose clock: a time zone such as Europe/Paris." if is_timed else ""
        try:
            ZoneField().clean(self.zone)
        except ValidationError as error:
            return " ".join(error.messages)
        return ""


# Field of the form → part of the conditions; the days are boxes of their own.
FIELDS = {
    "pick": "pick",
    "acknowledgements": "acks",
    "lowest_severity": "severity",
    "hours_from": "from",
    "hours_until": "until",
    "zone": "zone",
}


def _number(typed: str, most: int) -> int:
    """1 to `most`; 0 for anything else."""
    is_digit = len(typed) == 1 and typed.isdecimal() and typed.isascii()
    return int(typed) if is_digit and int(typed) <= most else 0


def _time(typed: str) -> time | None:
    try:
        found = parse_time(typed) if typed else None
    except ValueError:
        return None
    return found.replace(second=0, microsecond=0, tzinfo=None) if found else None


def _zone(typed: str) -> str:
    try:
        return ZoneField(required=False).clean(typed) if typed else ""
    except ValidationError:
        return ""

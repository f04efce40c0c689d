"""The conditions of a step in plain words: on which days, from when to when, on whose clock, for which severities.

It decides the words only; whether they hold is decided by `oncall/calling.py`.
"""

from collections.abc import Sequence

from oncall.planning import EVERY_DAY, StepPlan

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
WORKING_DAYS, WEEKEND = "01234", "56"
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def conditions_of(plan: StepPlan) -> str:
    """ "on weekdays from 09:00 to 17:00 Paris time, for SEV 1 and SEV 2"; nothing when it always applies."""
    when = " ".join(part for part in (_days(plan.weekdays), _hours(plan)) if part)
    if when:
        when += f" {clock_of(plan.zone)}"
    return ", ".join(part for part in (when, severities_of(plan.lowest_severity)) if part)


def clock_of(zone: str) -> str:
    """ "Paris time" for Europe/Paris; zones that are no place are called by their names."""
    area, _, place = zone.rpartition("/")
    return zone if not area or area == "Etc" else f"{place.replace('_', ' ')} time"


def severities_of(lowest: int) -> str:
    """ "for SEV 1 and SEV 2"; nothing when it is for all."""
    if lowest >= 5:
        return ""
    return ("for SEV 1 only", "for SEV 1 and SEV 2", "for SEV 1 to SEV 3", "for SEV 1 to SEV 4")[lowest - 1]


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _days(weekdays: str) -> str:
    if weekdays == EVERY_DAY:
        return ""
    if weekdays in {WORKING_DAYS, WEEKEND}:
        return "on weekdays" if weekdays == WORKING_DAYS else "at weekends"
    return f"on {listed([DAYS[int(digit)] for digit in weekdays])}"


def _hours(plan: StepPlan) -> str:
    if plan.hours_from is None or plan.hours_until is None:
        return ""
    tail = " the next day" if plan.hours_until <= plan.hours_from else ""
    return f"from {plan.hours_from:%H:%M} to {plan.hours_until:%H:%M}{tail}"

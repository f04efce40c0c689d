"""Whom a policy would reach and how soon, asked before an incident does.

It decides which plan is useless, because it can call nobody, and after how long each person is told. It follows the
same rules as `oncall/calling.py`, for many people at once. Nothing is sent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Min

from oncall import shifts
from oncall.models import ContactMethod, NotificationRule, Schedule, ScheduleLayer, User
from oncall.planning import StepPlan, TargetPlan

# Told later than this of something urgent, a person is as good as not told.
LATE = timedelta(minutes=10)
# A schedule that names nobody within this time names nobody.
AHEAD = timedelta(weeks=4)
Told = dict[int, timedelta | None]


def told_after(people: Iterable[int], urgency: str = NotificationRule.Urgency.HIGH) -> Told:
    """How long after a page is opened each person is first told; None for whom no verified method reaches.

    Two queries. Quiet hours are not counted: they hold back what is not urgent only.
    """
    wanted = set(people)
    rules = NotificationRule.objects.filter(
        user__in=wanted, urgency=urgency, contact_method__verified_at__isnull=False
    ).order_by()
    first = dict(rules.values_list("user").annotate(Min("after_minutes")))
    reached = set(ContactMethod.objects.verified().filter(user__in=wanted).values_list("user_id", flat=True))
    found: Told = dict.fromkeys(wanted)
    return found | {pk: timedelta(minutes=first.get(pk, 0)) for pk in reached}


def why_useless(plans: Sequence[StepPlan], now: datetime) -> str:
    """Why this plan can call nobody, in a sentence; nothing when it can."""
    targets = [target for plan in plans for target in plan.targets]
    people = [target for target in targets if not target.room]
    calling = [target for target in people if target.role != ScheduleLayer.Role.SHADOW]
    if not people:
        return "It only tells rooms, and a room calls nobody. Add a person or a schedule."
    if not calling:
        return "It only pages shadows, who learn and do not answer. Add whoever is on call."
    problems = [*_unreached_people(calling), *_empty_schedules(calling, now)]
    if len(problems) < len({(target.user, target.schedule, target.role) for target in calling}):
        return ""
    return f"It reaches nobody: {'; '.join(problems)}."


def _unreached_people(targets: Sequence[TargetPlan]) -> list[str]:
    """What keeps each person named from being reached, for those whom something does."""
    ids = dict.fromkeys(target.user for target in targets if target.user)
    people, told = User.objects.in_bulk(ids), told_after(ids)
    gone = [f"{person} has left" for person in people.values() if not person.is_active]
    silent = [
        f"{person} has no verified contact method"
        for person in people.values()
        if person.is_active and told[person.pk] is None
    ]
    return [*gone, *silent]


def _empty_schedules(targets: Sequence[TargetPlan], now: datetime) -> list[str]:
    """The schedules that name nobody in the weeks ahead."""
    wanted = dict.fromkeys((target.schedule, target.role) for target in targets if target.schedule)
    schedules = {one.pk: one for one in Schedule.objects.filter(pk__in=[pk for pk, _ in wanted]).with_definition()}
    return [
        f"nobody is {'on call' if role == shifts.PRIMARY else role} in {schedules[pk]} in the next four weeks"
        for pk, role in wanted
        if not shifts.between(schedules[pk].definition(), now, now + AHEAD, role=role)
    ]

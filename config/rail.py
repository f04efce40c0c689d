"""What the left rail of every screen shows: counts, one's teams, and whether one is on call."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from coe.models import ActionItem, Review
from oncall.models import Incident, Schedule, Team, User


@dataclass(frozen=True)
class Rail:
    """The rail of one person at one moment."""

    needs_me: int = 0
    open_incidents: int = 0
    overdue_actions: int = 0
    teams: list[Team] = field(default_factory=list)
    on_call: list[tuple[str, datetime | None]] = field(default_factory=list)


def rail(request: HttpRequest) -> dict[str, Rail | None]:
    """The context processor; computed only when a template asks for it, never for machines or strangers."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"rail": None}
    return {"rail": rail_of(user, timezone.now())}


def rail_of(user: User, now: datetime) -> Rail:
    """Everything the rail shows, in at most seven queries."""
    teams = list(Team.objects.of(user))
    overdue = ActionItem.objects.promised().filter(owner=user).overdue(user.local(now).date()).count()
    reviews = Review.objects.pending().filter(reviewer=user).count()
    open_incidents = Incident.objects.visible_to(user).open().real().count()
    return Rail(
        needs_me=overdue + reviews,
        open_incidents=open_incidents,
        overdue_actions=overdue,
        teams=teams,
        on_call=on_call_of(user, now),
    )


def on_call_of(user: User, now: datetime) -> list[tuple[str, datetime | None]]:
    """The schedules that name this person now, each with the end of the running shift; None where it has none."""
    from oncall import shifts
    from oncall.views.duties import end_of

    mine = Schedule.objects.filter(layers__participants__user=user) | Schedule.objects.filter(overrides__user=user)
    found = []
    for schedule in mine.distinct().with_definition():
        shift = shifts.current_shift(schedule.definition(), now)
        if shift and user.pk in shift.people:
            found.append((schedule.name, end_of(shift, now)))
    return found

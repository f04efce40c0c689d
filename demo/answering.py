"""What readers of the demonstration did: who read the newest COEs, who said thanks, and what teams answered.

It decides which teams have read and answered what; the rows are those that the verbs make, without their letters.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from coe import concerning, reading
from coe.models import COE, ActionItem, Applicability, Reading
from demo.organisation import Organisation
from oncall.models import Team, User

NO = (
    "Our pool is bounded for each caller since the spring",
    "We call it from a batch alone, which waits and tries again",
    "We keep the last answer and serve that",
)
YES = (
    ("Bound what waits for the dependency, and answer without it after that", "A game day with the dependency away"),
    ("Alarm when the dependency answers slowly, before callers notice", "The alarm fires in the monthly drill"),
)
UNSURE = "We call it through a library whose limits we do not know"


def make(made: Organisation) -> None:
    """Of the teams that a COE concerns some have read it, and some of those have answered; two thirds have not."""
    recent = COE.objects.published().filter(
        published_at__gt=made.now - concerning.RECENT, audience=COE.Audience.ORGANISATION
    )
    for number, coe in enumerate(recent.order_by("published_at", "pk")):
        for place, team in enumerate(reading.concerned_teams(coe)):
            turn = (2 * number + place) % 6
            members = list(User.objects.filter(teams=team, is_active=True).order_by("name"))
            if turn in (0, 1, 2) and members:
                _read(coe, members[: 1 + turn], made)
            if turn in (1, 2) and members:
                _answer(coe, team, members[0], number, made)


def _read(coe: COE, members: list[User], made: Organisation) -> None:
    at = min(_published(coe) + timedelta(days=2), made.now)
    revision = reading.publication_of(coe)
    for member in members:
        thanks = at if member.pk % 3 == 0 else None
        facts = {"revision": revision, "first_at": at, "last_at": at, "thanked_at": thanks}
        Reading.objects.get_or_create(coe=coe, user=member, defaults=facts)


def _answer(coe: COE, team: Team, by: User, number: int, made: Organisation) -> None:
    at = min(_published(coe) + timedelta(days=3), made.now)
    said = (Applicability.Answer.NO, Applicability.Answer.YES, Applicability.Answer.UNSURE)[number % 3]
    note = {"no": NO[number % len(NO)], "unsure": UNSURE}.get(said, "")
    action = None
    if said == Applicability.Answer.YES:
        title, test = YES[number % len(YES)]
        due_on = at.date() + timedelta(days=60)
        given = {"owner": by, "due_on": due_on, "position": coe.actions.count(), "moved_by": by, "moved_at": at}
        action = ActionItem.objects.create(coe=coe, team=team, title=title, exit_test=test, **given)
    Applicability.objects.create(coe=coe, team=team, answer=said, note=note, action=action, by=by, at=at)


def _published(coe: COE) -> datetime:
    assert coe.published_at is not None
    return coe.published_at

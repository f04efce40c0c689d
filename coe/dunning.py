"""Who is told of a COE that is owed, and when: before it is due, when it is late, and then every week.

First whoever is to write it: the owner of the COE; without one whoever acknowledged the incident, else the managers of
the team. Once it is late the managers too. After a standstill only the newest is told. Each is told once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coe import guarding
from coe.models import COE, Notice, Owed
from coe.telling import tell
from oncall.models import Membership, User
from oncall.times import spoken

WEEK = timedelta(days=7)
# How long before it is due somebody is reminded.
DRAFT_SOON, PUBLISH_SOON = timedelta(hours=24), timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is to be told of one row now."""

    key: str
    sentence: str
    is_late: bool


def make_due(now: datetime) -> int:
    """The letters that the clock says and that are not there yet; returns how many were made."""
    nearest = Owed.objects.standing().filter(draft_by__lte=now + DRAFT_SOON)
    rows = list(nearest.select_related("incident__service__team", "incident__acknowledged_by", "coe__owner"))
    due = list(guarding.judged(rows, stage_of, now))
    told = set(Notice.objects.filter(key__in=[stage.key for _, stage in due]).values_list("key", flat=True))
    due = [(row, stage) for row, stage in due if stage.key not in told]
    managers = _managers({row.incident.service.team_id for row, _ in due})

    def tell_of(told_of: tuple[Owed, Stage], now: datetime) -> int:
        row, stage = told_of
        return _tell(row, stage, managers.get(row.incident.service.team_id, []), now)

    return guarding.each(due, tell_of, now)


def stage_of(row: Owed, now: datetime) -> Stage | None:
    """What there is to say of a standing row; None while there is time."""
    what, due, soon = ("draft", row.draft_by, DRAFT_SOON)
    if row.drafted_at:
        what, due, soon = ("publication", row.publish_by, PUBLISH_SOON)
    if now < due - soon:
        return None
    stamp = f"owed-{row.pk}-{what}-{due:%Y%m%d%H%M}"
    noun = "Its draft" if what == "draft" else "Its publication"
    if now < due:
        return Stage(f"{stamp}-soon", f"{noun} is due in {spoken(due - now)}.", is_late=False)
    weeks = (now - due) // WEEK
    sentence = f"{noun} is late since {due.day} {due:%B %Y}, {due:%H:%M} UTC."
    return Stage(f"{stamp}-late-{weeks}", sentence, is_late=True)


def _tell(row: Owed, stage: Stage, managers: list[User], now: datetime) -> int:
    """The owner by way of the COE, everybody else by way of the incident, which names no COE."""
    facts: dict[str, Any] = {"key": stage.key, "now": now, "detail": stage.sentence}
    writers = list(_writers(row.coe)) if row.coe else []
    if row.coe and writers:
        tell(writers, Notice.Kind.OWED, coe=row.coe, path=f"{row.coe.get_absolute_url()}edit/", **facts)
    taker = row.incident.acknowledged_by
    others = [taker] if taker and taker.is_active and not writers else []
    if stage.is_late or not (writers or others):
        others += [one for one in managers if one not in writers]
    tell(others, Notice.Kind.OWED, incident=row.incident, path=f"{row.incident.get_absolute_url()}#coes", **facts)
    return len({*writers, *others})


def _writers(coe: COE) -> Iterator[User]:
    if coe.owner.is_active:
        yield coe.owner


def _managers(teams: set[int]) -> dict[int, list[User]]:
    """The managers of each team who are there; one query."""
    found: dict[int, list[User]] = {}
    roles = Membership.objects.filter(team__in=teams, role=Membership.Role.MANAGER, user__is_active=True)
    for membership in roles.select_related("user"):
        found.setdefault(membership.team_id, []).append(membership.user)
    return found

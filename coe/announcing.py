"""Announcements: who is told of a publication at once, people by mail and rooms in their chat; each once.

Rows alone are made here, in the transaction of the publication; `coe/mailing.py` sends them. What is restricted is told
to no room, and whether it still is not is judged again when the notice goes out.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from coe.models import COE, Notice, Revision, RoomNotice
from coe.subscribing import concerned_by, rooms_concerned_by
from coe.telling import tell
from oncall.models import Room, User


def announce(coe: COE, revision: Revision, by: User, now: datetime, *, is_reissue: bool) -> None:
    """Tell whoever follows such COEs, and of a re-issue those who read an earlier publication, by its note.

    Rooms are told that follow it, and, unless they want no COEs, those of the owning team and of a team whose incident
    it is about.
    """
    key = f"publication-{coe.pk}-{revision.number}"
    kind = Notice.Kind.REISSUED if is_reissue else Notice.Kind.PUBLISHED
    people = concerned_by(coe)
    if is_reissue:
        people |= User.objects.filter(pk__in=coe.readings.values("user"))
    tell(people.exclude(pk=by.pk), kind, key=key, coe=coe, detail=revision.change_note, now=now)
    if not coe.is_restricted:
        facts = {"kind": RoomNotice.Kind(kind.value), "key": key, "coe": coe, "made_at": now}
        rows = [RoomNotice(room=room, detail=revision.change_note, **facts) for room in _rooms_of(coe)]
        RoomNotice.objects.bulk_create(rows, ignore_conflicts=True)


def _rooms_of(coe: COE) -> list[Room]:
    teams = Q(team=coe.team_id) | Q(team__in=coe.incidents.values("service__team"))
    unasked = teams & Q(is_told_of_coes=True)
    return list(Room.objects.kept().filter(unasked | Q(pk__in=rooms_concerned_by(coe).values("pk"))))

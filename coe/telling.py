"""Telling people about COEs: who is told what, once. The rows are the queue; `coe/mailing.py` sends them.

Nobody is told of what they may not read, neither now nor when the letter goes out, nor of what they did themselves
(callers leave the person who acts out).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coe.models import COE, Notice
from coe.models.coes import COEQuerySet
from oncall.models import Incident, User

LONGEST_DETAIL = 2000
# What these letters say is of the draft.
OF_DRAFT = {Notice.Kind.MENTION, Notice.Kind.COMMENT}


def tell(
    users: Iterable[User],
    kind: str,
    *,
    key: str,
    now: datetime,
    coe: COE | None = None,
    incident: Incident | None = None,
    detail: str = "",
    path: str = "",
) -> int:
    """A letter for each of these people that is there and may read the COE; returns how many were made.

    `kind` is a `Notice.Kind`; `key` says what this letter is ("owed-7-late"): the same key reaches a person once,
    however often it is told. `detail` is what the letter says below its subject, `path` where its link leads: else to
    the COE or the incident. Must run in the transaction of what it tells.
    """
    people = {user.pk: user for user in users if user.is_active}
    if coe is not None:
        people = {pk: user for pk, user in people.items() if may_read(user, coe, kind)}
    place = path or (coe.get_absolute_url() if coe else incident.get_absolute_url() if incident else "/")
    facts = {"kind": kind, "key": key, "coe": coe, "incident": incident, "path": place, "made_at": now}
    rows = [Notice(user=user, detail=detail[:LONGEST_DETAIL], **facts) for user in people.values()]
    before = Notice.objects.filter(key=key, user__in=people).count()
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows) - before


def may_read(user: User, coe: COE, kind: str) -> bool:
    """Whether this person reads what such a letter tells of; what is for the organisation is read by everybody."""
    is_secret = coe.is_restricted or (kind in OF_DRAFT and coe.is_reissuing)
    return not is_secret or readable(user, kind).filter(pk=coe.pk).exists()


def readable(user: User, kind: str) -> COEQuerySet:
    """The COEs of which this person may get such a letter."""
    return COE.objects.draft_visible_to(user) if kind in OF_DRAFT else COE.objects.visible_to(user)

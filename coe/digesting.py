"""Digests: what was published since the last one, for whoever follows it, at nine in the morning of the reader.

A digest is a row that is made once for a person, or for a room, and a day; what it says is chosen when it is sent, so
that nothing is in it that became restricted meanwhile. After a standstill one goes out, not one for each day missed.
A room is told at nine on the clock of whoever subscribed it first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from coe import concerning, guarding
from coe.models import COE, ActionItem, Notice, Owed, Revision, RoomNotice, Subscription
from coe.models.coes import COEQuerySet
from coe.searching import Reader
from coe.subscribing import followed
from oncall.models import Incident, Team, User
from oncall.times import at_wall_clock

HOUR = time(9)
MONDAY = 0
MOST = 20
# Of what was published a year ago, the worst.
MOST_REMEMBERED = 5
# A first digest looks back this far.
FIRST = {Subscription.Cadence.DAILY: timedelta(days=1), Subscription.Cadence.WEEKLY: timedelta(days=7)}
type_place = dict[str, object]


@dataclass(frozen=True, slots=True)
class News:
    """A publication that a digest tells of; `change_note` of what readers may know in an earlier form, else empty."""

    coe: COE
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A COE that a team of the reader owes: the next step, and its day on the reader's calendar."""

    incident: Incident
    step: str
    day: date
    is_late: bool


def make_due(now: datetime) -> int:
    """A row for each digest whose hour has come; returns how many were made."""
    waiting = Subscription.objects.exclude(cadence=Subscription.Cadence.AT_ONCE).order_by("pk")
    personal = _grouped(waiting.personal().filter(user__is_active=True).select_related("user"), "user_id")
    of_rooms = _grouped(waiting.of_rooms().select_related("user", "room"), "room_id")
    made = guarding.each(personal, lambda one, now: _make(one, now, Notice, {"user": one[0].user}), now)
    return made + guarding.each(of_rooms, lambda one, now: _make(one, now, RoomNotice, {"room": one[0].room}), now)


def _grouped(waiting: QuerySet[Subscription], whose: str) -> Iterable[list[Subscription]]:
    """What one reader, or one room, follows at one cadence."""
    wishes: dict[tuple[int, str], list[Subscription]] = {}
    for subscription in waiting:
        wishes.setdefault((getattr(subscription, whose), subscription.cadence), []).append(subscription)
    return wishes.values()


def _make(
    subscriptions: list[Subscription], now: datetime, kind: type[Notice] | type[RoomNotice], place: type_place
) -> int:
    """One row for all that is followed at this cadence, and that it is told until now: both or neither.

    A digest that still waits, because the mail server is away, becomes this one and tells of its time too.
    """
    user, cadence = subscriptions[0].user, Subscription.Cadence(subscriptions[0].cadence)
    due = latest_due(cadence, user, now)
    owed = [one for one in subscriptions if (one.told_until or one.made_at) < due]
    if not owed:
        return 0
    since = min(one.told_until or min(one.made_at, due - FIRST[cadence]) for one in owed)
    key = f"digest-{cadence}-{due:%Y%m%d}"
    with transaction.atomic():
        letters = kind._default_manager.filter(kind=kind.Kind.DIGEST, **place)
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=now) | ~Q(error="")
        stale = letters.filter(free, sent_at__isnull=True, key__startswith=f"digest-{cadence}-").exclude(key=key)
        waiting = stale.select_for_update(skip_locked=True).first()
        if waiting:
            since = min(since, datetime.fromisoformat(waiting.detail))
        facts: dict[str, object] = {"kind": kind.Kind.DIGEST, "made_at": now, "detail": since.isoformat()}
        if kind is Notice:
            facts["path"] = "/coes/"
        _, is_new = kind._default_manager.get_or_create(key=key, **place, defaults=facts)
        if not is_new:
            # Whoever flew west has the same morning twice: what came in between is told the next day.
            return 0
        if waiting:
            waiting.delete()
        Subscription.objects.filter(pk__in=[one.pk for one in subscriptions]).update(told_until=now)
    return 1


def latest_due(cadence: str, user: User, now: datetime) -> datetime:
    """The last nine o'clock of the reader, for a weekly digest that of the last Monday."""
    day = user.local(now).date()
    if now < at_wall_clock(day, HOUR, user.wall_zone):
        day -= timedelta(days=1)
    if cadence == Subscription.Cadence.WEEKLY:
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    return at_wall_clock(day, HOUR, user.wall_zone)


def content_of(notice: Notice) -> dict[str, list[Any]] | None:
    """What a digest says to its reader now; None when there is nothing new, or nothing is followed any more.

    What is owed or overdue has letters of its own: here it stands beside what is new and sends no digest by itself.
    """
    user, cadence = notice.user, cadence_of(notice)
    wishes = list(Subscription.objects.personal().filter(user=user, cadence=cadence).shown())
    if not wishes:
        return None
    reader = Reader.of(user)
    news = _news(wishes, COE.objects.visible_to(user), reader, notice)
    today = user.local(notice.made_at).date()
    teams = Team.objects.of(user)
    found: dict[str, list[Any]] = {
        "news": [one for one in news if not one.change_note],
        "anew": [one for one in news if one.change_note],
        "owed": list(_owed(user, teams, notice.made_at)),
        "overdue": list(_overdue(user, today)),
        "anniversaries": list(_anniversaries(notice, wishes, reader, teams)),
    }
    return found if news or found["anniversaries"] else None


def news_of_room(notice: RoomNotice) -> list[News]:
    """What a room is told by its digest now: only what the whole organisation may read."""
    wishes = Subscription.objects.of_rooms().filter(room=notice.room_id, cadence=cadence_of(notice)).shown()
    return _news(list(wishes), COE.objects.for_everybody(), Reader.everybody(), notice)


def cadence_of(notice: Notice | RoomNotice) -> str:
    """How often this digest is told; its key says it."""
    return notice.key.split("-")[1]


def _news(wishes: list[Subscription], readable: COEQuerySet, reader: Reader, notice: Notice | RoomNotice) -> list[News]:
    """What was published or published anew in the time of a digest, and is followed, newest first; two queries.

    Saved searches are asked of the COEs of this time alone, in one search.
    """
    since = datetime.fromisoformat(notice.detail)
    told = Revision.objects.publications().filter(made_at__gt=since, made_at__lte=notice.made_at)
    published = followed(
        wishes, readable.published().filter(pk__in=told.values("coe")), reader, among=told.values_list("coe", flat=True)
    )
    coes = list(published.select_related("team").order_by("-pk")[:MOST])
    notes = dict(told.filter(coe__in=coes).order_by("number").values_list("coe", "change_note"))
    # What was new within this time is new to its readers, also when it was put right since.
    return [News(coe, notes[coe.pk] if coe.published_at and coe.published_at <= since else "") for coe in coes]


def _owed(user: User, teams: QuerySet[Team], now: datetime) -> Iterable[Due]:
    for one in Owed.objects.visible_to(user).standing().of_teams(teams).shown()[:MOST]:
        step = "publication" if one.drafted_at else "draft"
        yield Due(one.incident, step, user.local(one.due_at).date(), one.is_late(now))


def _overdue(user: User, today: date) -> Iterable[ActionItem]:
    return ActionItem.objects.promised().filter(owner=user).overdue(today).select_related("coe")[:MOST]


def _anniversaries(notice: Notice, wishes: list[Subscription], reader: Reader, teams: QuerySet[Team]) -> Iterable[COE]:
    """What is followed, or of the own teams, and was published a year before the days of this digest; the worst first.

    Each once: not what a letter told, nor in a weekly digest what the daily one is for.
    """
    user = notice.user
    since, today = (user.local(at).date() for at in (datetime.fromisoformat(notice.detail), notice.made_at))
    first, last = concerning.year_before(since) + timedelta(days=1), concerning.year_before(today)
    published = COE.objects.visible_to(user).published().filter(concerning.published_within(first, last))
    letters = Notice.objects.filter(user=user, kind=Notice.Kind.ANNIVERSARY, coe__isnull=False)
    published = published.exclude(pk__in=letters.values("coe"))
    daily = Subscription.objects.personal().filter(user=user, cadence=Subscription.Cadence.DAILY)
    elsewhere = list(daily.shown()) if cadence_of(notice) == Subscription.Cadence.WEEKLY else []
    wanted = _concerned(published, wishes, reader, teams)
    if elsewhere:
        wanted = wanted.exclude(pk__in=_concerned(published, elsewhere, reader, teams).values("pk"))
    return wanted.select_related("team").order_by("severity", "-published_at")[:MOST_REMEMBERED]


def _concerned(
    published: QuerySet[COE], wishes: list[Subscription], reader: Reader, teams: QuerySet[Team]
) -> QuerySet[COE]:
    """Of the own teams, or followed."""
    about = followed(wishes, published, reader, among=published.values_list("pk", flat=True))
    return published.filter(Q(team__in=teams) | Q(pk__in=about.values("pk")))

"""Digests: what was published since the last one, for whoever follows it, at nine in the morning of the reader.

A digest is a row that is made once for a person and a day; what it says is chosen when it is sent, so that nothing
is in it that became restricted meanwhile. After a standstill one goes out, not one for each day that was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from coe.models import COE, ActionItem, Notice, Owed, Revision, Subscription
from coe.subscribing import matching
from oncall.models import Team, User
from oncall.times import at_wall_clock

HOUR = time(9)
MONDAY = 0
MOST = 20
# A first digest looks back this far.
FIRST = {Subscription.Cadence.DAILY: timedelta(days=1), Subscription.Cadence.WEEKLY: timedelta(days=7)}


def make_due(now: datetime) -> int:
    """A row for each digest whose hour has come; returns how many were made."""
    waiting = Subscription.objects.exclude(cadence=Subscription.Cadence.AT_ONCE).filter(user__is_active=True)
    wishes: dict[tuple[int, str], list[Subscription]] = {}
    for subscription in waiting.select_related("user").order_by("pk"):
        wishes.setdefault((subscription.user_id, subscription.cadence), []).append(subscription)
    return sum(_make(group, now) for group in wishes.values())


def _make(subscriptions: list[Subscription], now: datetime) -> int:
    """One row for all that a person follows at this cadence, and that they are told until now: both or neither.

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
        Subscription.objects.filter(pk__in=[one.pk for one in subscriptions]).update(told_until=now)
        letters = Notice.objects.filter(user=user, kind=Notice.Kind.DIGEST)
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=now) | ~Q(error="")
        stale = letters.filter(free, sent_at__isnull=True, key__startswith=f"digest-{cadence}-").exclude(key=key)
        if waiting := stale.select_for_update(skip_locked=True).first():
            since = min(since, datetime.fromisoformat(waiting.detail))
            waiting.delete()
        facts = {"kind": Notice.Kind.DIGEST, "made_at": now, "path": "/coes/", "detail": since.isoformat()}
        _, is_new = Notice.objects.get_or_create(user=user, key=key, defaults=facts)
    return int(is_new)


def latest_due(cadence: str, user: User, now: datetime) -> datetime:
    """The last nine o'clock of the reader, for a weekly digest that of the last Monday."""
    day = user.local(now).date()
    if now < at_wall_clock(day, HOUR, user.zone):
        day -= timedelta(days=1)
    if cadence == Subscription.Cadence.WEEKLY:
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    return at_wall_clock(day, HOUR, user.zone)


def content_of(notice: Notice) -> dict[str, object] | None:
    """What a digest says to its reader now; None when there is nothing new.

    What is owed or overdue has letters of its own: here it stands beside what is new and sends no digest by itself.
    """
    user, since = notice.user, datetime.fromisoformat(notice.detail)
    cadence = notice.key.split("-")[1]
    news = _news(user, cadence, since, notice.made_at)
    today = user.local(notice.made_at).date()
    teams = Team.objects.of(user)
    found = {
        "news": news,
        "owed": list(_owed(user, teams, notice.made_at)),
        "overdue": list(_overdue(user, today)),
        "anniversaries": list(_anniversaries(user, teams, today, cadence)),
    }
    return found if found["news"] or found["anniversaries"] else None


def _news(user: User, cadence: str, since: datetime, until: datetime) -> list[COE]:
    """What was published or published anew in this time, and this person follows, newest first."""
    told = Revision.objects.publications().filter(made_at__gt=since, made_at__lte=until)
    published = COE.objects.visible_to(user).published().filter(pk__in=told.values("coe"))
    found: dict[int, COE] = {}
    for subscription in Subscription.objects.filter(user=user, cadence=cadence):
        for coe in matching(subscription, published).select_related("team").distinct()[:MOST]:
            found[coe.pk] = coe
    return sorted(found.values(), key=lambda coe: -coe.pk)[:MOST]


def _owed(user: User, teams: Iterable[Team], now: datetime) -> Iterable[Owed]:
    late = Owed.objects.visible_to(user).late(now).filter(incident__service__team__in=teams)
    return late.select_related("incident__service")[:MOST]


def _overdue(user: User, today: date) -> Iterable[ActionItem]:
    return ActionItem.objects.promised().filter(owner=user).overdue(today).select_related("coe")[:MOST]


def _anniversaries(user: User, teams: Iterable[Team], today: date, cadence: str) -> Iterable[COE]:
    """What the own teams published a year ago, in the days of this digest."""
    try:
        last = today.replace(year=today.year - 1)
    except ValueError:  # 29 February
        last = today.replace(year=today.year - 1, day=28)
    first = last - (FIRST[Subscription.Cadence(cadence)] - timedelta(days=1))
    mine = COE.objects.visible_to(user).published().filter(team__in=teams)
    return mine.filter(published_at__date__range=(first, last))[:MOST]

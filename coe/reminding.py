"""Reminders of action items: on the day they are due and after, at nine in the morning of whoever owns them.

It decides who is reminded of what on which day. A day is a row that exists once, so a tick may run twice, late or in
parallel. After a standstill the newest reminder that was missed goes out, not all of them.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import F, Max, Q

from coe import chasing, chatting, commemorating, composing, digesting, dunning, guarding, mailing, owing, reconsidering
from coe.models import ActionItem, Notice, Reminder, ReviewNotice, RoomNotice
from oncall.models import User
from oncall.times import at_wall_clock

# Days after the due date; then every week.
DAYS = (0, 1, 3, 7)
WEEK = 7
HOUR = time(9)
# The earth's easternmost clocks are this far ahead of UTC: nobody's day begins earlier.
EARLIEST = timedelta(hours=14)


def tick(now: datetime) -> int:
    """Make the reminders that are due and send every letter that is owed; returns how many went out."""
    for step in STEPS:
        guarding.step(step, now)
    reminders = mailing.send_due(Reminder, composing.reminder_message, now)
    letters = mailing.send_due(ReviewNotice, composing.notice_message, now)
    letters += mailing.send_due(Notice, composing.telling_message, now)
    return reminders + letters + mailing.send_due(RoomNotice, chatting.room_message, now)


def make_due(now: datetime) -> int:
    """A row for each reminder that the clock says and that is not there yet; returns how many were made."""
    rows = [
        Reminder(action=action, user=owner, day=day, made_at=now)
        for (action, owner, _, last), day in guarding.judged(_candidates(now), _day_of, now)
        if last is None or last < day
    ]
    return len(Reminder.objects.bulk_create(rows, ignore_conflicts=True))


def _candidates(now: datetime) -> Iterator[tuple[ActionItem, User, date, date | None]]:
    """Promised, open, owned by somebody who is there, and due by any clock; with the last day reminded of."""
    mine = Max("reminders__day", filter=Q(reminders__user=F("owner")))
    owed = ActionItem.objects.promised().open().filter(owner__is_active=True, due_on__lte=(now + EARLIEST).date())
    for action in owed.select_related("owner").annotate(last=mine).iterator(chunk_size=1000):
        if action.owner and action.due_on:
            yield action, action.owner, action.due_on, action.last


def _day_of(owed: tuple[ActionItem, User, date, date | None], now: datetime) -> date | None:
    _, owner, due_on, _ = owed
    return latest_day(due_on, owner, now)


def latest_day(due_on: date, owner: User, now: datetime) -> date | None:
    """The newest day, in the owner's zone, on which the owner is to be reminded and whose nine o'clock has come."""
    today = owner.local(now).date()
    if now < at_wall_clock(today, HOUR, owner.wall_zone):
        today -= timedelta(days=1)
    late = (today - due_on).days
    if late < 0:
        return None
    passed = max(day for day in DAYS if day <= late)
    if late > DAYS[-1]:
        passed = DAYS[-1] + (late - DAYS[-1]) // WEEK * WEEK
    return due_on + timedelta(days=passed)


# In this order: what is owed is known before anybody is told of it.
STEPS = (
    make_due,
    commemorating.make_due,
    digesting.make_due,
    owing.tick,
    dunning.make_due,
    chasing.make_due,
    reconsidering.make_due,
)

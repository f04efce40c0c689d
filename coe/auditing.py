"""The auditor's checks about COEs; run through `oncall.auditing.audit`."""

from collections.abc import Iterable
from datetime import datetime

from coe import searching
from coe.models import COE, Notice, Reminder, ReviewNotice, RoomNotice, SearchChange
from oncall.auditing import GRACE, Finding, type_check


def reminders_go_out(now: datetime) -> Iterable[Finding]:
    """Invariant 3: no reminder is owed for longer than its grace."""
    for reminder in Reminder.objects.filter(sent_at__isnull=True, error="", made_at__lt=now - 5 * GRACE)[:100]:
        yield Finding(
            3, f"reminder {reminder.pk}", f"Reminder {reminder.pk} is owed since {reminder.made_at:%H:%M:%S}."
        )


def review_letters_go_out(now: datetime) -> Iterable[Finding]:
    """Invariant 3: no letter about a review is owed for longer than its grace."""
    for notice in ReviewNotice.objects.filter(sent_at__isnull=True, error="", made_at__lt=now - 5 * GRACE)[:100]:
        sentence = f"The letter {notice.pk} about a review is owed since {notice.made_at:%H:%M:%S}."
        yield Finding(3, f"review notice {notice.pk}", sentence)


def notices_go_out(now: datetime) -> Iterable[Finding]:
    """Invariant 3: nothing that somebody is to be told is owed for longer than its grace."""
    for notice in Notice.objects.filter(sent_at__isnull=True, error="", made_at__lt=now - 5 * GRACE)[:100]:
        yield Finding(3, f"notice {notice.pk}", f"The notice {notice.pk} is owed since {notice.made_at:%H:%M:%S}.")


def rooms_are_told(now: datetime) -> Iterable[Finding]:
    """Invariant 3: nothing that a room is to be told is owed for longer than its grace."""
    for notice in RoomNotice.objects.filter(sent_at__isnull=True, error="", made_at__lt=now - 5 * GRACE)[:100]:
        sentence = f"The word {notice.pk} to a room is owed since {notice.made_at:%H:%M:%S}."
        yield Finding(3, f"room notice {notice.pk}", sentence)


def publications_are_findable(now: datetime) -> Iterable[Finding]:
    """Invariant 5: every published COE is in the change table, and the index of this node has applied it."""
    unannounced = COE.objects.published().exclude(pk__in=SearchChange.objects.values("coe_id"))
    for coe in unannounced.filter(published_at__lt=now - GRACE).only("pk")[:100]:
        yield Finding(5, coe.number, f"{coe.number} is published, but no index was told.")
    if behind := searching.pending(before=now - 2 * GRACE):
        yield Finding(5, "search index", f"The search index has not applied at least {behind} changes.")


CHECKS: tuple[type_check, ...] = (
    reminders_go_out,
    review_letters_go_out,
    notices_go_out,
    rooms_are_told,
    publications_are_findable,
)

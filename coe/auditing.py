"""The auditor's checks about COEs; run through `oncall.auditing.audit`."""

from collections.abc import Iterable
from datetime import datetime

from coe.models import Reminder, ReviewNotice
from oncall import auditing
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


CHECKS: tuple[type_check, ...] = (reminders_go_out, review_letters_go_out)
ALL_CHECKS = auditing.CHECKS + CHECKS

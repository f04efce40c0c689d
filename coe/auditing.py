"""The auditor's checks about COEs; run through `oncall.auditing.audit`."""

from collections.abc import Iterable
from datetime import datetime

from coe.models import Reminder
from oncall import auditing
from oncall.auditing import GRACE, Finding, type_check


def reminders_go_out(now: datetime) -> Iterable[Finding]:
    """Invariant 3: no reminder is owed for longer than its grace."""
    for reminder in Reminder.objects.filter(sent_at__isnull=True, error="", made_at__lt=now - 5 * GRACE)[:100]:
        yield Finding(
            3, f"reminder {reminder.pk}", f"Reminder {reminder.pk} is owed since {reminder.made_at:%H:%M:%S}."
        )


CHECKS: tuple[type_check, ...] = (reminders_go_out,)
ALL_CHECKS = auditing.CHECKS + CHECKS

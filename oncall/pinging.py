"""The dead-man's switch: an address outside that is called every minute while all is well.

Whoever is behind it raises the alarm when the calls stop, be it because an invariant does not hold, because the auditor
does not run, or because this machine is gone. What an invariant is, is decided by `oncall/invariants.py`.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from oncall import outgoing
from oncall.models import Heartbeat, Violation

logger = logging.getLogger(__name__)

AUDITORS = ("audit", "audit-coe")
# An auditor that was not seen for this long has not audited.
AUDITED = timedelta(minutes=3)
# The signs of life: when the switch last answered, and when it last did not.
ANSWERED, FAILED = "dead-man's switch", "dead-man's switch failed"


def ping(now: datetime) -> bool:
    """Call the switch, if there is one and every invariant holds; whether it was called and answered 2xx.

    To be called after an audit that succeeded.
    """
    if not settings.ERRATA_DEADMAN_URL or not all_is_well(now):
        return False
    try:
        status, _ = outgoing.post(settings.ERRATA_DEADMAN_URL, b"", {"User-Agent": "Errata"})
        problem = "" if 200 <= status < 300 else f"it answered {status}"
    except (outgoing.Blocked, outgoing.Failed) as error:
        problem = str(error)
    if problem:
        _note_failure(problem, now)
        return False
    Heartbeat.objects.beat(ANSWERED, now)
    return True


def all_is_well(now: datetime) -> bool:
    """No invariant is known to be broken, and each auditor has looked."""
    if Violation.objects.open().grave().exists():
        return False
    return Heartbeat.objects.fresh(now, AUDITED).filter(name__in=AUDITORS).count() == len(AUDITORS)


def _note_failure(problem: str, now: datetime) -> None:
    """Logged when it begins, not every minute; the address is not named, for it may hold a secret."""
    seen = dict(Heartbeat.objects.filter(name__in=(ANSWERED, FAILED)).values_list("name", "seen_at"))
    if FAILED not in seen or (ANSWERED in seen and seen[ANSWERED] > seen[FAILED]):
        logger.error("audit.deadman_failed %s", problem)
    Heartbeat.objects.beat(FAILED, now)

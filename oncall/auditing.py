"""The auditor: asks the database every minute whether what must always be true is true.

The numbers are those of the invariants in `docs/architecture.md`. It finds and records; it mends nothing. Checks about
COEs are in `coe/auditing.py` and run through the same function.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from oncall import sources
from oncall.models import Attempt, Heartbeat, Incident, Signal, Violation
from oncall.models.incidents import LOWEST_PAGING

logger = logging.getLogger(__name__)

# What is younger than this may still be on its way.
GRACE = timedelta(seconds=60)
# Signals older than this were audited often enough.
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One object for which one invariant does not hold; number 0 is a check that could not be made."""

    invariant: int
    subject: str
    sentence: str


type_check = Callable[[datetime], Iterable[Finding]]


def signals_have_alerts(now: datetime) -> Iterable[Finding]:
    """Invariant 1: every accepted signal of an alert door belongs to an alert.

    A deployment has many signals and points at the last one, so theirs cannot be asked.
    """
    lost = Signal.objects.filter(
        state=Signal.State.ACCEPTED,
        received_at__range=(now - LOOK_BACK, now - GRACE),
        dialect__in=sources.REGISTRY,
        events__isnull=True,
    )
    for signal in lost.only("pk", "dialect").order_by("pk")[:100]:
        yield Finding(
            1, f"signal {signal.pk}", f"Signal {signal.pk} ({signal.dialect}) was accepted but led to no alert."
        )


def triggered_incidents_page(now: datetime) -> Iterable[Finding]:
    """Invariant 2: a triggered incident that should page has a time to page at, or its escalation ended aloud."""
    silent = Incident.objects.filter(
        state=Incident.State.TRIGGERED,
        severity__lte=LOWEST_PAGING,
        page_after__isnull=True,
        exhausted_at__isnull=True,
        moved_at__lt=now - GRACE,
    )
    for incident in silent.order_by("pk")[:100]:
        yield Finding(
            2, incident.number, f"{incident.number} is triggered, pages nobody, and nothing says when it will."
        )


def nothing_due_is_late(now: datetime) -> Iterable[Finding]:
    """Invariant 3: no page or attempt is owed for longer than its grace."""
    for incident in Incident.objects.due(now - GRACE)[:100]:
        yield Finding(
            3, incident.number, f"The next page of {incident.number} is owed since {incident.page_after:%H:%M:%S}."
        )
    for attempt in Attempt.objects.sendable(now - GRACE)[:100]:
        yield Finding(
            3, f"attempt {attempt.pk}", f"Attempt {attempt.pk} should have gone out at {attempt.send_after:%H:%M:%S}."
        )


def leases_are_alive(now: datetime) -> Iterable[Finding]:
    """Invariant 4: an attempt in hand has a live lease."""
    for attempt in Attempt.objects.lapsed(now - GRACE).order_by("pk")[:100]:
        yield Finding(4, f"attempt {attempt.pk}", f"Attempt {attempt.pk} is in the hands of a sender that is gone.")


CHECKS: tuple[type_check, ...] = (
    signals_have_alerts,
    triggered_incidents_page,
    nothing_due_is_late,
    leases_are_alive,
)


def audit(checks: Iterable[type_check], now: datetime, name: str = "audit") -> list[Finding]:
    """Run the checks, record what they find, end what they no longer find; returns the findings."""
    findings = [finding for check in checks for finding in _asked(check, now)]
    for finding in findings:
        logger.error("audit.violation invariant=%s subject=%s %s", finding.invariant, finding.subject, finding.sentence)
    _record(findings, name, now)
    Heartbeat.objects.beat(name, now)
    return findings


def _asked(check: type_check, now: datetime) -> list[Finding]:
    """What a check finds. One that fails is a finding itself: nobody knows then whether its invariant holds."""
    try:
        with transaction.atomic():
            return list(check(now))
    except Exception as error:
        logger.exception("audit.check_failed check=%s", check.__name__)
        return [Finding(0, check.__name__, f"The check {check.__name__} could not be made: {type(error).__name__}.")]


def _record(findings: list[Finding], name: str, now: datetime) -> None:
    """Open violations become exactly the findings of this auditor."""
    with transaction.atomic():
        still = []
        for finding in findings:
            violation, _ = Violation.objects.update_or_create(
                invariant=finding.invariant,
                subject=finding.subject,
                auditor=name,
                ended_at=None,
                defaults={"seen_at": now, "sentence": finding.sentence},
                create_defaults={"seen_at": now, "found_at": now, "sentence": finding.sentence},
            )
            still.append(violation.pk)
        Violation.objects.filter(auditor=name, ended_at=None).exclude(pk__in=still).update(ended_at=now)

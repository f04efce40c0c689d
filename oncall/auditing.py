"""The auditor: asks every minute whether what must always be true is true, and records what is not.

It finds and records; it mends nothing. What is asked is decided by `oncall/invariants.py`, `oncall/foreseeing.py` and
`coe/auditing.py`, who is told by `oncall/alarming.py`.
"""

import logging
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime

from django.db import transaction

from oncall.invariants import CHECKS, GRACE, Finding, type_check
from oncall.models import Heartbeat, Violation
from oncall.models.audit import FORESEEN

__all__ = ["CHECKS", "GRACE", "Finding", "audit", "type_check"]

logger = logging.getLogger(__name__)


def audit(checks: Iterable[type_check], now: datetime, name: str = "audit") -> list[Finding]:
    """Run the checks, record what they find, end what they no longer find; returns the findings."""
    findings = [finding for check in checks for finding in _asked(check, now)]
    for finding in findings:
        level = logging.ERROR if finding.invariant < FORESEEN else logging.WARNING
        logger.log(level, "audit.violation invariant=%s subject=%s %s", *astuple(finding))
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

"""Run the auditor now; for operators, scripts and monitoring."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from coe import auditing as coe_auditing
from oncall import auditing, foreseeing
from oncall.models.audit import FORESEEN


class Command(BaseCommand):
    """`audit`: prints each violation; exits with 1 if there is one."""

    help = "Check the invariants of docs/architecture.md. Prints each violation and exits with 1 if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        findings = auditing.audit(auditing.CHECKS, now)
        findings += auditing.audit(coe_auditing.CHECKS, now, "audit-coe")
        findings += auditing.audit(foreseeing.CHECKS, now, "foresight")
        for finding in findings:
            weight = "invariant" if finding.invariant < FORESEEN else "warning"
            self.stderr.write(f"{weight} {finding.invariant}: {finding.sentence}")
        if any(finding.invariant < FORESEEN for finding in findings):
            raise SystemExit(1)
        self.stdout.write("Every invariant holds.")

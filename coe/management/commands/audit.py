"""Run the auditor now; for operators, scripts and monitoring."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from coe import auditing as coe_auditing
from oncall import auditing


class Command(BaseCommand):
    """`audit`: prints each violation; exits with 1 if there is one."""

    help = "Check the invariants of docs/architecture.md. Prints each violation and exits with 1 if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        findings = auditing.audit(auditing.CHECKS, now)
        findings += auditing.audit(coe_auditing.CHECKS, now, "audit-coe")
        for finding in findings:
            self.stderr.write(f"invariant {finding.invariant}: {finding.sentence}")
        if findings:
            raise SystemExit(1)
        self.stdout.write("Every invariant holds.")

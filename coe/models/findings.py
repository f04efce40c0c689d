"""Waivers: findings of the linter that somebody let pass, with a reason; and the customers whose names it looks for.

Findings are computed and never kept.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from coe.models.coes import COE
from oncall.models import User


class Waiver(models.Model):
    """That a finding stands as it is, and why."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="waivers")
    rule = models.CharField(max_length=60)
    # What the linter calls this finding; it survives edits elsewhere.
    fingerprint = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["coe", "fingerprint"], name="one_waiver_per_finding"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_waiver_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"waiver of {self.rule} in {self.coe.number}"


class Customer(models.Model):
    """A customer whose name no COE is to tell. Administrators keep the list; people's names come from the accounts."""

    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_entry_per_customer"),
            models.CheckConstraint(condition=~Q(name=""), name="a_customer_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

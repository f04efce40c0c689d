"""The change table that brings search indexes up to date: every node reads it from where it stopped."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SearchChange(models.Model):
    """That a COE must be looked at again by every index. Rows carry the transaction that wrote them."""

    coe_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"change of COE-{self.coe_id}"

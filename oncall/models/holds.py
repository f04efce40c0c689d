"""What keeps alerts from paging for a while: maintenance of a service, and mutes of one alert.

A hold never closes or hides anything. What is still triggered when it ends is paged then (`oncall/holding.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from oncall.models.people import User
from oncall.models.services import Integration, Service


class HoldQuerySet(models.QuerySet["Maintenance"]):
    def running(self, now: datetime) -> Self:
        """Begun and not over."""
        return self.filter(starts_at__lte=now, ends_at__gt=now)

    def not_over(self, now: datetime) -> Self:
        """Running or ahead."""
        return self.filter(ends_at__gt=now)

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()


class Maintenance(models.Model):
    """A span in which work on a service is expected to make noise; scheduled ahead, always with an end."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="maintenances")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="maintenance_ends_after_it_starts")
        ]
        indexes = [
            # oncall.holding, for every incident before its first page.
            models.Index(fields=["service", "ends_at"], name="maintenance_of_a_service"),
        ]

    def __str__(self) -> str:
        return f"maintenance of {self.service}: {self.reason}"


class Mute(models.Model):
    """That one alert, named by its dedup key on one integration, pages nobody until it expires."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="mutes")
    dedup_key = models.CharField(max_length=255)
    # What people call the alert; the key says nothing to them.
    title = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_mute_expires")]
        indexes = [
            # oncall.holding, for every incident before its first page.
            models.Index(fields=["integration", "dedup_key", "ends_at"], name="mutes_of_an_alert"),
        ]

    def __str__(self) -> str:
        return f"mute of {self.title}"

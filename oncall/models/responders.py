"""Responders: people who are asked to work on an incident, or said that they do.

Whom a policy pages is decided by `oncall/paging.py`; this module keeps who was asked by name, and who answered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from oncall.models.incidents import Incident
from oncall.models.people import User


class ResponderQuerySet(models.QuerySet["Responder"]):
    def due(self, now: datetime) -> Self:
        """Asked by name and owed a page."""
        return self.filter(page_after__lte=now).order_by("page_after")

    def answered_since(self, since: datetime) -> Self:
        """Who acknowledged since then."""
        return self.filter(answered_at__gte=since)


class Responder(models.Model):
    """That a person was asked to help with an incident, or acknowledged it."""

    # How often somebody who was asked by name is paged before the timeline says that they do not answer.
    MOST_ROUNDS = 3

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="responders")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="responses")
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    # When their next page is owed; NULL when nobody asked for them by name, they answered, or were paged often enough.
    page_after = models.DateTimeField(null=True, blank=True)
    rounds = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ResponderQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "user"], name="one_responder_per_person"),
        ]
        indexes = [
            # oncall.paging.open_due, every second.
            models.Index(fields=["page_after"], condition=Q(page_after__isnull=False), name="responders_due"),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.incident.number}"

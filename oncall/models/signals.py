"""Signals as they came in, and the alerts they are about.

A signal is kept byte for byte; what it means is decided by `oncall/receiving.py`.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from oncall.models.people import User
from oncall.models.services import Environment, Integration, Service


class SignalQuerySet(models.QuerySet["Signal"]):
    def troubled(self) -> Self:
        """Refused or unrouted: the administrator's tray."""
        return self.exclude(state=Signal.State.ACCEPTED)


class Signal(models.Model):
    """One raw message as it came in: immutable, kept, replayable."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        UNROUTED = "unrouted", "Unrouted"

    integration = models.ForeignKey(Integration, null=True, on_delete=models.SET_NULL, related_name="signals")
    dialect = models.CharField(max_length=24)
    received_at = models.DateTimeField()
    remote = models.GenericIPAddressField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    state = models.CharField(max_length=10, choices=State, default=State.ACCEPTED)
    reason = models.TextField(blank=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            # The auditor and the administrator's tray: what was accepted but could not be routed or read.
            models.Index(models.F("received_at").desc(), condition=~Q(state="accepted"), name="troubled_signals"),
            # The auditor: accepted signals of the last minutes that belong to no alert.
            models.Index(models.F("received_at").desc(), name="newest_signals"),
        ]

    def __str__(self) -> str:
        return f"{self.dialect} signal of {self.received_at:%Y-%m-%d %H:%M:%S}"


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def open(self) -> Self:
        return self.filter(state=Alert.State.OPEN)


class Alert(models.Model):
    """What signals with the same dedup key on one integration are about."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="alerts")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="alerts")
    incident = models.ForeignKey("Incident", null=True, on_delete=models.SET_NULL, related_name="alerts")
    environment = models.ForeignKey(Environment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dedup_key = models.CharField(max_length=255)
    group_key = models.CharField(max_length=255, blank=True)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    severity = models.PositiveSmallIntegerField(default=3)
    labels = models.JSONField(default=dict)
    links = models.JSONField(default=list)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    # When the sender says it began; when we heard of it; when it was over.
    started_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    last_signal_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    signal_count = models.PositiveIntegerField(default=1)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "dedup_key"], condition=Q(state="open"), name="one_open_alert_per_dedup_key"
            )
        ]
        indexes = [
            # oncall.filing: the open alerts of a group. The key first, or a planner without statistics takes the index
            # above for the integration alone and reads all its open alerts.
            models.Index(fields=["group_key", "integration"], condition=Q(state="open"), name="open_alerts_of_a_group"),
        ]

    def __str__(self) -> str:
        return self.title


class AlertEvent(models.Model):
    """What one signal said about one alert."""

    class Action(models.TextChoices):
        TRIGGER = "trigger", "Trigger"
        ACKNOWLEDGE = "acknowledge", "Acknowledge"
        RESOLVE = "resolve", "Resolve"

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="events")
    # Null when an acknowledge or resolve found no open alert: dropped, as the dialects demand.
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=12, choices=Action)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.action} of {self.alert}"

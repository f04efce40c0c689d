"""The timeline of a COE: what happened when, and how we know."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coe.models.coes import COE
from oncall.models import Deployment, TimelineEntry, User


class TimelineEvent(models.Model):
    """One line of a COE's timeline. Drafted from an incident's entry, a deployment, or written by hand."""

    class Anchor(models.TextChoices):
        TRIGGER = "trigger", "Trigger"
        IMPACT_STARTED = "impact_started", "Impact started"
        DETECTED = "detected", "Detected"
        ENGAGED = "engaged", "Engaged"
        DIAGNOSED = "diagnosed", "Diagnosed"
        MITIGATED = "mitigated", "Mitigated"
        RESOLVED = "resolved", "Resolved"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    text = models.CharField(max_length=1000)
    is_starred = models.BooleanField(default=False, db_default=False)
    anchor = models.CharField(max_length=16, choices=Anchor, blank=True)
    # How we know: "Alertmanager", "deployment of payments-api", "note by Alice Moreau", "written by hand".
    source = models.CharField(max_length=120, blank=True)
    entry = models.ForeignKey(TimelineEntry, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deployment = models.ForeignKey(Deployment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Raised by every save; a save names the one it started from.
    edits = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["coe", "anchor"], condition=~Q(anchor=""), name="one_event_per_anchor"),
            models.UniqueConstraint(fields=["coe", "entry"], name="an_entry_is_drafted_once"),
        ]

    def __str__(self) -> str:
        return self.text


class RemovedEvent(models.Model):
    """A line that somebody removed: it can be put back, and a refresh from the incident leaves it out."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="removed_events")
    at = models.DateTimeField()
    text = models.CharField(max_length=1000)
    is_starred = models.BooleanField(default=False)
    source = models.CharField(max_length=120, blank=True)
    entry = models.ForeignKey(TimelineEntry, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deployment = models.ForeignKey(Deployment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    removed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField()

    class Meta:
        ordering = ["-removed_at", "-pk"]

    def __str__(self) -> str:
        return self.text

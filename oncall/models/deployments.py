"""Deployments: one version of one service put into one environment, and what runs where now.

It keeps the order of states; `oncall/deploying.py` decides what a message from outside means.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from oncall.models.people import User
from oncall.models.services import Environment, Integration, Service


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def succeeded(self) -> Self:
        return self.filter(state=Deployment.State.SUCCEEDED)

    def versions(self) -> Self:
        """Those that decide which version runs."""
        return self.filter(kind=Deployment.Kind.CODE)

    def alike(self, other: Deployment) -> Self:
        """Those that put the same sort of thing in place: versions follow versions, flags follow flags."""
        return self.filter(kind=other.kind)

    def shown(self) -> Self:
        """With everything a listing shows, in one query."""
        return self.select_related("service__team", "environment", "previous")


class Deployment(models.Model):
    """One version of one service put into one environment; configuration and flag changes are deployments too.

    Only code is a version that runs: everything else changes how it runs, or on what.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        STARTED = "started", "Started"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        ROLLED_BACK = "rolled_back", "Rolled back"

    class Kind(models.TextChoices):
        CODE = "code", "Code"
        CONFIG = "config", "Configuration"
        FLAG = "flag", "Feature flag"
        SCHEMA = "schema", "Schema"
        INFRASTRUCTURE = "infrastructure", "Infrastructure"
        OS_PATCH = "os_patch", "OS patch"
        MANUAL = "manual", "Manual"

    # Messages arrive late and out of order: a state is never replaced by one of a lower rank.
    RANK = {State.QUEUED: 0, State.STARTED: 1, State.FAILED: 2, State.SUCCEEDED: 2, State.ROLLED_BACK: 3}

    integration = models.ForeignKey(
        Integration, null=True, blank=True, on_delete=models.SET_NULL, related_name="deployments"
    )
    external_id = models.CharField(max_length=200)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="deployments")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="deployments")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.CODE)
    version = models.CharField(max_length=200, blank=True)
    artifact = models.CharField(max_length=300, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    repository = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120, blank=True)
    url = models.CharField(max_length=500, blank=True)
    description = models.CharField(max_length=500, blank=True)
    # Lines changed, as far as the sender says.
    size = models.PositiveIntegerField(null=True, blank=True)
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers")
    rollback_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="rollbacks")
    signal = models.ForeignKey("Signal", null=True, blank=True, on_delete=models.SET_NULL, related_name="deployments")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # When it could first do harm: started, else finished, else queued. The time everything orders by.
    reached_at = models.DateTimeField(default=timezone.now)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        ordering = ["-reached_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "external_id"], nulls_distinct=False, name="one_deployment_per_external_id"
            )
        ]
        indexes = [
            # oncall.suspecting: candidates of forty services before an incident, without touching the table.
            models.Index(
                "service",
                models.F("reached_at").desc(),
                include=["environment", "kind", "state"],
                name="candidate_deployments",
            ),
            # The listing of deployments.
            models.Index(models.F("reached_at").desc(), name="newest_deployments"),
            # Previous succeeded in the same service and environment.
            models.Index(
                "service",
                "environment",
                models.F("finished_at").desc(),
                condition=Q(state="succeeded"),
                name="succeeded_deployments",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.label}"

    def get_absolute_url(self) -> str:
        return f"/deployments/{self.pk}/"

    @property
    def label(self) -> str:
        """What people call it: its version, else a short commit."""
        return self.version or self.commit[:10] or f"#{self.external_id}"

    def may_become(self, state: str) -> bool:
        """Whether a message with this state is news; equal or lower ranks are echoes or latecomers."""
        return self.RANK[self.State(state)] > self.RANK[self.State(self.state)]


class RunningVersion(models.Model):
    """What runs where now: the last succeeded deployment of code of a service in an environment."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="running")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="running")
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        ordering = ["environment__wave", "environment__name"]
        constraints = [
            models.UniqueConstraint(fields=["service", "environment"], name="one_running_version_per_environment")
        ]

    def __str__(self) -> str:
        return f"{self.deployment} in {self.environment}"

"""What was computed about which deployment caused an incident, and what people said about it.

The arithmetic is `oncall/suspicion.py`; every ranking is kept, so that a COE can say what was known when.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from oncall.models.deployments import Deployment
from oncall.models.incidents import Incident
from oncall.models.people import User
from oncall.suspicion import in_percent


class Ranking(models.Model):
    """The suspects of an incident as they were computed at one moment."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="rankings")
    made_at = models.DateTimeField()
    p_no_change = models.FloatField()

    class Meta:
        ordering = ["-made_at", "-pk"]
        get_latest_by = ["made_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(p_no_change__range=(0, 1)), name="p_no_change_is_a_probability")
        ]

    def __str__(self) -> str:
        return f"ranking of {self.incident.number} at {self.made_at:%H:%M:%S}"


class Suspect(models.Model):
    """A deployment with a computed likelihood of having caused an incident."""

    ranking = models.ForeignKey(Ranking, on_delete=models.CASCADE, related_name="suspects")
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="suspicions")
    probability = models.FloatField()
    hops = models.PositiveSmallIntegerField(default=0)
    # The terms as plain sentences, strongest first.
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["-probability", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["ranking", "deployment"], name="one_suspicion_per_ranking"),
            models.CheckConstraint(condition=Q(probability__range=(0, 1)), name="probability_from_zero_to_one"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment} {in_percent(self.probability)}%"


class VerdictManager(models.Manager["Verdict"]):
    """Passes verdicts; called as `incident.verdicts.pass_on(...)`."""

    def pass_on(
        self,
        incident: Incident,
        deployment: Deployment,
        ruling: str,
        by: User,
        at: datetime | None = None,
        source: str = "screen",
    ) -> Verdict:
        """Confirm or rule out; a later verdict replaces the earlier one, the timeline keeps both."""
        at = at or timezone.now()
        with transaction.atomic():
            verdict, _ = self.update_or_create(
                incident=incident, deployment=deployment, defaults={"ruling": ruling, "by": by, "at": at}
            )
            word = "Confirmed as the change that did it" if ruling == Verdict.Ruling.CONFIRMED else "Ruled out"
            incident.timeline.write(
                "verdict", f"{word}: {deployment}", at=at, actor=by, source=source, deployment=deployment
            )
        return verdict


class Verdict(models.Model):
    """What a person says about a suspect. It beats every computed likelihood."""

    class Ruling(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        RULED_OUT = "ruled_out", "Ruled out"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="verdicts")
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="verdicts")
    ruling = models.CharField(max_length=10, choices=Ruling)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    objects = VerdictManager()

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["incident", "deployment"], name="one_verdict_per_suspect")]

    def __str__(self) -> str:
        return f"{self.deployment} {self.get_ruling_display().lower()}"

"""The causes of a COE: a graph joined by "because", which is also read as an indented list.

The list is the graph's spanning tree: each cause stands below the first thing it explains (`parent`). What it explains
besides is a `CauseLink`. `coe/graphing.py` draws both.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coe.models.coes import COE


class Cause(models.Model):
    """Why. A cause without a parent explains the impact; its children explain it."""

    class Kind(models.TextChoices):
        TRIGGER = "trigger", "Trigger"
        CONTRIBUTING = "contributing", "Contributing"
        MISSING_SAFEGUARD = "missing_safeguard", "Missing safeguard"
        DETECTION_GAP = "detection_gap", "Detection gap"
        RESPONSE_GAP = "response_gap", "Response gap"

    class Join(models.TextChoices):
        """How the causes of this one work together."""

        ANY = "any", "Each contributes"
        ALL = "all", "Only together"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="causes")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CONTRIBUTING)
    join = models.CharField(max_length=3, choices=Join, default=Join.ANY, db_default="any")
    # Why nothing corrects a cause that nothing else explains.
    no_action_because = models.CharField(max_length=300, blank=True, db_default="")
    # Raised by every save; a save names the one it started from.
    edits = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class CauseLink(models.Model):
    """That a cause explains one more thing than the one it stands below in the list."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="cause_links")
    cause = models.ForeignKey(Cause, on_delete=models.CASCADE, related_name="links")
    effect = models.ForeignKey(Cause, on_delete=models.CASCADE, related_name="linked_causes")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cause", "effect"], name="one_link_per_cause_and_effect"),
            models.CheckConstraint(condition=~Q(cause=F("effect")), name="no_cause_explains_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} because {self.cause}"

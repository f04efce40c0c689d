"""The causes of a COE, as an indented list joined by "because"."""

from __future__ import annotations

from django.db import models

from coe.models.coes import COE


class Cause(models.Model):
    """Why. A cause without a parent explains the impact; its children explain it."""

    class Kind(models.TextChoices):
        TRIGGER = "trigger", "Trigger"
        CONTRIBUTING = "contributing", "Contributing"
        MISSING_SAFEGUARD = "missing_safeguard", "Missing safeguard"
        DETECTION_GAP = "detection_gap", "Detection gap"
        RESPONSE_GAP = "response_gap", "Response gap"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="causes")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CONTRIBUTING)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text

"""Collections: lists of COEs that somebody chose for others to read, and the COE of the month."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from coe.models.coes import COE
from oncall.models import Team, User


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User) -> Self:
        """Everybody sees that there is a collection; which of its COEs they see is judged for each COE."""
        return self if user.is_active else self.none()

    def months(self) -> Self:
        return self.filter(month__isnull=False)


class Collection(models.Model):
    """A reading list. With a month it is what was chosen as COE of that month."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    # For the newcomers of one team; None is for everybody.
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="collections")
    # The first day of the month.
    month = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="collections")
    made_at = models.DateTimeField()

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["month"], condition=Q(month__isnull=False), name="one_choice_per_month")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/collections/{self.pk}/"


class CollectionEntry(models.Model):
    """One COE of a collection, and why it is worth reading."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="entries")
    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="collected")
    position = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["collection", "coe"], name="a_coe_is_collected_once")]

    def __str__(self) -> str:
        return f"{self.coe.number} in {self.collection}"

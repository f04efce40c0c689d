"""Collections: lists of COEs that somebody chose for others to read, and the COE of the month."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Count, F, Q

from coe.models.coes import COE
from coe.models.readings import Reading
from oncall.models import Team, User


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User) -> Self:
        """Everybody sees that there is a collection; which of its COEs they see is judged for each COE."""
        return self if user.is_active else self.none()

    def lists(self) -> Self:
        """Collections that somebody put together."""
        return self.filter(month__isnull=True)

    def months(self) -> Self:
        """COEs of a month."""
        return self.filter(month__isnull=False)

    def counted_for(self, user: User) -> Self:
        """With `size`, the COEs that this person may read, and `read`, those of them that the person has read."""
        readable = Q(entries__in=CollectionEntry.objects.visible_to(user))
        have_read = Q(entries__coe__in=Reading.objects.filter(user=user).values("coe"))
        return self.annotate(
            size=Count("entries", filter=readable, distinct=True),
            read=Count("entries", filter=readable & have_read, distinct=True),
        ).order_by("name", "pk")

    def unfinished(self) -> Self:
        """Of those that `counted_for` counted: with something left to read."""
        return self.filter(read__lt=F("size"))


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


class CollectionEntryQuerySet(models.QuerySet["CollectionEntry"]):
    def visible_to(self, user: User) -> Self:
        """Those whose COE this person may read: the others do not exist for the person."""
        return self.filter(coe__in=COE.objects.visible_to(user).published())


class CollectionEntry(models.Model):
    """One COE of a collection, and why it is worth reading."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="entries")
    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="collected")
    position = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()

    objects = CollectionEntryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["collection", "coe"], name="a_coe_is_collected_once")]

    def __str__(self) -> str:
        return f"{self.coe.number} in {self.collection}"

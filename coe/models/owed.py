"""What is owed: that an incident must have a COE, until when, or why it need not."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from coe.models.coes import COE
from coe.models.templates import TemplateVersion
from oncall.models import Incident, Team, User


class OwedQuerySet(models.QuerySet["Owed"]):
    def visible_to(self, user: User) -> Self:
        """As visible as the incident."""
        return self.filter(incident__in=Incident.objects.visible_to(user))

    def standing(self) -> Self:
        """Neither published nor waived."""
        return self.filter(waived_at__isnull=True, published_at__isnull=True)

    def of_teams(self, teams: models.QuerySet[Team]) -> Self:
        """Of incidents of services of these teams."""
        return self.filter(incident__service__team__in=teams)

    def shown(self) -> Self:
        """With everything a listing shows, in one query."""
        return self.select_related("incident__service__team", "requested_by", "waived_by")

    def late(self, now: datetime) -> Self:
        return self.standing().filter(Q(drafted_at__isnull=True, draft_by__lt=now) | Q(publish_by__lt=now))


class Owed(models.Model):
    """One incident that owes a COE. When it is made and settled is decided by `coe/owing.py`."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="owed")
    # None as long as nobody has started it.
    coe = models.ForeignKey(COE, null=True, blank=True, on_delete=models.SET_NULL, related_name="owed")
    # The version whose times were promised.
    template = models.ForeignKey(TemplateVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Who asked for it where the severity alone owes none.
    requested_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    because = models.CharField(max_length=300, blank=True)
    draft_by = models.DateTimeField()
    publish_by = models.DateTimeField()
    drafted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_because = models.CharField(max_length=300, blank=True)

    objects = OwedQuerySet.as_manager()

    class Meta:
        ordering = ["draft_by", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(waived_at__isnull=True) | ~Q(waived_because=""), name="what_is_waived_has_a_reason"
            )
        ]
        indexes = [
            # coe.owing, once a minute; screens of teams and the digest.
            models.Index(
                fields=["publish_by"],
                condition=Q(waived_at__isnull=True, published_at__isnull=True),
                name="owed_coes_by_due_time",
            )
        ]

    def __str__(self) -> str:
        return f"COE owed for {self.incident.number}"

    @property
    def is_standing(self) -> bool:
        return self.waived_at is None and self.published_at is None

    @property
    def due_at(self) -> datetime:
        """When the next step is due: the submission for review, then the publication."""
        return self.publish_by if self.drafted_at else self.draft_by

    def is_late(self, now: datetime) -> bool:
        return self.is_standing and self.due_at < now

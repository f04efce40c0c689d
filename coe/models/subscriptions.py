"""Subscriptions: what somebody wants to be told of when it is published, and how often."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q

from coe.models.coes import Tag
from oncall.models import Room, Service, Team, User
from oncall.models.incidents import Severity


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def personal(self) -> Self:
        """Told to the person who made it."""
        return self.filter(room__isnull=True)

    def of_rooms(self) -> Self:
        """Told in a room that still stands, whoever made it."""
        return self.filter(room__isnull=False, room__removed_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """The own ones, and what is told in the rooms of the own teams."""
        if not user.is_active:
            return self.none()
        ours = Team.objects.filter(memberships__user=user).values("pk")
        return self.filter(Q(user=user) | Q(room__team__in=ours, room__removed_at__isnull=True))

    def shown(self) -> Self:
        """With everything a listing shows, in one query."""
        return self.select_related("user", "team", "service", "tag", "room__team")


class Subscription(models.Model):
    """One wish. What is empty does not narrow it: a subscription without any is to everything."""

    class Cadence(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="subscriptions")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # This severity or worse.
    severity = models.PositiveSmallIntegerField(null=True, blank=True, choices=Severity)
    # A saved search: what the box says.
    query = models.CharField(max_length=300, blank=True)
    cadence = models.CharField(max_length=8, choices=Cadence, default=Cadence.WEEKLY)
    # Told in this chat instead of to the person; only what the whole organisation may read.
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    # Up to when its digests have told; None before the first.
    told_until = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "team", "service", "tag", "severity", "query", "room"],
                nulls_distinct=False,
                name="one_subscription_per_wish",
            )
        ]
        indexes = [
            # coe.digesting: whose digest is due.
            models.Index(fields=["told_until"], condition=~Q(cadence="at_once"), name="subscriptions_to_digest")
        ]

    def __str__(self) -> str:
        return f"subscription of {self.user}"

    @property
    def wish(self) -> str:
        """What it is about, in words: "team Payments, SEV 2 or worse"."""
        parts = (
            f"team {self.team.name}" if self.team else "",
            f"service {self.service.name}" if self.service else "",
            f"tag {self.tag.name}" if self.tag else "",
            f"SEV {self.severity}{' or worse' if self.severity > Severity.SEV1 else ''}" if self.severity else "",
            f"search “{self.query}”" if self.query else "",
        )
        return ", ".join(part for part in parts if part) or "every COE"

    @property
    def place(self) -> str:
        """Where the COEs are listed that it is about, the newest first."""
        narrowing = {
            "team": [self.team.slug] if self.team else [],
            "service": [self.service.slug] if self.service else [],
            "tag": [self.tag.name] if self.tag else [],
            "severity": list(range(1, self.severity + 1)) if self.severity else [],
            "q": [self.query] if self.query else [],
            "sort": ["date"] if self.query else [],
        }
        return f"/coes/?{urlencode(narrowing, doseq=True)}".rstrip("?")

"""Reviews: a reviewer's round over a COE."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from coe import template
from coe.models.coes import COE
from coe.models.revisions import Revision
from oncall.models import Team, User


class ReviewQuerySet(models.QuerySet["Review"]):
    def pending(self) -> Self:
        return self.filter(verdict="", coe__state=COE.State.IN_REVIEW)

    def open(self) -> Self:
        """Not answered yet, whether or not the COE is in review just now."""
        return self.filter(verdict="")

    def judged(self) -> Self:
        """Approved, or changes asked for."""
        return self.filter(verdict__in=Review.JUDGED)


class Review(models.Model):
    """One reviewer's round: asked for, then a verdict with a comment."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        # Two ends of a round without a judgement: the comment says why.
        HANDED_ON = "handed_on", "Handed on"
        RELEASED = "released", "Let off"

    # What a reviewer may say.
    JUDGED = (Verdict.APPROVED, Verdict.CHANGES_REQUESTED)

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    # What the reviewer was asked to read.
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    # As whom the reviewer was asked: `template.Role`.
    role = models.CharField(
        max_length=10,
        choices=[(role.value, label) for role, label in template.ROLE_LABELS.items()],
        db_default="peer",
        default="peer",
    )
    due_at = models.DateTimeField(null=True, blank=True)
    # An administrator instead of a role that nobody can fill.
    is_stand_in = models.BooleanField(default=False, db_default=False)
    # Who handed it to this reviewer; the round it came from ended at the moment this one was asked for.
    delegated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # A judgement that no longer counts, since when: what it approved changed materially, or the re-issue was given up.
    overtaken_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=18, choices=Verdict, blank=True)
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["coe", "reviewer"], condition=Q(verdict=""), name="one_open_review_per_reviewer"
            ),
            models.CheckConstraint(
                condition=Q(verdict="", decided_at__isnull=True) | (~Q(verdict="") & Q(decided_at__isnull=False)),
                name="a_verdict_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.coe.number} by {self.reviewer}"


class BarRaiser(models.Model):
    """Somebody of the pool who reviews COEs of other teams for the whole organisation."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="bar_raiser")
    # Teams whose COEs they do not judge, besides their own.
    conflicts = models.ManyToManyField(Team, blank=True, related_name="+")
    most_at_once = models.PositiveSmallIntegerField(default=3)
    # Not asked before this day: on leave.
    away_until = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["user__name"]

    def __str__(self) -> str:
        return self.user.name

"""Readings: who read what, whether it applies to a team, and what readers ask."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from coe.models.actions import ActionItem
from coe.models.coes import COE
from coe.models.revisions import Revision
from oncall.models import Team, User


class Reading(models.Model):
    """That a person read a published revision; one row per COE, with the newest revision that was read."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="readings")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    thanked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["coe", "user"], name="one_reading_per_person")]

    def __str__(self) -> str:
        return f"{self.user} read {self.coe.number}"


class Applicability(models.Model):
    """A team's answer to "does this apply to us?"."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNSURE = "unsure", "Not sure"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="applicability")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    answer = models.CharField(max_length=6, choices=Answer)
    note = models.CharField(max_length=500, blank=True)
    # What a yes led to.
    action = models.ForeignKey(ActionItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["team__name"]
        verbose_name_plural = "applicability"
        constraints = [models.UniqueConstraint(fields=["coe", "team"], name="one_answer_per_team")]

    def __str__(self) -> str:
        return f"{self.team}: {self.answer}"


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(coe__in=COE.objects.visible_to(user))


class Question(models.Model):
    """What a reader asks in public, or proposes to correct, and the answer."""

    class Kind(models.TextChoices):
        QUESTION = "question", "Question"
        CORRECTION = "correction", "Proposed correction"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="questions")
    # The revision that was read.
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.QUESTION)
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="an_answer_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by} about {self.coe.number}"

    def get_absolute_url(self) -> str:
        """Where it stands below its COE, on whichever page of the questions."""
        return f"{self.coe.get_absolute_url()}?question={self.pk}#question-{self.pk}"

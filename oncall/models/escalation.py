"""Escalation policies: whom to page, in which order, how long to wait. `oncall/paging.py` walks them."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from oncall.models.people import Team, User
from oncall.models.schedules import Schedule


class EscalationPolicyQuerySet(models.QuerySet["EscalationPolicy"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def with_steps(self) -> Self:
        return self.prefetch_related("steps__targets__user", "steps__targets__schedule")


class EscalationPolicy(models.Model):
    """Steps walked from first to last, then again `repeats` times."""

    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="escalation_policies")
    repeats = models.PositiveSmallIntegerField(default=2, validators=[MaxValueValidator(9)])

    objects = EscalationPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "escalation policies"
        constraints = [models.CheckConstraint(condition=Q(repeats__lte=9), name="at_most_nine_repeats")]

    def __str__(self) -> str:
        return self.name


class EscalationStep(models.Model):
    """Page everybody this step names, then wait `delay_minutes` for an acknowledgement before the next step."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    delay_minutes = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(24 * 60)]
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="one_step_per_position"),
            models.CheckConstraint(condition=Q(delay_minutes__gte=1), name="a_step_waits_a_minute_at_least"),
        ]

    def __str__(self) -> str:
        return f"step {self.position + 1} of {self.policy}"


class StepTarget(models.Model):
    """A person, or whoever a schedule names at that moment in that role."""

    step = models.ForeignKey(EscalationStep, on_delete=models.CASCADE, related_name="targets")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    schedule = models.ForeignKey(
        Schedule, null=True, blank=True, on_delete=models.PROTECT, related_name="escalation_targets"
    )
    role = models.CharField(max_length=10, default="primary")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, schedule__isnull=False) | Q(user__isnull=False, schedule__isnull=True),
                name="a_target_is_a_person_or_a_schedule",
            )
        ]

    def __str__(self) -> str:
        return str(self.user or self.schedule)

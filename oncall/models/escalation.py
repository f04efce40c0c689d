"""Escalation policies: whom to page, in which order, how long to wait. `oncall/paging.py` walks them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q, QuerySet

from oncall.models.contacts import Room
from oncall.models.people import Team, User, validate_zone
from oncall.models.schedules import Schedule

# Of one version: the first one and at most nine repeats.
MOST_ROUNDS = 10


class EscalationPolicyQuerySet(models.QuerySet["EscalationPolicy"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def with_steps(self) -> Self:
        places = ("user", "schedule", "room")
        steps = [f"current__steps__targets__{place}" for place in places]
        return self.select_related("current", "last_resort").prefetch_related(*steps)


class EscalationPolicy(models.Model):
    """Steps walked from first to last, then again `repeats` times, then the last resort.

    What is walked is a version: an incident keeps the one it was triggered under.
    """

    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="escalation_policies")
    repeats = models.PositiveSmallIntegerField(default=2, validators=[MaxValueValidator(9)])
    # Walked when this one is at its end; none: the administrators are paged.
    last_resort = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="saves")
    current = models.ForeignKey(
        "PolicyVersion", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = EscalationPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "escalation policies"
        constraints = [
            models.CheckConstraint(condition=Q(repeats__lte=9), name="at_most_nine_repeats"),
            models.CheckConstraint(condition=~Q(last_resort=F("id")), name="no_policy_is_its_own_last_resort"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def steps(self) -> QuerySet[EscalationStep]:
        """The steps of the current version."""
        return self.current.steps.all() if self.current else EscalationStep.objects.none()

    def new_version(self, at: datetime, by: User | None = None) -> PolicyVersion:
        """An empty version that is the current one from now on; its steps are added in the same transaction."""
        with transaction.atomic():
            EscalationPolicy.objects.select_for_update(no_key=True).get(pk=self.pk)
            newest = self.versions.order_by("-number").values_list("number", flat=True).first() or 0
            self.current = self.versions.create(
                number=newest + 1, repeats=self.repeats, last_resort=self.last_resort, made_at=at, made_by=by
            )
            self.save(update_fields=["current"])
        return self.current


class PolicyVersion(models.Model):
    """What a policy said from one moment on; never changed."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    repeats = models.PositiveSmallIntegerField()
    last_resort = models.ForeignKey(
        EscalationPolicy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["policy", "number"]
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.policy}, version {self.number}"


class EscalationStep(models.Model):
    """Page everybody this step names, then wait `delay_minutes` for an acknowledgement before the next step.

    A step whose conditions do not hold is passed over without waiting. Its hours are on the clock of `zone`; they may
    cross midnight, and then belong to the day on which they begin.
    """

    class Pick(models.TextChoices):
        EVERYBODY = "everybody", "Everybody at once"
        IN_TURN = "in_turn", "One person, each time the next"

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    delay_minutes = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(24 * 60)]
    )
    pick = models.CharField(max_length=10, choices=Pick, default=Pick.EVERYBODY)
    # How often somebody was picked; whose turn it is follows from it.
    turns = models.PositiveIntegerField(default=0, editable=False)
    # How many different people must acknowledge before nobody else is paged.
    acknowledgements = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    # Conditions: the least severe incident this step is for, and the hours of which weekdays (0 is Monday).
    lowest_severity = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    hours_from = models.TimeField(null=True, blank=True)
    hours_until = models.TimeField(null=True, blank=True)
    weekdays = models.CharField(max_length=7, default="0123456")
    zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_step_per_position"),
            models.CheckConstraint(condition=Q(delay_minutes__gte=1), name="a_step_waits_a_minute_at_least"),
            models.CheckConstraint(
                condition=Q(acknowledgements__range=(1, 9)), name="a_step_wants_one_to_nine_acknowledgements"
            ),
            models.CheckConstraint(condition=Q(lowest_severity__range=(1, 5)), name="a_step_is_for_some_severity"),
            models.CheckConstraint(
                condition=Q(hours_from__isnull=True, hours_until__isnull=True)
                | Q(hours_from__isnull=False, hours_until__isnull=False),
                name="hours_of_a_step_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.position + 1} of {self.version}"


class StepTarget(models.Model):
    """A person, or whoever a schedule names at that moment in that role, or a room."""

    step = models.ForeignKey(EscalationStep, on_delete=models.CASCADE, related_name="targets")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    schedule = models.ForeignKey(
        Schedule, null=True, blank=True, on_delete=models.PROTECT, related_name="escalation_targets"
    )
    role = models.CharField(max_length=10, default="primary")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="escalation_targets")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, schedule__isnull=True, room__isnull=True)
                | Q(user__isnull=True, schedule__isnull=False, room__isnull=True)
                | Q(user__isnull=True, schedule__isnull=True, room__isnull=False),
                name="a_target_is_a_person_a_schedule_or_a_room",
            )
        ]

    def __str__(self) -> str:
        return str(self.user or self.schedule or self.room)

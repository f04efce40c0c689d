"""Schedules as people define them. Shifts are computed from these rows by `oncall/shifts.py`, never stored."""

from __future__ import annotations

from datetime import time
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from oncall import shifts
from oncall.models.people import Team, User, validate_zone


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def with_definition(self) -> Self:
        """Everything `definition()` reads, in three queries whatever the number of schedules."""
        return self.prefetch_related("layers__participants__user", "overrides__user")


class Schedule(models.Model):
    """The definition of who is on call for a team."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="schedules")
    zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/schedules/{self.slug}/"

    def definition(self) -> shifts.Definition:
        """This schedule as plain values for `oncall.shifts`; people are their ids."""
        return shifts.Definition(
            layers=tuple(layer.as_layer(self.zone) for layer in self.layers.all()),
            overrides=tuple(override.as_override() for override in self.overrides.all()),
        )


class ScheduleLayer(models.Model):
    """One rotation inside a schedule; a lower position wins over a higher one."""

    class Rotation(models.TextChoices):
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"

    class Role(models.TextChoices):
        PRIMARY = "primary", "Primary"
        SECONDARY = "secondary", "Secondary"
        SHADOW = "shadow", "Shadow"
        MANAGER = "manager", "Manager"

    class Weekday(models.IntegerChoices):
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="layers")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(max_length=10, choices=Role, default=Role.PRIMARY)
    rotation = models.CharField(max_length=10, choices=Rotation, default=Rotation.WEEKLY)
    every = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    hand_over_at = models.TimeField(default=time(9))
    hand_over_on = models.PositiveSmallIntegerField(choices=Weekday, default=Weekday.MONDAY)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(every__gte=1), name="a_rotation_moves_forward"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="a_layer_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.schedule}"

    def as_layer(self, zone: str) -> shifts.Layer:
        """The row as a value; people sharing a slot are on call together."""
        slots: dict[int, list[int]] = {}
        for participant in self.participants.all():
            slots.setdefault(participant.slot, []).append(participant.user_id)
        return shifts.Layer(
            id=self.pk,
            name=self.name,
            role=self.role,
            kind=self.rotation,
            every=self.every,
            hand_over_at=self.hand_over_at,
            hand_over_on=self.hand_over_on,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            zone=zone,
            slots=tuple(tuple(slots[slot]) for slot in sorted(slots)),
        )


class Participant(models.Model):
    """A person's place in a rotation."""

    layer = models.ForeignKey(ScheduleLayer, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="participations")
    slot = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["slot", "pk"]
        constraints = [models.UniqueConstraint(fields=["layer", "slot", "user"], name="once_per_slot")]

    def __str__(self) -> str:
        return f"{self.user} in {self.layer}"


class Override(models.Model):
    """For a span of time this person is on call instead of whoever the layers name."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="overrides")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="an_override_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"{self.user} covers {self.schedule}"

    def as_override(self) -> shifts.Override:
        return shifts.Override(people=(self.user_id,), starts_at=self.starts_at, ends_at=self.ends_at)

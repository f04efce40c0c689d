"""Who changed what, which parts of the installation are alive, and which invariants do not hold.

Incidents keep their own trail (`timeline`); everything else that changes state leaves an `AuditEntry`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from oncall.models.people import User

# Findings from this number on are about what would go wrong, not about what has.
FORESEEN = 20


class AuditManager(models.Manager["AuditEntry"]):
    """Writes audit rows."""

    def write(
        self,
        about: models.Model,
        verb: str,
        *,
        actor: User | None,
        at: datetime | None = None,
        source: str = "screen",
        before: str = "",
        after: str = "",
        detail: str = "",
    ) -> AuditEntry:
        """One row for one change of state, written in the transaction that makes it."""
        return self.create(
            kind=about._meta.label_lower,
            object_id=about.pk,
            label=str(about)[:200],
            verb=verb,
            actor=actor,
            at=at or timezone.now(),
            source=source,
            before=before,
            after=after,
            detail=detail,
        )


class AuditEntry(models.Model):
    """One change: who, what, when, from where."""

    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    verb = models.CharField(max_length=40)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    source = models.CharField(max_length=40, blank=True)

    objects = AuditManager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            # The history of one object.
            models.Index("kind", "object_id", models.F("at").desc(), name="audit_of_an_object"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.label}"


BEAT_EVERY = timedelta(milliseconds=500)


class HeartbeatManager(models.Manager["Heartbeat"]):
    """Notes and asks for signs of life."""

    def beat(self, name: str, now: datetime) -> None:
        """This part is alive. What was said half a second ago need not be said again: each time is a commit."""
        said = self.filter(name=name, seen_at__range=(now - BEAT_EVERY, now)).exists()
        if not said and not self.filter(name=name).update(seen_at=now):
            self.update_or_create(name=name, defaults={"seen_at": now})

    def is_fresh(self, name: str, now: datetime, within: timedelta) -> bool:
        """Whether this part was seen within that time."""
        return self.fresh(now, within).filter(name=name).exists()

    def fresh(self, now: datetime, within: timedelta) -> models.QuerySet[Heartbeat]:
        """What was seen within that time. What was seen far ahead was seen before the clock was put back."""
        return self.filter(seen_at__range=(now - within, now + within))


class Heartbeat(models.Model):
    """When a part of the installation was last seen: worker, tick, audit."""

    name = models.CharField(max_length=40, unique=True)
    seen_at = models.DateTimeField()

    objects = HeartbeatManager()

    def __str__(self) -> str:
        return self.name


class ViolationQuerySet(models.QuerySet["Violation"]):
    def open(self) -> Self:
        """Not put right yet."""
        return self.filter(ended_at=None)

    def grave(self) -> Self:
        """An invariant is broken, or nobody knows: administrators are told, and the dead-man's switch falls silent."""
        return self.filter(invariant__lt=FORESEEN)

    def foreseen(self) -> Self:
        """Nothing is lost, but the next page would come late: for the screen of operations."""
        return self.filter(invariant__gte=FORESEEN)


class Violation(models.Model):
    """An invariant that does not hold for one object, from when it was found until it was put right."""

    # Which auditor found it: that of on-call or that of COEs. Each ends only its own.
    auditor = models.CharField(max_length=20)
    invariant = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=200)
    sentence = models.TextField()
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ViolationQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["invariant", "subject"],
                condition=models.Q(ended_at__isnull=True),
                name="one_open_violation_per_subject",
            )
        ]

    def __str__(self) -> str:
        return self.sentence

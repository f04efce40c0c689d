"""Comments: threads on a part of a COE or on a passage of a section, with suggestions.

Where a passage is after the text changed is decided by `coe/anchoring.py` from its words and those around it.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from coe.models.coes import COE
from oncall.models import User


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(coe__in=COE.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(resolved_at__isnull=True)


class Thread(models.Model):
    """What people say about one place of a COE."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="threads")
    # A section's key, or "header", "timeline", "causes", "actions", "event-7", "cause-7", "action-7".
    place = models.CharField(max_length=40)
    # The passage as it was selected and what stood around it; all empty for a thread about the whole place.
    quote = models.TextField(blank=True)
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    start = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    resolved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "pk"]

    def __str__(self) -> str:
        return f"thread on {self.place} of {self.coe.number}"

    def get_absolute_url(self) -> str:
        return f"{self.coe.get_absolute_url()}comments/#thread-{self.pk}"


class Comment(models.Model):
    """One comment; with a suggestion it says what the passage should read instead."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    # None: no suggestion; "" suggests to strike the passage.
    suggestion = models.TextField(null=True, blank=True)
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") | Q(suggestion__isnull=False), name="a_comment_says_or_suggests_something"
            )
        ]

    def __str__(self) -> str:
        return f"comment by {self.by}"

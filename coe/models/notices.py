"""Letters about reviews that are owed: the rows are the queue, `coe/mailing.py` sends them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coe.models.reviews import Review
from oncall.models import User


class ReviewNotice(models.Model):
    """That a person is to be told of a review: that it was asked for, or how it was decided."""

    class Kind(models.TextChoices):
        ASKED = "asked", "Asked for"
        DECIDED = "decided", "Decided"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    made_at = models.DateTimeField()
    # In somebody's hands, or resting after a failure, until then.
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["review", "user", "kind"], name="one_notice_per_review_and_person")
        ]
        indexes = [
            # coe.mailing: what is made but not sent.
            models.Index(fields=["made_at"], condition=Q(sent_at__isnull=True), name="review_notices_to_send")
        ]

    def __str__(self) -> str:
        return f"notice to {self.user} about {self.review}"

"""What every letter that waits to be sent has: the rows are the queue, `coe/mailing.py` leases and sends them."""

from django.db import models


class Letter(models.Model):
    """When it was made and sent, who has it in hand until when, how often it was tried, and what was answered last."""

    made_at = models.DateTimeField()
    # In somebody's hands, or resting after a failure, until then.
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["made_at"]

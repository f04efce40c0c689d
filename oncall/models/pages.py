"""Pages and the ledger of attempts to deliver them.

`oncall/paging.py` decides whom to page, `oncall/delivering.py` sends; this module keeps what was tried and with which
outcome.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from oncall.models.contacts import ContactMethod, Room
from oncall.models.incidents import Incident
from oncall.models.people import User
from oncall.models.responders import Responder

# Clocks of one installation differ by less than this.
SKEW = timedelta(minutes=1)
# No lease ends later than this.
FAR_AHEAD = timedelta(minutes=10)


class Page(models.Model):
    """A call to one person, or a word to one room, about one incident in one round of escalation."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="pages")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="pages")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="pages")
    # Set when this person was asked for by name; then the page counts until they answer, whoever else did.
    responder = models.ForeignKey(Responder, null=True, blank=True, on_delete=models.CASCADE, related_name="pages")
    cycle = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    # Why this person: "on call in Payments primary", "named in the policy", …
    reason = models.CharField(max_length=200)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "user", "cycle", "round", "step"],
                condition=Q(responder__isnull=True),
                name="one_page_per_person_and_step",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True, room__isnull=False) | Q(user__isnull=False, room__isnull=True),
                name="a_page_calls_a_person_or_a_room",
            ),
        ]

    def __str__(self) -> str:
        return f"page of {self.user or self.room} about {self.incident.number}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def sendable(self, now: datetime) -> Self:
        """Due and in nobody's hands, first tries of first pages first.

        What was made later than now was made before the clock was put back: its time says nothing, so it is due.
        """
        due = Q(send_after__lte=now) | Q(created_at__gt=now + SKEW)
        return self.filter(due, state=Attempt.State.PENDING).order_by("priority", "send_after", "pk")

    def lapsed(self, now: datetime) -> Self:
        """In the hands of somebody who must have died: nobody knows whether it went out.

        A lease that ends far ahead was taken before the clock was put back.
        """
        over = Q(leased_until__lt=now) | Q(leased_until__gt=now + FAR_AHEAD)
        return self.filter(over, state=Attempt.State.SENDING)


class Attempt(models.Model):
    """One try to deliver a page through one contact method."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        UNCERTAIN = "uncertain", "Uncertain"
        WITHDRAWN = "withdrawn", "Withdrawn"

    # Renewed while the sender lives, so it may be short: after a crash this is how long a page waits.
    LEASE = timedelta(seconds=30)

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="attempts")
    contact_method = models.ForeignKey(ContactMethod, null=True, on_delete=models.SET_NULL, related_name="attempts")
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=1000)
    # Given to the provider. Further tries of the same way have the same one, so that what arrives twice is one message.
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    number = models.PositiveSmallIntegerField(default=1)
    # Which of the person's notification rules asked for it, counted from 0: the same method may be asked for twice.
    rule = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Shared by attempts that went out as one message.
    bundle = models.UUIDField(null=True, blank=True, editable=False)
    priority = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    provider_id = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    send_after = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["page", "contact_method", "rule", "number"], name="one_attempt_per_number"),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(leased_until__isnull=False), name="sending_needs_a_lease"
            ),
        ]
        indexes = [
            # oncall.dispatching.take, every second.
            models.Index(fields=["priority", "send_after"], condition=Q(state="pending"), name="attempts_to_send"),
            # oncall.delivering.give_up_lapsed, and the auditor.
            models.Index(fields=["leased_until"], condition=Q(state="sending"), name="attempts_in_hand"),
            # oncall.delivering.take_receipt: what a provider says of a message it was given under this key.
            models.Index(fields=["key"], name="attempts_by_key"),
            models.Index(fields=["bundle"], condition=Q(bundle__isnull=False), name="attempts_by_bundle"),
            # oncall.measuring: what became of the attempts of the last hours.
            models.Index(fields=["created_at"], name="attempts_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}: {self.state}"


class DeliveryReceipt(models.Model):
    """What a provider said later about an attempt: queued, delivered, undelivered, answered by a machine, …"""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="receipts")
    at = models.DateTimeField()
    # The provider's own word, and what we take it for: sent, delivered or failed; empty for what changes nothing.
    said = models.CharField(max_length=80)
    state = models.CharField(max_length=10, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.said

"""How people and teams are reached: contact methods, who is told by which of them after how long, and rooms of chat.

It decides when a contact method counts. What is sent is decided by `oncall/composing.py`, how by `oncall/channels/`.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from oncall.models.people import Team, User
from oncall.sealing import digest


class Channel(models.TextChoices):
    """The ways a message goes out; each is one file in `oncall/channels/`."""

    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    VOICE = "voice", "Phone call"
    PUSH = "push", "Push notification"
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    MATTERMOST = "mattermost", "Mattermost"
    TELEGRAM = "telegram", "Telegram"
    NTFY = "ntfy", "ntfy"
    WEBHOOK = "webhook", "Webhook"
    APPRISE = "apprise", "Other service"


# Names that are no proper names read lower-cased within a sentence.
COMMON_NAMES = {Channel.EMAIL, Channel.VOICE, Channel.PUSH, Channel.WEBHOOK, Channel.APPRISE}


def spoken(channel: str) -> str:
    """The channel within a sentence: "e-mail", "SMS", "Slack"."""
    label = str(dict(Channel.choices).get(channel, channel))
    return label.lower() if channel in COMMON_NAMES else label


class ContactMethodQuerySet(models.QuerySet["ContactMethod"]):
    def verified(self) -> Self:
        return self.filter(verified_at__isnull=False)


class ContactMethod(models.Model):
    """One way to reach one person. It counts only after it was verified by a code."""

    CODE_LIFETIME = timedelta(minutes=30)
    MAX_TRIES = 5

    Channel = Channel

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contact_methods")
    channel = models.CharField(max_length=16, choices=Channel)
    address = models.CharField(max_length=1000)
    # What the channel needs beside the address (a signing secret, the keys of a browser), sealed by oncall.sealing.
    sealed_secret = models.TextField(blank=True, editable=False)
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ContactMethodQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "channel", "address"], name="one_contact_method_per_address")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.place}"

    @property
    def place(self) -> str:
        """The address as people read it. A browser's is long and says only whose push service it is."""
        if self.channel == Channel.PUSH:
            return f"{urlsplit(self.address).hostname} …{self.address[-6:]}"
        return self.address

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    def new_code(self, at: datetime) -> str:
        """Make a fresh six-digit code, remember its digest, and return it for sending."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        self.code_digest, self.code_sent_at, self.code_tries = digest(f"{self.pk}:{code}"), at, 0
        self.save(update_fields=["code_digest", "code_sent_at", "code_tries"])
        return code

    def verify(self, code: str, at: datetime) -> bool:
        """Whether the code is the one sent, in time and within the tries; a right one makes the method count."""
        # Counted before comparing, in the database: parallel guesses may not share a try.
        counted = ContactMethod.objects.filter(pk=self.pk, code_tries__lt=self.MAX_TRIES).update(
            code_tries=models.F("code_tries") + 1
        )
        self.refresh_from_db()
        in_time = self.code_sent_at is not None and at - self.code_sent_at <= self.CODE_LIFETIME
        if not (counted and in_time and self.code_digest):
            return False
        if not secrets.compare_digest(self.code_digest, digest(f"{self.pk}:{code.strip()}")):
            return False
        self.verified_at, self.code_digest = at, ""
        self.save(update_fields=["verified_at", "code_digest"])
        return True


class NotificationRule(models.Model):
    """Through which contact method a person is told of a page, and how long after it was opened.

    Somebody without a rule for an urgency is told by every verified contact method at once.
    """

    class Urgency(models.TextChoices):
        HIGH = "high", "High: SEV 1 and SEV 2"
        LOW = "low", "Low: SEV 3"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notification_rules")
    urgency = models.CharField(max_length=4, choices=Urgency)
    contact_method = models.ForeignKey(ContactMethod, on_delete=models.CASCADE, related_name="rules")
    after_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(24 * 60)])

    class Meta:
        ordering = ["urgency", "after_minutes", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact_method", "urgency", "after_minutes"], name="one_rule_per_method_and_moment"
            )
        ]

    def __str__(self) -> str:
        when = f"after {self.after_minutes} min" if self.after_minutes else "at once"
        return f"{self.contact_method} {when}"


class RoomQuerySet(models.QuerySet["Room"]):
    def kept(self) -> Self:
        """Without those that were removed."""
        return self.filter(removed_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        return self.kept() if user.is_active else self.none()


class Room(models.Model):
    """A place of a team where many read and nobody is called: a channel of its chat, a topic, a webhook.

    One that was removed stays in the ledger and in older versions of policies.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=16, choices=Channel)
    address = models.CharField(max_length=1000)
    sealed_secret = models.TextField(blank=True, editable=False)
    # Unasked: of what its team publishes, and of what is published about incidents of its team. What it follows it is
    # told in any case, and of incidents by the policies that name it.
    is_told_of_coes = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["team__name", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"], condition=models.Q(removed_at__isnull=True), name="one_room_per_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_channel_display()})"

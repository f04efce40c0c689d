"""People, teams, and the tokens that act for people. How people are reached is in `contacts.py`.

It decides who belongs where. It does not decide what they may do: see `oncall/permissions.py`.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils import timezone

from oncall.sealing import digest
from oncall.times import is_zone, local


def validate_zone(name: str) -> None:
    """Accept IANA zones only; raises ValidationError."""
    if not is_zone(name):
        raise ValidationError(f"“{name}” is not a time zone. Use a name such as Europe/Paris.")


class UserManager(BaseUserManager["User"]):
    """Accounts are identified by their e-mail address, lower-cased."""

    def create_user(self, email: str, password: str | None = None, **facts: object) -> User:
        user = self.model(email=email.strip().lower(), **facts)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Zone, contact methods and rules belong to the person, not to a team."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("administrator", default=False)
    joined_at = models.DateTimeField(default=timezone.now)
    # Between these times of the person's wall clock, also across midnight, pages of low urgency wait.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_email"),
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_administrator(self) -> bool:
        return self.is_active and self.is_staff

    @property
    def initials(self) -> str:
        """At most two letters for an avatar."""
        names = self.name.split() or [self.email]
        return (names[0][0] + (names[-1][0] if len(names) > 1 else "")).upper()

    @property
    def wall_zone(self) -> str:
        """The person's zone; UTC when it is none, for nobody may stay unpaged because of the name of a place."""
        return self.zone if is_zone(self.zone) else "UTC"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Administrators may do everything in the administration; there are no finer permissions than that."""
        return self.is_administrator or super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_administrator or super().has_module_perms(app_label)

    def local(self, instant: datetime) -> datetime:
        """The instant on this person's wall clock."""
        return local(instant, self.wall_zone)


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User) -> Self:
        """Teams are known to everybody who has signed in."""
        return self if user.is_active else self.none()

    def of(self, user: User) -> Self:
        """Teams this person is a member of."""
        return self.filter(memberships__user=user)


class Team(models.Model):
    """A service team; teams form a tree for roll-ups."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/teams/{self.slug}/"

    def clean(self) -> None:
        """A team is never its own ancestor."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": "A team cannot stand below itself."})
            above = above.parent


class Membership(models.Model):
    """That a person belongs to a team, with a job and with what they may change there."""

    class Job(models.TextChoices):
        SDE = "sde", "SDE"
        SDM = "sdm", "SDM"
        PM = "pm", "PM"
        TPM = "tpm", "TPM"
        SE = "se", "SE"
        SDET = "sdet", "SDET"

    class Role(models.TextChoices):
        MEMBER = "member", "Member"
        MANAGER = "manager", "Manager"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    job = models.CharField(max_length=8, choices=Job, default=Job.SDE)
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)

    class Meta:
        ordering = ["team__name", "user__name"]
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team_and_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self, now: datetime) -> Self:
        """Neither expired nor of somebody who left."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now)
        return self.filter(unexpired, user__is_active=True)

    def acting(self, now: datetime) -> Self:
        """Live ones that stand for their person; what opens a feed opens nothing else."""
        return self.live(now).exclude(scope=ApiToken.Scope.FEED)

    def feeding(self, text: str, now: datetime) -> Self:
        """The live one that opens a feed and has this text."""
        return self.live(now).filter(scope=ApiToken.Scope.FEED, digest=ApiToken.digest_of(text, ApiToken.Scope.FEED))


class ApiToken(models.Model):
    """A key that acts for a person over the API, or opens their feeds alone. Only its digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"
        FEED = "feed", "Feeds only"

    # What a person may give a key that they make for the API.
    ACTING = [(scope.value, scope.label) for scope in (Scope.READ, Scope.WRITE)]

    # Of a feed: one request each PACE is answered for ever, and as many at once as fit into AHEAD, because a program
    # that reads dozens of feeds asks for all of them when it is opened.
    PACE, AHEAD = timedelta(seconds=5), timedelta(minutes=5)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.WRITE)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # Of a feed: up to when its requests reach that were answered, one each PACE.
    paced_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, user: User, name: str, scope: str = Scope.WRITE) -> tuple[ApiToken, str]:
        """Make a token; the text in the pair is shown once and never kept."""
        start = "feed_" if scope == cls.Scope.FEED else "errata_"
        text = f"{start}{secrets.token_urlsafe(32)}"
        facts = {"name": name, "prefix": text[:12], "scope": scope, "digest": cls.digest_of(text, scope)}
        return cls.objects.create(user=user, **facts), text

    def spend(self, now: datetime) -> int:
        """Count one request; returns after how many seconds to ask again, 0 when it is to be answered.

        A leaky bucket in one column (ITU-T I.371, generic cell rate algorithm): requests that are refused write
        nothing, and it holds whichever process answers.
        """
        if self.paced_until is None or self.paced_until <= now + self.AHEAD:
            start = Greatest(Coalesce("paced_until", Value(now)), Value(now))
            ApiToken.objects.filter(pk=self.pk).update(paced_until=start + self.PACE, last_used_at=now)
            return 0
        return ceil((self.paced_until - self.AHEAD - now).total_seconds())

    @classmethod
    def digest_of(cls, text: str, scope: str) -> str:
        """How a token of this scope is recognised. A feed's differs, so that no door that asks for another knows it."""
        return digest(f"feed: {text}" if scope == cls.Scope.FEED else text)

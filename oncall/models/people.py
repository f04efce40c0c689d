"""People, teams, how people are reached, and the tokens that act for them.

It decides who belongs where. It does not decide what they may do: see `oncall/permissions.py`.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
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

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_email")]

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


class ContactMethodQuerySet(models.QuerySet["ContactMethod"]):
    def verified(self) -> Self:
        return self.filter(verified_at__isnull=False)


class ContactMethod(models.Model):
    """One way to reach one person. It counts only after it was verified by a code."""

    CODE_LIFETIME = timedelta(minutes=30)
    MAX_TRIES = 5

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contact_methods")
    channel = models.CharField(max_length=16, choices=Channel)
    address = models.CharField(max_length=500)
    # The Standard Webhooks signing secret, sealed by oncall.sealing: it must be readable again to sign with.
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
        return f"{self.get_channel_display()} {self.address}"

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


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self, now: datetime) -> Self:
        """Neither expired nor of somebody who left."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now)
        return self.filter(unexpired, user__is_active=True)


class ApiToken(models.Model):
    """A key that acts for a person over the API. Only its digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.WRITE)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, user: User, name: str, scope: str = Scope.WRITE) -> tuple[ApiToken, str]:
        """Make a token; the text in the pair is shown once and never kept."""
        text = f"errata_{secrets.token_urlsafe(32)}"
        return cls.objects.create(user=user, name=name, prefix=text[:12], digest=digest(text), scope=scope), text

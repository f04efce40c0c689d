"""Services, what they depend on, where they run, and the keyed doors through which signals reach them."""

from __future__ import annotations

import secrets
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from oncall.models.escalation import EscalationPolicy
from oncall.models.people import Team, User
from oncall.sealing import digest, seal, unseal


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()


class Service(models.Model):
    """A primitive that one team owns."""

    class Tier(models.IntegerChoices):
        ONE = 1, "Tier 1"
        TWO = 2, "Tier 2"
        THREE = 3, "Tier 3"

    class Lifecycle(models.TextChoices):
        EXPERIMENTAL = "experimental", "Experimental"
        PRODUCTION = "production", "Production"
        DEPRECATED = "deprecated", "Deprecated"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="services")
    tier = models.PositiveSmallIntegerField(choices=Tier, default=Tier.TWO)
    lifecycle = models.CharField(max_length=12, choices=Lifecycle, default=Lifecycle.PRODUCTION)
    kind = models.CharField(max_length=40, default="service")
    system = models.CharField(max_length=120, blank=True)
    # "owner/name" as GitHub and GitLab say it; deployments without a service of their own are matched by it.
    repository = models.CharField(max_length=200, blank=True)
    escalation_policy = models.ForeignKey(
        EscalationPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="services"
    )
    dependencies = models.ManyToManyField("self", through="Dependency", symmetrical=False, related_name="dependents")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [
            # oncall.deploying matches a deployment to its service by repository.
            models.Index(Lower("repository"), name="service_by_repository"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/services/{self.slug}/"

    @property
    def runbook(self) -> str:
        """The first runbook link, or nothing."""
        return next((link.url for link in self.links.all() if link.kind == ServiceLink.Kind.RUNBOOK), "")


class Dependency(models.Model):
    """`service` needs `needs` to work: trouble flows from `needs` to `service`."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="needed_by")

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(fields=["service", "needs"], name="one_dependency_per_pair"),
            models.CheckConstraint(condition=~Q(service=F("needs")), name="no_service_needs_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.service} needs {self.needs}"


class ServiceLink(models.Model):
    """Where to look: repository, runbook, dashboard."""

    class Kind(models.TextChoices):
        REPOSITORY = "repository", "Repository"
        RUNBOOK = "runbook", "Runbook"
        DASHBOARD = "dashboard", "Dashboard"
        OTHER = "other", "Other"

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.OTHER)
    title = models.CharField(max_length=120)
    url = models.URLField(max_length=500)

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["service", "url"], name="one_link_per_address")]

    def __str__(self) -> str:
        return self.title


class Environment(models.Model):
    """Where versions run. Waves order the way of a change to production; 0 is the first."""

    class Tier(models.TextChoices):
        PRODUCTION = "production", "Production"
        STAGING = "staging", "Staging"
        DEVELOPMENT = "development", "Development"

    name = models.CharField(max_length=80, unique=True)
    tier = models.CharField(max_length=12, choices=Tier, default=Tier.PRODUCTION)
    region = models.CharField(max_length=40, blank=True)
    wave = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["wave", "name"]

    def __str__(self) -> str:
        return self.name


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def keyed(self, key: str, *dialects: str) -> Self:
        """The door this key opens. Looked up by digest, so the comparison leaks nothing about the key."""
        return self.filter(key_digest=digest(key), dialect__in=dialects, is_enabled=True)


class Integration(models.Model):
    """A keyed door of one service through which signals or deployments come in, speaking one dialect."""

    class Dialect(models.TextChoices):
        ALERTMANAGER = "alertmanager", "Prometheus Alertmanager"
        PAGERDUTY = "pagerduty", "PagerDuty Events v2"
        GITHUB = "github", "GitHub deployments"
        PAGERDUTY_CHANGE = "pagerduty-change", "PagerDuty change events"
        API = "api", "Errata API"

    # Dialects whose senders sign the body: their key must be readable again to check the signature.
    SIGNED = {Dialect.GITHUB}

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="integrations")
    dialect = models.CharField(max_length=24, choices=Dialect)
    name = models.CharField(max_length=120, blank=True)
    key_prefix = models.CharField(max_length=8)
    key_digest = models.CharField(max_length=64, unique=True)
    sealed_secret = models.TextField(blank=True, editable=False)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        ordering = ["service__name", "dialect"]

    def __str__(self) -> str:
        return f"{self.get_dialect_display()} of {self.service}"

    @classmethod
    def issue(cls, service: Service, dialect: str, name: str = "") -> tuple[Integration, str]:
        """Make a door; the 32-character key in the pair is shown once and never kept."""
        key = secrets.token_hex(16)
        made = cls.objects.create(
            service=service,
            dialect=dialect,
            name=name,
            key_prefix=key[:6],
            key_digest=digest(key),
            sealed_secret=seal(key) if dialect in cls.SIGNED else "",
        )
        return made, key

    @property
    def secret(self) -> str:
        """What the sender signs with: the key itself, so that there is one thing to configure."""
        return unseal(self.sealed_secret)

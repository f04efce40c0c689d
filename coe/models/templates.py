"""Templates of COEs with their versions. What a template holds and what makes it valid is `coe/template.py`."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from coe.template import Form, from_json
from oncall.models import User


class TemplateQuerySet(models.QuerySet["Template"]):
    def offered(self) -> Self:
        """Those that a new COE may be started with, the default first."""
        return self.filter(archived_at__isnull=True)


class Template(models.Model):
    """A form of COE under a name; what it asks is said by its versions."""

    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True)
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_template"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(archived_at__isnull=True), name="the_default_template_is_offered"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/templates/{self.pk}/"

    @property
    def current(self) -> TemplateVersion | None:
        """The newest version, which new COEs are started with."""
        return self.versions.first()


class TemplateVersion(models.Model):
    """What a template said at one time; a COE keeps the version it was started with."""

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # `template.Form.to_json()`: ours, but a snapshot by nature, as revisions are.
    content = models.JSONField()
    change_note = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_template_version_per_number")]
        triggers = [pgtrigger.Protect(name="template_versions_never_change", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.template.name} {self.number}"

    @property
    def form(self) -> Form:
        """The version as the value that everything else works with."""
        return from_json(self.content)

    def headings(self) -> dict[str, str]:
        """The headings that earlier versions gave to sections, by key; one query."""
        earlier = TemplateVersion.objects.filter(template=self.template_id, number__lt=self.number).order_by("number")
        contents = earlier.values_list("content", flat=True)
        return {one["key"]: one["title"] for content in contents for one in content["sections"]}

"""Pictures and graphs of a COE. Who sees the COE sees what is published or first drafted of them; nobody else does.

What may come in and how it is encoded anew is decided by `coe/picturing.py`; how CSV is drawn by `coe/plotting.py`.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast

from coe.models.coes import COE
from coe.models.revisions import Revision
from oncall.models import User


class PictureQuerySet(models.QuerySet["Picture"]):
    def visible_to(self, user: User) -> Self:
        """Whoever reads the COE; what only the draft of a re-issue shows is for those who write or review that."""
        shown, key = self.filter(coe__in=COE.objects.visible_to(user)), Cast(OuterRef("key"), models.TextField())
        texts = Revision.objects.publications().filter(coe=OuterRef("coe"))
        published = texts.annotate(text=Cast("content", models.TextField())).filter(text__contains=key)
        return shown.filter(Q(coe__in=COE.objects.draft_visible_to(user)) | Exists(published))


class Picture(models.Model):
    """A picture, encoded anew by us. It lies in the database: one backup, one gate, every web process the same."""

    class Kind(models.TextChoices):
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"
        WEBP = "image/webp", "WebP"
        GIF = "image/gif", "GIF"

    # Public in the text of a COE; it says nothing and opens nothing by itself.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=120)
    alt = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    data = models.BinaryField()
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = PictureQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["coe", "digest"], name="a_picture_is_kept_once_per_coe")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/coes/{self.coe_id}/pictures/{self.key}/"


class PictureSize(models.Model):
    """A smaller version of a picture, for `srcset`; made once, when the picture comes in."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="sizes")
    width = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["width"]
        constraints = [models.UniqueConstraint(fields=["picture", "width"], name="one_size_per_picture_and_width")]

    def __str__(self) -> str:
        return f"{self.picture} at {self.width}"


class Graph(models.Model):
    """One graph of the metrics: a picture, columns of numbers that we plot, or the link of a dashboard."""

    class Kind(models.TextChoices):
        CSV = "csv", "Plotted from CSV"
        PICTURE = "picture", "Picture"
        LINK = "link", "Dashboard"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="graphs")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=7, choices=Kind)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=40, blank=True)
    csv = models.TextField(blank=True)
    picture = models.ForeignKey(Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="graphs")
    url = models.URLField(max_length=1000, blank=True)
    # Raised by every save; a save names the one it started from.
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="csv") & ~Q(csv=""))
                | Q(kind="picture", picture__isnull=False)
                | (Q(kind="link") & ~Q(url="")),
                name="a_graph_shows_something",
            )
        ]

    def __str__(self) -> str:
        return self.title

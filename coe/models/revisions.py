"""Revisions: immutable states of a COE's text. The database itself refuses to change one."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from coe.models.coes import COE
from oncall.models import User


class RevisionQuerySet(models.QuerySet["Revision"]):
    def visible_to(self, user: User) -> Self:
        """Whoever reads a COE reads its publications, and before the first one every state of the draft.

        What is not published of a published COE is for those in whose hands it is.
        """
        shown = self.filter(coe__in=COE.objects.visible_to(user))
        is_draft = Q(coe__published_at__isnull=True)
        mine = Q(coe__in=COE.objects.in_hands_of(user).values("pk"))
        return shown.filter(Q(reason=Revision.Reason.PUBLISHED) | is_draft | mine)

    def named(self) -> Self:
        """Those that say where the COE stood: drafted, imported, submitted, approved, published; and restored ones."""
        return self.exclude(reason__in=[Revision.Reason.SAVED, Revision.Reason.AUTOSAVED], change_note="")

    def publications(self) -> Self:
        return self.filter(reason=Revision.Reason.PUBLISHED)


class Revision(models.Model):
    """What a COE said at one moment: header, sections, timeline, causes and action items."""

    class Reason(models.TextChoices):
        DRAFTED = "drafted", "Drafted"
        SAVED = "saved", "Saved"
        AUTOSAVED = "autosaved", "Saved by itself"
        SUBMITTED = "submitted", "Submitted for review"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"
        IMPORTED = "imported", "Imported"

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=12, choices=Reason)
    # PROTECT: people leave by deactivation; a revision keeps who made it.
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    change_note = models.CharField(max_length=300, blank=True)
    # The whole document as `coe/documents.py` describes it; ours, but a snapshot by nature.
    content = models.JSONField()
    # The sections as safe HTML, rendered once: 16 KB of Markdown take 20 ms.
    html = models.JSONField(default=dict)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["coe", "number"], name="one_revision_per_number")]
        indexes = [
            # coe.feeding, coe.digesting: what was published last.
            models.Index(models.F("made_at").desc(), condition=models.Q(reason="published"), name="newest_publications")
        ]
        triggers = [
            pgtrigger.Protect(name="revisions_never_change", operation=pgtrigger.Update),
            pgtrigger.Protect(
                name="publications_stay", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__reason="published")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coe.number} revision {self.number}"

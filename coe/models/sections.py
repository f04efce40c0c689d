"""The written sections of a draft, each with its own counter of edits, and the ticks of its checklist."""

from __future__ import annotations

from django.db import models

from coe import template
from coe.models.coes import COE
from oncall.models import User


class Section(models.Model):
    """One written section of a COE, in Markdown. Which sections there are is said by the COE's template."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=30)
    text = models.TextField(blank=True)
    # Why a question is not answered.
    waived_because = models.CharField(max_length=300, blank=True, db_default="")
    # Raised by every save. A save names the one it started from; an older one is a conflict, not an overwrite.
    edits = models.PositiveIntegerField(default=0)
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["coe", "key"], name="one_section_per_key")]

    def __str__(self) -> str:
        return f"{self.form.title} of {self.coe.number}"

    @property
    def form(self) -> template.SectionForm:
        """What the template says of it; a section that the template does not know is shown under its key."""
        known = self.coe.form.forms.get(self.key)
        return known or template.SectionForm(self.key, self.key.replace("_", " ").capitalize())


class CheckedItem(models.Model):
    """A tick on the checklist."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="checked_items")
    key = models.CharField(max_length=30)
    checked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["coe", "key"], name="one_tick_per_item")]

    def __str__(self) -> str:
        return f"{self.key} of {self.coe.number}"

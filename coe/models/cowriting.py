"""The text that several people write at once: the shared document of a COE, its updates, and who wrote.

What is authoritative while somebody writes are the updates; `Section.text` is what they amount to, written down within
seconds (`coe/cowriting/settling.py`). Updates are Yjs's, version 1 of its encoding.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from coe.models.coes import COE
from oncall.models import User


class SharedText(models.Model):
    """The document of one COE as of one update: the later ones are rows. Made once, by whoever opens the editor first.

    It is never made anew: a second one made from the same sections would double every text that a browser still holds.
    """

    coe = models.OneToOneField(COE, primary_key=True, on_delete=models.CASCADE, related_name="shared_text")
    # Browsers keep what was not acknowledged under this name, so that it never meets a document it does not belong to.
    name = models.UUIDField(default=uuid.uuid4, editable=False)
    data = models.BinaryField()
    # Updates up to this one are in `data`, and may be gone as rows.
    upto = models.BigIntegerField(default=0)
    # Updates up to this one are in the text of the sections.
    settled = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"shared text of COE-{self.pk}"


class TextUpdate(models.Model):
    """What one person typed within a moment. Written before the browser is told that it is saved."""

    # As much is kept of the key of a section, which may be longer: sections that begin alike are written down together.
    LONGEST_KEY = 20

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="text_updates", db_index=False)
    data = models.BinaryField()
    # The sections it changed.
    keys = ArrayField(models.CharField(max_length=LONGEST_KEY), default=list)
    # PROTECT: people leave by deactivation.
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        # Whoever opens or follows a document reads its updates from one on.
        indexes = [models.Index(fields=["coe", "id"], name="text_updates_in_order")]

    def __str__(self) -> str:
        return f"update {self.pk} of COE-{self.coe_id}"


class Writer(models.Model):
    """That a person wrote into the shared text. Whoever wrote never reviews it."""

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="writers", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    wrote_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["coe", "user"], name="a_writer_is_named_once")]

    def __str__(self) -> str:
        return f"{self.user} wrote COE-{self.coe_id}"

"""Facts of a published COE that other parts change: each change is a row that every search index will look at.

A verdict makes an incident triggered by a change or not, and a round of a review ends by being handed on: that decides
what is found, and by whom. It decides nothing about what the index says of them (`coe/searching/documents.py`).
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save

from coe.models import COE, Review, SearchChange
from oncall.models import Verdict


def register() -> None:
    """Listen; again is fine."""
    for signal in (post_save, post_delete):
        signal.connect(_of_verdict, sender=Verdict, dispatch_uid="coe.noticing.verdict")
        signal.connect(_of_review, sender=Review, dispatch_uid="coe.noticing.review")


def _of_verdict(instance: Verdict, **_: Any) -> None:
    _note(COE.objects.published().filter(incidents=instance.incident_id))


def _of_review(instance: Review, **_: Any) -> None:
    _note(COE.objects.published().filter(pk=instance.coe_id, audience=COE.Audience.RESTRICTED))


def _note(coes: Any) -> None:
    SearchChange.objects.bulk_create(SearchChange(coe_id=pk) for pk in coes.values_list("pk", flat=True))

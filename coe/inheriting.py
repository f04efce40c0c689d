"""What a re-issue need not have: what the publication before it lacked already.

COEs that were imported as published, or published before checklists and questions had to be answered, can be re-issued
for a typing error alone. What the earlier publication had is asked of the re-issue too, and what its severity or
template asks newly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coe import documents
from coe.models import COE


@dataclass(frozen=True, slots=True)
class Lacked:
    """Keys of questions without an answer, and of checklist items without a tick, in the newest publication."""

    questions: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()


def lacked_by(coe: COE) -> Lacked:
    """What the newest publication of this COE lacked; nothing for a first one. At most one query."""
    if not coe.is_published:
        return Lacked()
    content = coe.revisions.publications().values_list("content", flat=True).first()
    if content is None:
        return Lacked()
    return Lacked(frozenset(documents.unanswered(content)), frozenset(_unticked(coe, content)))


def _unticked(coe: COE, content: Mapping[str, Any]) -> set[str]:
    """Older publications do not say what was asked: whatever was not ticked may not have been."""
    if "unticked" in content:
        return set(content["unticked"])
    return {item.key for item in coe.form.checklist} - set(content.get("checklist", ()))

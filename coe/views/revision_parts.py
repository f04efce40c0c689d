"""What the screens and the API of revisions share: which two are compared, what differs, and rows of the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page
from django.http import Http404

from coe import comparing
from coe.comparing import PartChange
from coe.models import COE, Revision
from coe.models.revisions import RevisionQuerySet


def pair_of(seen: RevisionQuerySet, asked: Mapping[str, Any]) -> tuple[Revision, Revision] | None:
    """The two revisions that are compared, the older one first; None when none are asked for.

    `to` alone is compared with what it followed: a publication with the one before it, any other with the revision
    before it; `from` alone is compared with the newest. `view` alone asks what the newest followed. Raises Http404 for
    numbers there are not among those that are seen.
    """
    if "from" not in asked and "to" not in asked:
        last = seen.first() if "view" in asked else None
        return (_before(seen, last), last) if last and seen.filter(number__lt=last.number).exists() else None
    new = _numbered(seen, asked.get("to")) if "to" in asked else seen.first()
    if new is None:
        raise Http404
    old = _before(seen, new) if "from" not in asked else _numbered(seen, asked.get("from"))
    return (old, new) if old.number <= new.number else (new, old)


def _numbered(seen: RevisionQuerySet, number: Any) -> Revision:
    text = str(number or "")
    found = seen.filter(number=int(text)).first() if text.isdecimal() and len(text) < 9 else None
    if found is None:
        raise Http404
    return found


def _before(seen: RevisionQuerySet, new: Revision) -> Revision:
    earlier = seen.filter(number__lt=new.number)
    is_publication = new.reason == Revision.Reason.PUBLISHED
    found = (earlier.publications().first() if is_publication else None) or earlier.first()
    if found is None:
        raise Http404
    return found


def items_of(coe: COE) -> dict[str, str]:
    """The words of the checklist by key."""
    return {item.key: item.text for item in coe.form.checklist}


def changes_between(
    old: Mapping[str, Any], new: Mapping[str, Any], items: Mapping[str, str] | None = None
) -> list[PartChange]:
    """The parts of the document that differ, in its order."""
    return comparing.changed(old, new, items)


def rows_of(page: Page[Revision], seen: RevisionQuerySet) -> list[dict[str, Any]]:
    """Each revision of the page with the one that it followed, and the titles of the parts that differ.

    That is the one before it in this list; of a publication the one before it, as in `pair_of`.
    """
    found = list(page)
    below = seen.filter(number__lt=found[-1].number).first() if found else None
    befores = dict(zip((one.pk for one in found), [*found[1:], below], strict=True))
    befores |= _publications_before(found, seen)
    return [
        {"revision": one, "before": before, "touched": comparing.touched(before.content, one.content) if before else []}
        for one in found
        for before in [befores[one.pk]]
    ]


def _publications_before(found: list[Revision], seen: RevisionQuerySet) -> dict[int, Revision]:
    """The publication before each publication among these that has one; at most one query."""
    shown = [one for one in found if one.reason == Revision.Reason.PUBLISHED]
    if not shown:
        return {}
    older = seen.publications().filter(number__lt=shown[-1].number).first()
    pairs = zip(shown, [*shown[1:], older], strict=True)
    return {one.pk: before for one, before in pairs if before}

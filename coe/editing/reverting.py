"""A draft says again, to the letter, what a publication says: for a re-issue that is given up.

Unlike `restoring.py`, which brings back what a person chose, it also takes away what was added since. It decides
header, template, texts, waivers and ticks; rows are put back by `reverting_rows.py`. Facts of now (owner, audience)
stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from coe import documents
from coe.editing import heading, reverting_rows
from coe.editing.sections import put_text
from coe.models import COE, CheckedItem, DraftHeader, Revision, Section, TemplateVersion
from coe.template import BUILT_IN
from oncall.models import User

type_content = Mapping[str, Any]


def revert(coe: COE, publication: Revision, by: User, now: datetime) -> None:
    """Let a COE that is published again say what was published.

    The caller holds it, has drawn what was typed, and keeps revisions.
    """
    content = publication.content
    _template(coe, content)
    _header(coe, content)
    _texts(coe, content, by, now)
    _waivers(coe, content)
    present = documents.content_of(coe)
    reverting_rows.lines(coe, content, present)
    causes = reverting_rows.causes(coe, content, present)
    reverting_rows.actions(coe, content, present, causes)
    reverting_rows.graphs(coe, content, present)
    _ticks(coe, publication)


def _template(coe: COE, content: type_content) -> None:
    """The version that asked what the publication answers, if the draft was given a newer one."""
    if coe.template is None or "form" not in content or _fits(coe.template, content):
        return
    versions: list[TemplateVersion | None] = [*coe.template.template.versions.all(), None]
    coe.template = next((one for one in versions if _fits(one, content)), coe.template)
    coe.save(update_fields=["template"])
    coe.__dict__.pop("form", None)


def _fits(version: TemplateVersion | None, content: type_content) -> bool:
    """Whether a version, None for the built-in form, asks for these sections and these items of the checklist."""
    form = version.form.with_leftovers(content["sections"], version.headings) if version else BUILT_IN
    if json.loads(json.dumps([asdict(one) for one in form.sections])) != content["form"]:
        return False
    ticked = set(content.get("checklist", ()))
    asked = {item.key for item in form.checklist_of(content["severity"])}
    is_known = ticked <= {item.key for item in form.checklist}
    return is_known and ("unticked" not in content or asked - ticked == set(content["unticked"]))


def _header(coe: COE, content: type_content) -> None:
    """The COE says what is published already; of re-issues begun before there were draft headers it is put back."""
    removed, _ = DraftHeader.objects.filter(coe=coe).delete()
    if not removed:
        heading.put_back(coe, [label for label in heading.FACTS if heading.is_said(label, content)], content)


def _texts(coe: COE, content: type_content, by: User, now: datetime) -> None:
    said = dict(coe.sections.values_list("key", "text"))
    for key in {**said, **content["sections"]}:
        text = content["sections"].get(key, "")
        if said.get(key, "") != text:
            put_text(coe, key, text, by, now)


def _waivers(coe: COE, content: type_content) -> None:
    """The questions that were waived then; a section that only the draft had is gone."""
    waived = content.get("waived") or {}
    Section.objects.bulk_create([Section(coe=coe, key=key) for key in waived], ignore_conflicts=True)
    for key, because in coe.sections.values_list("key", "waived_because"):
        if because != waived.get(key, ""):
            coe.sections.filter(key=key).update(waived_because=waived.get(key, ""))
    coe.sections.exclude(key__in=content["sections"]).filter(text="", waived_because="").delete()
    coe.__dict__.pop("form", None)


def _ticks(coe: COE, publication: Revision) -> None:
    """Those of the publication. Whose a tick was that the draft took back is not kept: it is nobody's, of that day."""
    then = publication.content.get("checklist", ())
    coe.checked_items.exclude(key__in=then).delete()
    CheckedItem.objects.bulk_create(
        [CheckedItem(coe=coe, key=key, checked_at=publication.made_at) for key in then], ignore_conflicts=True
    )

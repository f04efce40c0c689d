"""A COE laid out for reading, in the order of its template: for the screen, paper and the HTML file alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from coe import documents
from coe.template import Kind, SectionForm
from coe.views.reader_parts import nodes_of, timeline_of

type_part = dict[str, Any]
# Words a minute of careful reading.
READING_PACE = 220


def layout_of(content: Mapping[str, Any], html: Mapping[str, str]) -> dict[str, Any]:
    """What the templates under `coe/reader/` need of a document: its parts in order, timeline, causes, minutes."""
    content = dict(content)
    return {
        "content": content,
        "parts": parts_of(content, html),
        "graphs": content.get("graphs", []),
        "causes": nodes_of(content["causes"]),
        "minutes": max(1, round(len(documents.text_of(content).split()) / READING_PACE)),
        **timeline_of(content),
    }


def parts_of(content: Mapping[str, Any], html: Mapping[str, str]) -> list[type_part]:
    """The parts that say anything, in the template's order; those of one group are one part with several `texts`.

    What the template does not ask stands at the end: nothing written is hidden.
    """
    found: list[type_part] = []
    for form in documents.asked(content):
        part = _part(form, content, html)
        if part is None:
            continue
        if form.group and found and found[-1]["group"] == form.group:
            found[-1]["texts"] += part["texts"]
        else:
            found.append(part)
    asked = {form.key for form in documents.texts_asked(content)}
    extra = [SectionForm(key, key.replace("_", " ").capitalize()) for key in html if key not in asked]
    return found + [part for form in extra if (part := _part(form, content, html))]


def _part(form: SectionForm, content: Mapping[str, Any], html: Mapping[str, str]) -> type_part | None:
    if form.kind is not Kind.TEXT:
        is_said = content.get(form.kind) or form.kind is Kind.ACTIONS
        return (
            {"key": form.key, "title": form.title, "kind": form.kind.value, "group": "", "texts": []}
            if is_said
            else None
        )
    text = {
        "key": form.key,
        "title": form.title,
        "html": html.get(form.key, ""),
        "waived": (content.get("waived") or {}).get(form.key, ""),
    }
    if not text["html"] and not text["waived"]:
        return None
    key = slugify(form.group) if form.group else form.key
    return {"key": key, "title": form.group or form.title, "kind": "text", "group": form.group, "texts": [text]}

"""A COE as one value: what a revision keeps, and the forms in which it is read.

Decides the shape of the snapshot and its Markdown. It does not decide how Markdown becomes HTML (`coe/rendering.py`),
nor who may read it. What lives on after publication (states of action items, readers) is not in the snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from coe import rendering, template
from coe.interchange import writing
from coe.models import COE, ActionItem, Cause, Graph

type_content = dict[str, Any]

# A text without one says nothing; the linter's rules about empty sections say the same.
WORD = re.compile(r"\w")
# Raised when the shape changes; a reader of old revisions asks for it.
SHAPE = 2


def content_of(coe: COE) -> type_content:
    """The whole document as plain values for JSON; instants are ISO 8601 in UTC. A dozen queries.

    Keys: shape, number, title, severity, team {slug, name}, owner {id, name}, zone, template_version, source, tags,
    impact_started_at, impact_ended_at, no_actions_because, services [{slug, name}], incidents [{id, number, title}],
    form [what the template asks, in order], sections {key: Markdown}, waived {key: reason},
    timeline [{id, at, text, anchor, source, deployment, is_starred}],
    causes [{id, text, kind, join, no_action_because, children}], links [{cause, effect}] of further causes,
    actions [{id, title, exit_test, owner {id, name} or None, team, due_on, priority, kind, tracker_url, corrects}],
    graphs [{id, kind, title, description, unit, csv, url, picture {key, alt, width, height} or None}],
    checklist [key], unticked [key of what the severity asks besides].
    Shape 1, of older revisions, lacks tags, form, waived, links, graphs, and the ids and facts that came with them; the
    first ones of shape 2 lack unticked. Of a re-issue's draft the header is that of the draft.
    """
    sections = list(coe.sections.values_list("key", "text", "waived_because"))
    texts = {key: text for key, text, _ in sections}
    header, ticked = coe.header, sorted(coe.checked_items.values_list("key", flat=True))
    return {
        "shape": SHAPE,
        **_header(coe),
        "services": list(header.services.order_by("name").values("slug", "name")),
        "incidents": [
            {"id": incident.pk, "number": incident.number, "title": incident.title}
            for incident in header.incidents.order_by("pk")
        ],
        "form": [asdict(form) for form in coe.form.sections],
        "sections": coe.form.in_order(dict.fromkeys(coe.form.forms, "") | texts),
        "waived": {key: reason for key, _, reason in sections if reason},
        "timeline": _timeline(coe),
        "causes": tree_of(coe.causes.all()),
        "links": list(coe.cause_links.values("cause", "effect")),
        "actions": [
            _action(action) for action in coe.actions.select_related("owner", "team").prefetch_related("corrects")
        ],
        "graphs": [_graph(graph) for graph in coe.graphs.select_related("picture").defer("picture__data")],
        "checklist": ticked,
        "unticked": [item.key for item in coe.form.checklist_of(header.severity) if item.key not in ticked],
    }


def _header(coe: COE) -> type_content:
    header = coe.header
    return {
        "number": coe.number,
        "title": header.title,
        "severity": header.severity,
        "team": {"slug": header.team.slug, "name": header.team.name},
        "owner": {"id": coe.owner_id, "name": coe.owner.name},
        "zone": header.zone,
        "template_version": coe.template_version,
        "source": coe.source,
        "tags": [tag.name for tag in header.tags.all()],
        "impact_started_at": _iso(header.impact_started_at),
        "impact_ended_at": _iso(header.impact_ended_at),
        "no_actions_because": header.no_actions_because,
    }


def _timeline(coe: COE) -> list[type_content]:
    """Read as plain values: of ten thousand lines the objects would take longer than all else in a save."""
    facts = ("pk", "is_starred", "at", "text", "anchor", "source", "deployment_id")
    return [
        {
            "id": pk,
            "is_starred": is_starred,
            "at": _iso(at),
            "text": text,
            "anchor": anchor,
            "source": source,
            "deployment": deployment,
        }
        for pk, is_starred, at, text, anchor, source, deployment in coe.timeline.values_list(*facts)
    ]


def _action(action: ActionItem) -> type_content:
    return {
        "id": action.pk,
        "title": action.title,
        "exit_test": action.exit_test,
        "owner": {"id": action.owner_id, "name": action.owner.name} if action.owner else None,
        "team": action.team.slug,
        "due_on": action.due_on.isoformat() if action.due_on else None,
        "priority": action.priority,
        "kind": action.kind,
        "tracker_url": action.tracker_url,
        "corrects": [cause.pk for cause in action.corrects.all()],
    }


def _graph(graph: Graph) -> type_content:
    picture = graph.picture
    return {
        "id": graph.pk,
        "kind": graph.kind,
        "title": graph.title,
        "description": graph.description,
        "unit": graph.unit,
        "csv": graph.csv,
        "url": graph.url,
        "picture": picture
        and {"key": str(picture.key), "alt": picture.alt, "width": picture.width, "height": picture.height},
    }


def tree_of(causes: Iterable[Cause]) -> list[type_content]:
    """Causes as nodes {id, text, kind, join, no_action_because, children}, in the order in which they stand."""
    below: dict[int | None, list[Cause]] = {}
    for cause in causes:
        below.setdefault(cause.parent_id, []).append(cause)

    def nodes(parent_id: int | None) -> list[type_content]:
        return [
            {
                "id": cause.pk,
                "text": cause.text,
                "kind": cause.kind,
                "join": cause.join,
                "no_action_because": cause.no_action_because,
                "children": nodes(cause.pk),
            }
            for cause in below.get(parent_id, [])
        ]

    return nodes(None)


def sections_in_order(content: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the sections as the template orders them: PostgreSQL's JSON forgets the order of keys."""
    texts = content.get("sections", {})
    known = {form.key: texts[form.key] for form in texts_asked(content) if form.key in texts}
    return known | {key: text for key, text in texts.items() if key not in known}


def asked(content: Mapping[str, Any]) -> tuple[template.SectionForm, ...]:
    """The sections of the template that the document was written on, in order; before shape 2 it was the built-in."""
    if "form" not in content:
        return template.BUILT_IN.sections
    return tuple(template.SectionForm(**{**one, "kind": template.Kind(one["kind"])}) for one in content["form"])


def texts_asked(content: Mapping[str, Any]) -> tuple[template.SectionForm, ...]:
    """Those of them that are written."""
    return tuple(form for form in asked(content) if form.kind is template.Kind.TEXT)


def unanswered(content: Mapping[str, Any]) -> list[str]:
    """The keys of the questions that are neither answered nor waived, in their order."""
    texts, waived = content.get("sections", {}), content.get("waived", {})
    return [
        form.key
        for form in texts_asked(content)
        if form.is_question and not waived.get(form.key) and not WORD.search(texts.get(form.key, ""))
    ]


def html_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Safe HTML of each section that says anything; ids inside are prefixed with the section's key."""
    texts = sections_in_order(content)
    return {key: rendering.to_html(text, prefix=key) for key, text in texts.items() if text.strip()}


def text_of(content: Mapping[str, Any]) -> str:
    """Every word of the document but its title, for the index."""
    sections = (rendering.to_text(text) for text in sections_in_order(content).values() if text.strip())
    events = (event["text"] for event in content.get("timeline", ()))
    actions = (f"{action['title']} {action['exit_test']}".strip() for action in content.get("actions", ()))
    return "\n".join([*sections, *events, *(node["text"] for _, node in _walk(content.get("causes", ()))), *actions])


def markdown_of(content: Mapping[str, Any], published_on: date | None = None) -> str:
    """The document as a Markdown file that import reads back (`coe/interchange/`); times stand in its zone."""
    return writing.written(content, published_on)


def _walk(nodes: Iterable[type_content], depth: int = 0) -> Iterator[tuple[int, type_content]]:
    """Each cause with how deep it stands, in reading order."""
    for node in nodes:
        yield depth, node
        yield from _walk(node["children"], depth + 1)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""What the index says of a COE: read from the database, from what was published and not from the draft.

Facts that live on after publication (open action items, audience, names of team and services) are those of now; whoever
changes one of them writes a `SearchChange`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet

from coe import documents
from coe.models import COE, ActionItem, Review, Revision
from coe.rendering import html_to_text
from coe.searching.readers import tokens_of
from coe.searching.schema import Document
from oncall.models import Verdict

BATCH = 500  # COEs read at a time


def documents_for(ids: Iterable[int]) -> Iterator[Document]:
    """The documents of those of the COEs that are published; nine queries for each BATCH."""
    ids = list(ids)
    for start in range(0, len(ids), BATCH):
        for coe in with_parts(COE.objects.filter(pk__in=ids[start : start + BATCH])):
            if document := document_for(coe):
                yield document


def with_parts(coes: QuerySet[COE]) -> QuerySet[COE]:
    """With everything that `document_for` reads."""
    confirmed = Verdict.objects.filter(ruling=Verdict.Ruling.CONFIRMED, incident__is_practice=False)
    return coes.select_related("team").prefetch_related(
        "services",
        "readers",
        Prefetch("reviews", Review.objects.exclude(verdict__in=[Review.Verdict.HANDED_ON, Review.Verdict.RELEASED])),
        "reader_teams",
        Prefetch("actions", ActionItem.objects.open(), to_attr="open_actions"),
        Prefetch("incidents__verdicts", confirmed, to_attr="confirmed"),
        Prefetch("revisions", Revision.objects.publications().order_by("-number"), to_attr="publications"),
    )


def document_for(coe: COE) -> Document | None:
    """The document of one COE that `with_parts` read; None when it is not published and must not be found."""
    publications: list[Revision] = coe.publications  # type: ignore[attr-defined]  # of Prefetch(to_attr=…)
    if coe.published_at is None or not publications:
        return None
    published = publications[0]
    return Document(
        coe_id=coe.pk,
        title=published.content["title"],
        body=_body(published),
        published_at=coe.published_at,
        readers=tokens_of(coe),
        team=coe.team.slug,
        team_name=coe.team.name,
        services=tuple(sorted(service.slug for service in coe.services.all())),
        severity=coe.severity,
        cause_kinds=tuple(sorted(_kinds(published.content.get("causes", ())))),
        tags=tuple(sorted(published.content.get("tags", ()))),
        has_open_actions=bool(coe.open_actions),  # type: ignore[attr-defined]
        is_change_triggered=_is_change_triggered(coe, published.content),
        is_imported=bool(published.content.get("source")),
    )


def _is_change_triggered(coe: COE, content: Mapping[str, Any]) -> bool:
    """Whether a change is confirmed to have caused an incident that the publication is about."""
    published = {incident["id"] for incident in content.get("incidents", ())}
    about = coe.incidents.all()
    return any(incident.confirmed for incident in about if not coe.is_reissuing or incident.pk in published)  # type: ignore[attr-defined]


def _body(revision: Revision) -> str:
    """Every word of a revision but its title, in the template's order: a listing shows the beginning, the summary.

    Rendering a text takes a hundred times as long as stripping its HTML.
    """
    content = revision.content
    if not revision.html:
        return documents.text_of(content)
    texts = documents.sections_in_order(content)
    sections = (html_to_text(revision.html[key]) for key in texts if key in revision.html)
    return "\n".join([*sections, documents.text_of({**content, "sections": {}})])


def _kinds(causes: Iterable[Mapping[str, Any]]) -> set[str]:
    kinds = set()
    for cause in causes:
        kinds |= {cause["kind"], *_kinds(cause["children"])}
    return kinds

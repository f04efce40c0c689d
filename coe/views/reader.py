"""Reading a COE: the published revision, or the draft as it is, for whom may see it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe import documents, measuring, permissions
from coe.models import COE, Cause, TimelineEvent
from coe.views.asking import Request
from oncall.times import local, parse_instant

# Words a minute of careful reading.
READING_PACE = 220
TONES = {"impact_started": "bad", "mitigated": "good", "resolved": "good", "trigger": "accent"}


@login_required
@require_GET
def reader(request: Request, pk: int) -> HttpResponse:
    """The newest published revision; what was never published is shown as a draft."""
    shown = COE.objects.visible_to(request.user).select_related("team", "owner")
    coe = get_object_or_404(shown, pk=pk)
    revision = coe.revisions.publications().first()
    content = revision.content if revision else documents.content_of(coe)
    html = revision.html if revision else documents.html_of(content)
    context = {
        "coe": coe,
        "revision": revision,
        "content": content,
        "minutes": max(1, round(len(documents.text_of(content).split()) / READING_PACE)),
        "groups": groups_of(content, html),
        "may_edit": permissions.may_edit(request.user, coe),
        "may_review": coe.state == COE.State.IN_REVIEW and permissions.may_review(request.user, coe),
        "actions": coe.actions.select_related("owner"),
        "incidents": coe.incidents.visible_to(request.user),
        "services": coe.services.select_related("team"),
        "today": request.user.local(timezone.now()).date(),
        **timeline_of(content),
        "causes": nodes_of(content["causes"]),
    }
    return render(request, "coe/reader/detail.html", context)


@login_required
@require_GET
def source(request: Request, pk: int) -> HttpResponse:
    """The COE as Markdown, to take elsewhere."""
    coe = get_object_or_404(COE.objects.visible_to(request.user), pk=pk)
    revision = coe.revisions.publications().first()
    content = revision.content if revision else documents.content_of(coe)
    answer = HttpResponse(documents.markdown_of(content), content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{coe.number}.md"'
    return answer


def groups_of(content: dict[str, Any], html: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The written sections by where they stand: before the timeline, after it, lessons, at the end."""
    place = {"Incident questions": "questions", "Lessons": "lessons"}
    found: dict[str, list[dict[str, Any]]] = {"opening": [], "questions": [], "lessons": [], "ending": []}
    waived = content.get("waived", {})
    for form in documents.texts_asked(content):
        if form.key in html or form.key in waived:
            default = "ending" if form.key == "related" else "opening"
            found[place.get(form.group, default)].append(
                {"form": form, "html": html.get(form.key, ""), "waived": waived.get(form.key, "")}
            )
    return found


def timeline_of(content: dict[str, Any]) -> dict[str, Any]:
    """The events in the COE's own zone, the anchors as points, and the spans between them."""
    labels = dict(TimelineEvent.Anchor.choices)
    events = [
        {**event, "at": local(parse_instant(event["at"]), content["zone"]), "label": labels.get(event["anchor"], "")}
        for event in content["timeline"]
    ]
    at = {event["anchor"]: event["at"] for event in events if event["anchor"]}
    points = [
        {
            "at": moment,
            "label": str(labels[anchor]).lower(),
            "tone": TONES.get(anchor, ""),
            "starts_impact": anchor == "impact_started",
            "ends_impact": anchor == "mitigated",
        }
        for anchor, moment in at.items()
    ]
    spans = [one for one in measuring.measures(at) if one.span is not None]
    return {"events": events, "points": points if len(points) > 1 else [], "spans": spans}


def nodes_of(causes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The causes as the cause tree component takes them."""
    kinds = dict(Cause.Kind.choices)
    return [
        {
            "text": cause["text"],
            "kind": str(kinds.get(cause["kind"], "")).lower(),
            "children": nodes_of(cause["children"]),
        }
        for cause in causes
    ]

"""The parts of a document that are drawn: its timeline with the spans between anchors, its causes as a tree."""

from itertools import pairwise
from typing import Any

from coe import measuring
from coe.drafting import provenance
from coe.models import Cause, TimelineEvent
from coe.views.stretches import on_paper, stretches_of
from oncall.times import local, parse_instant

ALERTS = {"detected", "impact_started"}
TONES = {"impact_started": "bad", "mitigated": "good", "resolved": "good", "trigger": "accent"}


def timeline_of(content: dict[str, Any]) -> dict[str, Any]:
    """The events in the COE's own zone, the anchors as points, and the spans between them."""
    labels = dict(TimelineEvent.Anchor.choices)
    events = [_told(event, content["zone"], labels) for event in content["timeline"]]
    for before, event in pairwise([None, *events]):
        if event and (before is None or before["at"].date() != event["at"].date()):
            event["day"] = f"{event['at']:%A} {event['at'].day} {event['at']:%B %Y}"
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
    spans = [
        {
            "short": one.short,
            "name": one.name,
            "definition": one.definition,
            "span": one.spoken,
            "spoken": one.spoken,
            "seconds": int(one.span.total_seconds()),
        }
        for one in measuring.measures(at)
        if one.span is not None
    ]
    printed = on_paper(events)
    return {
        "events": events,
        "stretches": stretches_of(events),
        "paper_events": printed,
        "left_out": len(events) - len(printed),
        "points": points if len(points) > 1 else [],
        "spans": spans,
    }


def _told(event: dict[str, Any], zone: str, labels: dict[str, Any]) -> dict[str, Any]:
    """A line as it is read. Times are written here: of ten thousand lines the template's filters take seconds."""
    at = local(parse_instant(event["at"]), zone)
    url = provenance.address_of(event.get("source", ""), event.get("deployment"))
    written = {"clock": f"{at:%H:%M}", "iso": at.isoformat(), "day": "", "kind": _kind(event)}
    return {**event, "at": at, "label": labels.get(event["anchor"], ""), "url": url, **written}


def _kind(event: dict[str, Any]) -> str:
    """What the mark beside the line looks like."""
    if event.get("deployment"):
        return "deployment"
    if event["anchor"] in ALERTS:
        return "alert"
    return "state" if event["anchor"] else "note"


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

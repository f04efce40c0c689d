"""The parts of a document that are drawn: its timeline with the spans between anchors, its causes as a tree."""

from typing import Any

from coe import measuring
from coe.models import Cause, TimelineEvent
from oncall.times import local, parse_instant

TONES = {"impact_started": "bad", "mitigated": "good", "resolved": "good", "trigger": "accent"}


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

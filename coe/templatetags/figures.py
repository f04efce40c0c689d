"""What a COE draws: `{% load figures %}{% cause_figure content %}`.

Takes a snapshot, draws it with the pure modules, and adds the words and inks of a picture. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from coe import graphing
from coe.models import Cause

register = template.Library()
# The inks of paper; a screen has those of causes.css, light and dark.
INKS = {
    "impact": "#b3123a",
    "trigger": "#b4480a",
    "contributing": "#55575c",
    "missing_safeguard": "#7440a6",
    "detection_gap": "#2b6a8a",
    "response_gap": "#8a2f8f",
}
OTHER_INK = "#55575c"
DEEPEST_INDENT = 5


def drawn(graph: graphing.Graph) -> dict[str, Any]:
    """The drawing as its template takes it."""
    drawing = graphing.lay_out(graph)
    words = {kind.value: kind.label for kind in Cause.Kind} | {"impact": "Impact"}
    boxes = [
        {"picture": picture, "word": words.get(picture.node.kind, ""), "ink": INKS.get(picture.node.kind, OTHER_INK)}
        for picture in drawing.pictures
    ]
    return {"drawing": drawing, "boxes": boxes}


def rows_of(graph: graphing.Graph) -> list[dict[str, Any]]:
    """The nodes in reading order, each with what else it is explained by."""
    known = {node.id: node for node in graph.nodes}
    words = {kind.value: kind.label.lower() for kind in Cause.Kind}
    further: dict[int, list[graphing.Node]] = {}
    for edge in graph.edges:
        if edge.is_link:
            further.setdefault(edge.effect, []).append(known[edge.cause])
    return [
        {
            "node": node,
            "depth": min(node.depth, DEEPEST_INDENT),
            "word": words.get(node.kind, node.kind),
            "references": further.get(node.id, []),
        }
        for node in graph.nodes
    ]


@register.inclusion_tag("coe/causes/_figure.html")
def cause_figure(content: Mapping[str, Any]) -> dict[str, Any]:
    """The graph of a snapshot's causes, and the same as a list."""
    graph = graphing.graph_of(content)
    return {**drawn(graph), "rows": rows_of(graph)}

"""What a COE draws: `{% load figures %}`, then `{% cause_figure content %}` and `{% graph_list content coe.pk %}`.

Takes a snapshot, draws it with the pure modules, and adds the words and inks of a picture. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context

from coe import graphing, plotting, tabulating
from coe.models import Cause, TimelineEvent
from coe.rendering.framing import srcset_of
from oncall.times import local, parse_instant

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


@register.inclusion_tag("coe/causes/_figure.html", takes_context=True)
def cause_figure(context: Context, content: Mapping[str, Any]) -> dict[str, Any]:
    """The graph of a snapshot's causes, and the same as a list."""
    graph = graphing.graph_of(content)
    return {**drawn(graph), "rows": rows_of(graph), "is_paper": bool(context.get("is_paper"))}


TONES = {"trigger": "accent", "impact_started": "bad", "mitigated": "good", "resolved": "good"}
# The table beside a chart is to read, not to load: longer ones show every n-th row.
MOST_ROWS_SHOWN = 100


@register.inclusion_tag("coe/graphs/_list.html", takes_context=True)
def graph_list(context: Context, content: Mapping[str, Any], pk: int) -> dict[str, Any]:
    """The graphs of a snapshot of the COE with this id; on paper without what only unfolds on a screen."""
    return {"graphs": graph_rows(content, pk), "is_paper": bool(context.get("is_paper"))}


def graph_rows(content: Mapping[str, Any], pk: int) -> list[dict[str, Any]]:
    """Each graph with what its kind needs: a chart and its table, a picture with its sizes, or a link."""
    labels = dict(TimelineEvent.Anchor.choices)
    anchors = [
        (parse_instant(event["at"]), str(labels.get(event["anchor"], event["anchor"])), TONES.get(event["anchor"], ""))
        for event in content.get("timeline", ())
        if event["anchor"]
    ]
    return [_graph_row(graph, content["zone"], anchors, pk) for graph in content.get("graphs", ())]


def _graph_row(graph: Mapping[str, Any], zone: str, anchors: list[tuple[Any, str, str]], pk: int) -> dict[str, Any]:
    row: dict[str, Any] = {**graph, "zone": zone}
    if graph["kind"] == "csv":
        try:
            table = tabulating.parse(graph["csv"], zone)
        except ValueError as error:
            return {**row, "problem": str(error)}
        row |= {"chart": plotting.draw(table, zone, anchors), "rows": _rows(table, zone)}
        row["names"] = [one.name for one in table.series]
    elif graph["picture"]:
        row["address"] = f"/coes/{pk}/pictures/{graph['picture']['key']}/"
        row["srcset"] = srcset_of(row["address"], graph["picture"]["width"])
    return row


def _rows(table: tabulating.Table, zone: str) -> list[tuple[Any, list[float | None]]]:
    step = -(-len(table.times) // MOST_ROWS_SHOWN)
    return [
        (local(table.times[place], zone), [one.values[place] for one in table.series])
        for place in range(0, len(table.times), step)
    ]

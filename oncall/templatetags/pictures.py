"""Pictures as SVG: schedules, time lines, pipelines, graphs, charts. `{% load pictures %}`.

Decides where things are drawn, in percent of the picture, because the Content-Security-Policy forbids `style`; colours
and type are in `static/css/pictures.css`. It takes what views computed (plain mappings, see `docs/components.md`) and
decides nothing about who is on call or what caused what.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django import template
from django.utils import timezone

from oncall.templatetags.components import tone_of
from oncall.templatetags.wording import initials

register = template.Library()

# A shift narrower than this share of the picture has room for a first name, one narrower still for initials.
FIRST_NAME_BELOW, INITIALS_BELOW = 0.13, 0.05
NODE_WIDTH, NODE_HEIGHT, COLUMN_GAP, ROW_GAP = 176, 48, 64, 16
CELL = 14


def _percent(share: float) -> str:
    return f"{share * 100:.3f}%"


# --- schedules --------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/schedule_grid.html")
def schedule_grid(grid: Mapping[str, Any]) -> dict[str, object]:
    """Who is on call from `start` to `end`: a row per layer, a bar per shift, cut at midnights of the viewer's zone."""
    start, end = grid["start"], grid["end"]
    now = grid.get("now")
    shown = now if now and start <= now < end else None
    return {
        "label": grid.get("label", "Schedule"),
        "days": _days(start, end, now),
        "rows": [_row(row, start, end) for row in grid["rows"]],
        "now_x": _percent((shown - start) / (end - start)) if shown else "",
        "months": _months(timezone.localtime(start), timezone.localtime(end - timedelta(seconds=1))),
        "zone": f"{timezone.localtime(start):%Z}",
        "many": (end - start).days > 16,
    }


def _months(first: datetime, last: datetime) -> str:
    return f"{first:%b}–{last:%b %Y}" if first.month != last.month else f"{first:%B %Y}"


def _days(start: datetime, end: datetime, now: datetime | None) -> list[dict[str, object]]:
    zone = timezone.get_current_timezone()
    first, last = timezone.localtime(start), timezone.localtime(end)
    dates = [first.date() + timedelta(days=number) for number in range((last.date() - first.date()).days + 1)]
    today = timezone.localtime(now).date() if now else None
    cells = []
    for on in dates:
        opens = datetime.combine(on, time(), tzinfo=zone)
        closes = datetime.combine(on + timedelta(days=1), time(), tzinfo=zone)
        left, right = max(opens, start), min(closes, end)
        if right.timestamp() <= left.timestamp():
            continue
        hours = (closes.timestamp() - opens.timestamp()) / 3600
        cells.append(
            {
                "on": on,
                "x": _percent(_share(left, start, end)),
                "width": _percent(_share(right, start, end) - _share(left, start, end)),
                "is_weekend": on.weekday() >= 5,
                "is_today": on == today,
                "hours": "" if hours == 24 else f"{hours:g} h",
            }
        )
    return cells


def _share(at: datetime, start: datetime, end: datetime) -> float:
    return (at.timestamp() - start.timestamp()) / (end.timestamp() - start.timestamp())


def _row(row: Mapping[str, Any], start: datetime, end: datetime) -> dict[str, object]:
    bars = []
    for shift in row["shifts"]:
        left = max(_share(shift["start"], start, end), 0.0)
        width = min(_share(shift["end"], start, end), 1.0) - left
        if width > 0:
            bars.append(_bar(shift, left, width))
    return {"label": row["label"], "hint": row.get("hint", ""), "bars": bars}


def _bar(shift: Mapping[str, Any], left: float, width: float) -> dict[str, object]:
    label, kind = shift["label"], shift.get("kind", "")
    short = label.split()[0] if width < FIRST_NAME_BELOW else label
    return {
        "label": label,
        "shown": initials(label) if width < INITIALS_BELOW and kind != "gap" else short,
        "x": _percent(left),
        "width": _percent(width),
        "kind": kind,
        "tone": tone_of(shift.get("key", label)),
        "url": shift.get("url", ""),
        "start": shift["start"],
        "end": shift["end"],
    }


@register.inclusion_tag("components/anchors.html")
def anchors(points: Sequence[Mapping[str, Any]], label: str = "Time line of the impact") -> dict[str, object]:
    """The anchors of an incident on one line, labels above and below in turn, the time of impact shaded."""
    known = sorted((point for point in points if point["at"]), key=lambda point: point["at"])
    if not known:
        return {"points": [], "label": label}
    first, last = known[0]["at"], known[-1]["at"]
    whole = (last - first).total_seconds() or 1.0
    places = _spread([(point["at"] - first).total_seconds() / whole for point in known])
    drawn = [
        {
            "at": point["at"],
            "clock": f"{timezone.localtime(point['at']):%H:%M}",
            "label": point["label"],
            "tone": point.get("tone", ""),
            "x": _percent(0.06 + 0.88 * place),
            # The words of the first and the last point begin and end at the edge, away from their neighbours.
            "words_x": {0: "1%", len(known) - 1: "99%"}.get(index, _percent(0.06 + 0.88 * place)),
            "above": index % 2 == 0,
            "side": {0: "is-start", len(known) - 1: "is-end"}.get(index, ""),
        }
        for index, (point, place) in enumerate(zip(known, places, strict=True))
    ]
    opens = next((p for p, point in zip(places, known, strict=True) if point.get("starts_impact")), None)
    closes = next((p for p, point in zip(places, known, strict=True) if point.get("ends_impact")), 1.0)
    band = None if opens is None else (_percent(0.06 + 0.88 * opens), _percent(0.88 * max(closes - opens, 0)))
    return {"points": drawn, "label": label, "band": band}


def _spread(places: list[float], apart: float = 0.14) -> list[float]:
    """Move points that would touch apart, keeping their order; the picture is then no longer to scale there."""
    moved = list(places)
    for index in range(1, len(moved)):
        moved[index] = max(moved[index], moved[index - 1] + apart)
    if moved and moved[-1] > 1:
        moved[-1] = 1.0
        for index in range(len(moved) - 2, -1, -1):
            moved[index] = min(moved[index], moved[index + 1] - min(apart, 1 / len(moved)))
    return [min(max(place, 0.0), 1.0) for place in moved]


@register.inclusion_tag("components/stages.html")
def stages(stages: Sequence[Mapping[str, Any]], label: str = "Pipeline") -> dict[str, object]:
    """A pipeline from left to right; state is "", running, waiting, good or bad."""
    blank = {"version": "", "detail": "", "state": "", "url": ""}
    return {"stages": [blank | dict(stage) for stage in stages], "label": label}


# --- graphs -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/dependency_graph.html")
def dependency_graph(graph: Mapping[str, Any]) -> dict[str, object]:
    """Services in columns (callers left, dependencies right) with an arrow from each to what it needs."""
    columns: dict[int, list[Mapping[str, Any]]] = {}
    for node in graph["nodes"]:
        columns.setdefault(node["column"], []).append(node)
    tallest = max((len(nodes) for nodes in columns.values()), default=0)
    height = tallest * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
    nodes = {}
    for place, column in enumerate(sorted(columns)):
        x = place * (NODE_WIDTH + COLUMN_GAP)
        used = len(columns[column]) * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
        for row, node in enumerate(columns[column]):
            y = (height - used) // 2 + row * (NODE_HEIGHT + ROW_GAP)
            nodes[node["id"]] = {"detail": "", "url": "", "tone": ""} | dict(node) | {"x": x, "y": y}
    edges = [_edge(nodes[a], nodes[b]) for a, b in graph["edges"] if a in nodes and b in nodes]
    width = len(columns) * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP
    names = [(nodes[a]["label"], nodes[b]["label"]) for a, b in graph["edges"] if a in nodes and b in nodes]
    return {
        "label": graph.get("label", "Dependencies"),
        "nodes": list(nodes.values()),
        "edges": edges,
        "names": names,
        "box": f"-2 -2 {width + 4} {height + 4}",
        "width": width + 4,
        "height": height + 4,
        "node_width": NODE_WIDTH,
        "node_height": NODE_HEIGHT,
    }


def _edge(start: Mapping[str, Any], end: Mapping[str, Any]) -> dict[str, object]:
    """A curve from the right side of one node to the left side of the other; over the top within one column."""
    x1, y1 = start["x"] + NODE_WIDTH, start["y"] + NODE_HEIGHT // 2
    x2, y2 = end["x"] - 5, end["y"] + NODE_HEIGHT // 2
    if end["x"] <= start["x"]:
        x2 = end["x"] + NODE_WIDTH + 5
        bend = COLUMN_GAP // 2
        path = f"M{x1} {y1} C{x1 + bend} {y1} {x2 + bend} {y2} {x2} {y2}"
    else:
        middle = (x1 + x2) // 2
        path = f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
    is_hot = "bad" in (start["tone"], end["tone"])
    return {"path": path, "is_hot": is_hot}


@register.inclusion_tag("components/cause_tree.html")
def cause_tree(nodes: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Causes as an indented tree; each child answers "why?" of its parent."""
    return {"nodes": [_cause(node) for node in nodes]}


def _cause(node: Mapping[str, Any]) -> dict[str, object]:
    blank = {"note": "", "kind": "", "url": ""}
    return blank | dict(node) | {"children": [_cause(child) for child in node.get("children", ())]}


# --- charts -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[float], label: str) -> dict[str, object]:
    """A line of at most a few dozen values beside the number it explains; the last value is marked."""
    highest, steps = max(values, default=0) or 1, max(len(values) - 1, 1)
    points = [
        (round(index * 116 / steps + 2, 1), round(26 - value * 22 / highest, 1)) for index, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    return {
        "line": line,
        "area": f"2,28 {line} {points[-1][0] if points else 2},28",
        "last": points[-1] if points else None,
        "label": label,
    }


@register.inclusion_tag("components/bar_list.html")
def bar_list(rows: Sequence[Sequence[Any]], label: str) -> dict[str, object]:
    """Labelled horizontal bars; rows are (label, value, words)."""
    highest = max((row[1] for row in rows), default=0) or 1
    bars = [{"label": name, "words": words, "width": _percent(value / highest)} for name, value, words in rows]
    return {"bars": bars, "label": label}


@register.inclusion_tag("components/heat_map.html")
def heat_map(days: Sequence[tuple[date, int]], label: str, unit: str = "pages") -> dict[str, Any]:
    """A calendar of counts: one column per week, Monday on top, five shades from none to most."""
    highest = max((count for _, count in days), default=0)
    opening = days[0][0] - timedelta(days=days[0][0].weekday()) if days else date.min
    cells: list[dict[str, Any]] = [
        {
            "on": on,
            "count": count,
            "x": (on - opening).days // 7 * CELL,
            "y": CELL + 2 + on.weekday() * CELL,
            "shade": 0 if not count else min(4, 1 + 3 * count // highest),
        }
        for on, count in days
    ]
    width = cells[-1]["x"] + CELL if cells else CELL
    facts = {"label": label, "unit": unit, "total": sum(count for _, count in days)}
    return facts | {"cells": cells, "months": _months_of([on for on, _ in days], opening), "width": width}


def _months_of(days: Sequence[date], opening: date) -> list[dict[str, object]]:
    """Where each month's name stands; one of which only the last days are shown has no room for it."""
    starts = [on for before, on in pairwise(days) if before.month != on.month]
    if days and days[0].day <= 14:
        starts.insert(0, days[0])
    return [{"name": f"{on:%b}", "x": (on - opening).days // 7 * CELL} for on in starts]

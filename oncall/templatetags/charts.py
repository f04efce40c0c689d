"""Charts of small series as SVG with the same facts as a table: `{% load charts %}`.

Places and sizes are attributes, because the Content-Security-Policy forbids `style`; colours are in `static/css/`. What
is counted is decided by the views.
"""

from collections.abc import Sequence
from typing import Any

from django import template

from oncall.measuring import BOUNDS, Latency
from oncall.templatetags import wording

register = template.Library()

WIDTH, HEIGHT, HEAD, FOOT = 460, 88, 14, 18
# A histogram is narrower: two stand beside each other, and one fits a phone.
NARROW, LOW = 330, 64
# The first column of what took longer than ten seconds: nobody should wait that long for a first page.
LATE_FROM = BOUNDS.index(10.0) + 1
# The share of its slot that a column fills.
FILLED = 0.72


@register.inclusion_tag("oncall/deployments/_columns.html")
def columns(days: Sequence[Any], label: str) -> dict[str, object]:
    """A column per day: how many deployments, the failed ones marked, and a mark where an incident began."""
    highest = max((day.deployments for day in days), default=0) or 1
    slot = WIDTH / max(len(days), 1)
    return {
        "label": label,
        "days": days,
        "columns": [_column(day, index, slot, highest) for index, day in enumerate(days)],
        "highest": highest,
        "ground": HEAD + HEIGHT,
        "width": WIDTH,
        "height": HEAD + HEIGHT + FOOT,
        "foot": HEAD + HEIGHT + FOOT - 4,
        "total": sum(day.deployments for day in days),
        "troubled": sum(day.troubled for day in days),
        "incidents": sum(day.incidents for day in days),
    }


def _column(day: Any, index: int, slot: float, highest: int) -> dict[str, object]:
    tall = day.deployments * HEIGHT / highest
    bad = day.troubled * HEIGHT / highest
    ground = HEAD + HEIGHT
    return {
        "day": day,
        "x": round(index * slot + slot * (1 - FILLED) / 2, 1),
        "middle": round(index * slot + slot / 2, 1),
        "width": round(slot * FILLED, 1),
        "y": round(ground - tall, 1),
        "height": round(tall, 1),
        "bad_y": round(ground - bad, 1),
        "bad_height": round(bad, 1),
        "mark_y": round(max(ground - tall - 8, 6), 1),
        "is_named": day.on.weekday() == 0,
    }


@register.inclusion_tag("oncall/operations/_histogram.html")
def histogram(latency: Latency, label: str) -> dict[str, object]:
    """How many messages took how long: a column for each bound, the last for what took longer than all."""
    highest = max(latency.counts, default=0) or 1
    names = [*(f"{bound:g}" for bound in BOUNDS), "more"]
    slot = NARROW / len(names)
    columns = [
        {
            "name": name,
            "words": f"longer than {BOUNDS[-1]:g} s" if name == "more" else f"up to {name} s",
            "count": count,
            "x": round(index * slot + slot * (1 - FILLED) / 2, 1),
            "middle": round(index * slot + slot / 2, 1),
            "width": round(slot * FILLED, 1),
            "y": round(HEAD + LOW - count * LOW / highest, 1),
            "height": round(count * LOW / highest, 1),
            "is_late": index >= LATE_FROM,
        }
        for index, (name, count) in enumerate(zip(names, latency.counts, strict=True))
    ]
    quantiles = [
        (wording.percent(share), wording.span(seconds)) for share, seconds in sorted(latency.quantiles.items())
    ]
    return {
        "label": label,
        "columns": columns,
        "quantiles": quantiles,
        "count": latency.count,
        "width": NARROW,
        "ground": HEAD + LOW,
        "height": HEAD + LOW + FOOT,
        "foot": HEAD + LOW + FOOT - 5,
    }

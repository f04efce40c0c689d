"""The timeline in the editor: one page of its lines with their forms, and where to jump to.

A timeline of ten thousand lines is shown like one of ten: gaps and measures are those of all lines, forms are made only
for the lines on the page (measured: benchmarks/timeline.py, decision 0043).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import BaseForm

from coe import measuring
from coe.drafting import provenance
from coe.forms.writing import EventForm
from coe.models import COE, TimelineEvent
from oncall.times import local

# Lines on one page.
PAGE = 50
MOST_REMOVED = 50
# Days to jump to; of more, those with the most lines are no help.
MOST_DAYS = 40

type_line = tuple[int, datetime, str]


@dataclass(frozen=True, slots=True)
class Jump:
    """A place in the timeline: what it is called, on which page it stands, the line."""

    label: str
    page: int
    pk: int


def timeline_part(
    coe: COE, bound: Mapping[str, BaseForm] | None = None, page: int = 1, said: str = ""
) -> dict[str, Any]:
    """A page of the lines with their forms, and an empty form. A refused form is on the page that is shown."""
    bound = bound or {}
    lines: list[type_line] = list(coe.timeline.values_list("pk", "at", "anchor"))
    pages = max(1, -(-len(lines) // PAGE))
    page = min(max(_page_of_bound(lines, bound) or page, 1), pages)
    shown = slice((page - 1) * PAGE, page * PAGE)
    events = _rows(coe, lines, shown, bound)
    anchors = {anchor: at for _, at, anchor in lines if anchor}
    return {
        "coe": coe,
        "events": events,
        "open_event": [row["event"].pk for row in events if f"event-{row['event'].pk}" in bound],
        "new_event": bound.get("event-new") or EventForm(coe, place=f"new{len(lines)}"),
        "measures": measuring.measures(anchors) if anchors else [],
        "removed": coe.removed_events.select_related("removed_by")[:MOST_REMOVED],
        "lines": len(lines),
        "said": said,
        **_jumps(coe, lines, page, pages),
    }


def page_of(coe: COE, event: TimelineEvent) -> int:
    """The page on which a line stands."""
    before = coe.timeline.filter(at__lt=event.at).count() + coe.timeline.filter(at=event.at, pk__lt=event.pk).count()
    return before // PAGE + 1


def _page_of_bound(lines: Sequence[type_line], bound: Mapping[str, BaseForm]) -> int | None:
    pks = {int(place.removeprefix("event-")) for place in bound if place.removeprefix("event-").isdecimal()}
    return next((place // PAGE + 1 for place, (pk, _, _) in enumerate(lines) if pk in pks), None)


def _rows(coe: COE, lines: Sequence[type_line], shown: slice, bound: Mapping[str, BaseForm]) -> list[dict[str, Any]]:
    """The lines of the page, each with its form, where it is known from, and the long silence after it."""
    gaps = measuring.gaps([at for _, at, _ in lines], coe.header.impact_started_at, coe.header.impact_ended_at)
    after = {gap.before: gap for gap in gaps}
    wanted = {pk: after.get(place) for place, (pk, _, _) in list(enumerate(lines))[shown]}
    found = coe.timeline.filter(pk__in=wanted).select_related("deployment__service", "entry__incident")
    return [
        {
            "event": event,
            "form": bound.get(f"event-{event.pk}") or EventForm(coe, event=event),
            "gap": wanted[event.pk],
            "url": provenance.url_of(event),
        }
        for event in found
    ]


def _jumps(coe: COE, lines: Sequence[type_line], page: int, pages: int) -> dict[str, Any]:
    """Where to go from this page; nothing where all lines stand on one."""
    if pages == 1:
        return {"page": 1, "pages": 1, "page_query": ""}
    labels = dict(TimelineEvent.Anchor.choices)
    anchors, days = [], []
    latest = ""
    for place, (pk, at, anchor) in enumerate(lines):
        if anchor:
            anchors.append(Jump(str(labels[anchor]), place // PAGE + 1, pk))
        day = f"{local(at, coe.header.zone):%Y-%m-%d}"
        if day != latest:
            days.append(Jump(day, place // PAGE + 1, pk))
            latest = day
    return {
        "page": page,
        "pages": pages,
        "first": (page - 1) * PAGE + 1,
        "last": min(page * PAGE, len(lines)),
        "anchor_jumps": anchors,
        "day_jumps": days[:MOST_DAYS] if len(days) > 1 else [],
        "page_query": f"?page={page}" if page > 1 else "",
    }

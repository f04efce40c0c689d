"""What the incidents know of the timeline: new lines, lines that are known better now, anchors that moved on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from coe.drafting import provenance
from coe.drafting.changes import suspicions_of, trigger_of
from coe.drafting.news import CHANGED_HERE, AnchorMove, Drafted, LineChange, News, Part
from coe.drafting.timeline import events_of
from coe.models import COE, RemovedEvent, TimelineEvent
from oncall.models import Incident, TimelineEntry
from oncall.times import local

Line = TypeVar("Line", TimelineEvent, RemovedEvent)


def timeline_news(coe: COE, incidents: Sequence[Incident], drafted: Drafted) -> Iterator[News]:
    """In order of time. What people corrected or removed is left, unless the incident learned something since."""
    seen: set[str] = set()
    fresh = [(event, one) for one in incidents for event in events_of(coe, one, trigger_of(suspicions_of(one)))]
    there = _There(coe, [event for event, _ in fresh])
    for event, incident in sorted(fresh, key=lambda pair: pair[0].at):
        key = key_of(event, incident)
        if key in seen:
            continue
        seen.add(key)
        stands = there.find(event)
        if stands:
            yield from _changed(event, stands, key, drafted)
            yield from _anchor(event, stands, there, drafted)
        elif not there.was_removed(event):
            yield from _new(event, key, there, drafted)


def key_of(event: TimelineEvent, incident: Incident) -> str:
    """What a line is known by: its entry, its deployment, else its anchor or text in the incident."""
    if event.entry_id:
        return f"entry-{event.entry_id}"
    if event.deployment_id:
        return f"deployment-{event.deployment_id}"
    return f"{incident.pk}-{event.anchor or event.text}"


class _There:
    """The lines that stand and those that were removed, found by what they were made of, or by saying the same."""

    def __init__(self, coe: COE, fresh: Sequence[TimelineEvent]) -> None:
        self.made = list(_drafted(coe.timeline.select_related("entry", "coe")))
        self.holders = {event.anchor: event for event in coe.timeline.exclude(anchor="")}
        # Somebody who typed or pasted what the incident knows too does not want it twice.
        self.said = {(one.at, one.text): one for one in coe.timeline.filter(at__in=[event.at for event in fresh])}
        self.removed = list(_drafted(coe.removed_events.select_related("entry")))

    def find(self, event: TimelineEvent) -> TimelineEvent | None:
        made = next((one for one in self.made if _is_same(one, event)), None)
        return made or self.said.get((event.at, event.text))

    def was_removed(self, event: TimelineEvent) -> bool:
        return any(_is_same(one, event) for one in self.removed)


def _drafted(lines: QuerySet[Line]) -> QuerySet[Line]:
    """Those made of an incident: of ten thousand pasted lines none can be meant."""
    made = Q(entry__isnull=False) | Q(deployment__isnull=False) | Q(source__startswith="INC-")
    return lines.filter(made)


def _is_same(one: TimelineEvent | RemovedEvent, event: TimelineEvent) -> bool:
    """Whether a line was made of what the fresh one is made of. Without entry and deployment its source says so."""
    if event.entry_id and one.entry_id:
        return one.entry_id == event.entry_id
    if event.deployment_id:
        return one.deployment_id == event.deployment_id and _is_arrival(one) and _is_arrival(event)
    return not (one.entry_id or one.deployment_id or event.entry_id) and one.source == event.source


def _is_arrival(one: TimelineEvent | RemovedEvent) -> bool:
    """Whether the line tells that its deployment reached its place, not what was said about it."""
    return one.entry is None or one.entry.kind == TimelineEntry.Kind.DEPLOYMENT


def _changed(event: TimelineEvent, stands: TimelineEvent, key: str, drafted: Drafted) -> Iterator[News]:
    """The line as it is known now, where that is news."""
    then = drafted.lines.get(stands.pk)
    if (stands.at, stands.text) == (event.at, event.text):
        return
    if stands.edits and (then is None or (then["text"], datetime.fromisoformat(then["at"])) == (event.text, event.at)):
        return
    yield News(
        f"change-{key}",
        Part.TIMELINE,
        event.text,
        LineChange(stands.pk, event.at, event.text),
        was=stands.text
        if stands.text != event.text
        else f"{local(stands.at, stands.coe.header.zone):%Y-%m-%d %H:%M:%S}",
        at=event.at,
        source=event.source,
        url=provenance.url_of(event),
        note=CHANGED_HERE if stands.edits else "",
        is_ticked=not stands.edits,
    )


def _new(event: TimelineEvent, key: str, there: _There, drafted: Drafted) -> Iterator[News]:
    """A line that is not there; its anchor is a question of its own where another line holds it."""
    anchor = event.anchor
    holder = there.holders.get(anchor)
    if holder and not event.entry_id and not event.deployment_id:
        # "Mitigated, time recorded" says nothing beside the line that is the anchor.
        return
    if holder:
        event.anchor = ""
    facts = {"at": event.at, "source": event.source, "url": provenance.url_of(event)}
    yield News(key, Part.TIMELINE, event.text, event, anchor=event.anchor, **facts)  # type: ignore[arg-type]
    if holder:
        yield _move(anchor, event, holder, AnchorMove(anchor, None, key))


def _anchor(event: TimelineEvent, stands: TimelineEvent, there: _There, drafted: Drafted) -> Iterator[News]:
    """The anchor goes to a line that stands already, unless it was drafted there and people moved it."""
    if not event.anchor or stands.anchor == event.anchor or drafted.anchors.get(event.anchor) == stands.pk:
        return
    holder = there.holders.get(event.anchor)
    yield _move(event.anchor, event, holder, AnchorMove(event.anchor, stands.pk))


def _move(anchor: str, event: TimelineEvent, holder: TimelineEvent | None, move: AnchorMove) -> News:
    is_theirs = bool(holder and (holder.edits or not (holder.entry_id or holder.deployment_id)))
    label = TimelineEvent.Anchor(anchor).label
    return News(
        f"anchor-{anchor}",
        Part.TIMELINE,
        f"The anchor “{label.lower()}” is this line: {event.text}",
        move,
        was=holder.text if holder else "no line",
        at=event.at,
        source=event.source,
        url=provenance.url_of(event),
        note=CHANGED_HERE if is_theirs else "",
        is_ticked=not is_theirs,
    )


def _told(event: TimelineEvent) -> str:
    return f"{local(event.at, event.coe.header.zone):%Y-%m-%d %H:%M:%S}"

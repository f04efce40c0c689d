"""Adding, changing and removing lines of a COE's timeline."""

from datetime import datetime

from django.core.exceptions import ValidationError

from coe.editing.writing import count_on, part_of, writing
from coe.models import COE, RemovedEvent, TimelineEvent
from oncall.models import User

# The longest paste beside all that was drafted. Measured with benchmarks/timeline.py: see decision 0043.
MOST_EVENTS = 12_000
BY_HAND = "written by hand"
LONGEST_SOURCE = 120
# What a removed line keeps, so that it can be put back; the anchor is free for another line.
KEPT = ("at", "text", "is_starred", "source", "entry_id", "deployment_id")


def add_event(
    coe: COE, at: datetime, text: str, *, anchor: str = "", source: str = BY_HAND, by: User, now: datetime
) -> TimelineEvent:
    """Add a line; `at` is an instant. Raises ValidationError when another line holds the anchor already."""
    with writing(coe, by, now):
        if coe.timeline.count() >= MOST_EVENTS:
            raise ValidationError(f"A timeline holds at most {MOST_EVENTS} lines. Sum some up.")
        _judge_anchor(coe, anchor, None)
        return TimelineEvent.objects.create(coe=coe, at=at, text=text, anchor=anchor, source=source)


def change_event(
    coe: COE,
    pk: int,
    at: datetime,
    text: str,
    *,
    anchor: str = "",
    base: int | None = None,
    by: User,
    now: datetime,
) -> TimelineEvent:
    """Change a line; where it came from stays with it. `base` is the line's counter that the writer read.

    Raises ValidationError as `add_event` does, Conflict when it is gone, RowConflict for an older counter.
    """
    with writing(coe, by, now):
        event = part_of(coe.timeline.all(), pk, "line of the timeline")
        _judge_anchor(coe, anchor, pk)
        count_on(event, "line of the timeline", base, {"at": at, "text": text, "anchor": anchor})
        event.at, event.text, event.anchor = at, text, anchor
        event.save(update_fields=["at", "text", "anchor", "edits"])
    return event


def remove_event(coe: COE, pk: int, *, by: User, now: datetime) -> None:
    """Remove a line: it can be put back, and is not drafted again. Removed already is fine."""
    with writing(coe, by, now):
        event = coe.timeline.filter(pk=pk).first()
        if event:
            kept = {name: getattr(event, name) for name in KEPT}
            RemovedEvent.objects.create(coe=coe, removed_by=by, removed_at=now, **kept)
            event.delete()


def _judge_anchor(coe: COE, anchor: str, pk: int | None) -> None:
    if not anchor:
        return
    holders = coe.timeline.filter(anchor=anchor)
    holder = (holders if pk is None else holders.exclude(pk=pk)).first()
    if holder:
        label = holder.get_anchor_display().lower()
        raise ValidationError({"anchor": f"“{label}” is another line already: {holder.text[:80]}. Take it from there."})

"""Several lines of a timeline at once, stars, and lines that are put back."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError

from coe.editing.timeline import KEPT, MOST_EVENTS
from coe.editing.writing import part_of, writing
from coe.models import COE, TimelineEvent
from oncall.models import User


def add_lines(coe: COE, events: Iterable[TimelineEvent], *, by: User, now: datetime) -> int:
    """Add all of these unsaved lines, or none; returns how many. An anchor that is taken stays where it is.

    Raises ValidationError when the timeline would hold more than MOST_EVENTS lines.
    """
    with writing(coe, by, now):
        wanted, there = list(events), coe.timeline.count()
        if there + len(wanted) > MOST_EVENTS:
            raise ValidationError(
                f"A timeline holds at most {MOST_EVENTS} lines; it has {there}, and these are {len(wanted)}. Nothing "
                "was added: take fewer."
            )
        taken = set(coe.timeline.exclude(anchor="").values_list("anchor", flat=True))
        for event in wanted:
            event.coe = coe
            event.anchor = "" if event.anchor in taken else event.anchor
            taken.add(event.anchor)
        TimelineEvent.objects.bulk_create(wanted, batch_size=1000)
    return len(wanted)


def star(coe: COE, pk: int, *, is_starred: bool, by: User, now: datetime) -> TimelineEvent:
    """Mark a line as one that a reader should not miss, or no longer. Raises Conflict when it was removed."""
    with writing(coe, by, now):
        event = part_of(coe.timeline.all(), pk, "line of the timeline")
        event.is_starred = is_starred
        event.save(update_fields=["is_starred"])
    return event


def put_back(coe: COE, removed_pk: int, *, by: User, now: datetime) -> TimelineEvent:
    """A removed line, as it was but for its anchor. Raises Conflict when somebody put it back already."""
    with writing(coe, by, now):
        removed = part_of(coe.removed_events.all(), removed_pk, "removed line")
        event = TimelineEvent.objects.create(coe=coe, **{name: getattr(removed, name) for name in KEPT})
        removed.delete()
    return event

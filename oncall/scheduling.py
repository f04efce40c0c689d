"""Changes of schedules: who covers whom, and which rotations there are, each with its audit row in one transaction.

It decides what taking a shift means and how a planned rotation would change a definition. Who may do it is decided by
`oncall/permissions.py`, who is on call then by `oncall/shifts.py`. Instants are aware; local times are the schedule's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from oncall import shifts
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, Override, Participant, Schedule, ScheduleLayer, User

# Somebody alone in a rotation has a shift without end; what is taken from it is a week.
LONGEST_TAKEN = timedelta(days=7)
# Stands for a rotation that is not saved yet.
UNSAVED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """One rotation as somebody wants it; `slots` are ids of people on call together, `position` is 0 for the top."""

    name: str
    role: str
    rotation: str
    every: int
    hand_over_at: time
    hand_over_on: int
    starts_on: date
    ends_on: date | None
    position: int
    slots: tuple[tuple[int, ...], ...]

    def as_layer(self, zone: str, pk: int) -> shifts.Layer:
        """The plan as a value for `oncall.shifts`, in the schedule's zone."""
        return shifts.Layer(
            id=pk,
            name=self.name,
            role=self.role,
            kind=self.rotation,
            every=self.every,
            hand_over_at=self.hand_over_at,
            hand_over_on=self.hand_over_on,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            zone=zone,
            slots=self.slots,
        )


def take_shift(schedule: Schedule, by: User, now: datetime) -> Override:
    """Put this person on call from now to the end of the running shift; in a gap, to where the next shift starts.

    Raises Conflict when this person is on call already, or when nobody is and no shift is ahead.
    """
    with transaction.atomic():
        locked = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
        definition = locked.definition()
        running = shifts.current_shift(definition, now)
        if running and by.pk in running.people:
            raise Conflict(f"You are on call in {locked} already.")
        ahead = shifts.next_shift(definition, now) if running is None else None
        if running is None and ahead is None:
            raise Conflict(f"{locked} has no shift to take, now or later. Give it a rotation first.")
        ends_at = running.ends_at if running else ahead.starts_at if ahead else now
        return _covered(locked, by, now, min(ends_at, now + LONGEST_TAKEN), "took the shift", by, now)


def cover(
    schedule: Schedule, user: User, span: tuple[datetime, datetime], *, reason: str, by: User, now: datetime
) -> Override:
    """Put somebody on call from the start to the end of a span, over whatever the rotations say.

    Raises Conflict when the span is over, or ends before it starts.
    """
    starts_at, ends_at = span
    if ends_at <= starts_at:
        raise Conflict("An override ends after it starts.")
    if ends_at <= now:
        raise Conflict("This override would be over already.")
    with transaction.atomic():
        return _covered(schedule, user, starts_at, ends_at, reason, by, now)


def _covered(
    schedule: Schedule, user: User, starts_at: datetime, ends_at: datetime, reason: str, by: User, now: datetime
) -> Override:
    made = Override.objects.create(
        schedule=schedule,
        user=user,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        created_by=by,
        created_at=now,
    )
    AuditEntry.objects.write(made, "created", actor=by, at=now, detail=_span(made))
    return made


def _span(override: Override) -> str:
    return f"{override.starts_at:%Y-%m-%d %H:%M} to {override.ends_at:%Y-%m-%d %H:%M} UTC"


def end_override(override: Override, *, by: User, now: datetime) -> None:
    """Take an override away; of one that runs, what is past stays. Raises Conflict when it is over or gone."""
    with transaction.atomic():
        found = Override.objects.select_for_update().select_related("schedule", "user").filter(pk=override.pk).first()
        if found is None:
            raise Conflict("Somebody has removed this override already.")
        if found.ends_at <= now:
            raise Conflict("This override is over; who was on call stays on record.")
        AuditEntry.objects.write(found, "removed", actor=by, at=now, detail=_span(found))
        if found.starts_at >= now:
            found.delete()
        else:
            found.ends_at = now
            found.save(update_fields=["ends_at"])


def planned(schedule: Schedule, plan: LayerPlan | None, layer: ScheduleLayer | None) -> shifts.Definition:
    """The definition as it would be: this rotation as planned, added when `layer` is None, taken away without plan."""
    definition = schedule.definition()
    others = [one for one in definition.layers if layer is None or one.id != layer.pk]
    if plan is not None:
        others.insert(plan.position, plan.as_layer(schedule.zone, layer.pk if layer else UNSAVED))
    return shifts.Definition(layers=tuple(others), overrides=definition.overrides)


def save_layer(
    schedule: Schedule, plan: LayerPlan, layer: ScheduleLayer | None, *, by: User, now: datetime
) -> ScheduleLayer:
    """Make the rotation what was planned, its people and its place among the others included."""
    with transaction.atomic():
        Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
        saved = layer or ScheduleLayer(schedule=schedule)
        for name in ("name", "role", "rotation", "every", "hand_over_at", "hand_over_on", "starts_on", "ends_on"):
            setattr(saved, name, getattr(plan, name))
        saved.save()
        saved.participants.all().delete()
        Participant.objects.bulk_create(
            Participant(layer=saved, user_id=user_id, slot=slot)
            for slot, people in enumerate(plan.slots)
            for user_id in people
        )
        others = list(schedule.layers.exclude(pk=saved.pk))
        others.insert(plan.position, saved)
        _renumber(others)
        AuditEntry.objects.write(saved, "changed" if layer else "created", actor=by, at=now, detail=_people(plan))
    return saved


def _people(plan: LayerPlan) -> str:
    return f"{plan.rotation}, people in turn: {', '.join('+'.join(map(str, slot)) for slot in plan.slots) or 'nobody'}"


def _renumber(layers: list[ScheduleLayer]) -> None:
    for position, layer in enumerate(layers):
        if layer.position != position:
            layer.position = position
            layer.save(update_fields=["position"])


def remove_layer(layer: ScheduleLayer, *, by: User, now: datetime) -> None:
    """Take a rotation away, with its past."""
    with transaction.atomic():
        AuditEntry.objects.write(layer, "removed", actor=by, at=now)
        schedule = layer.schedule
        layer.delete()
        _renumber(list(schedule.layers.all()))

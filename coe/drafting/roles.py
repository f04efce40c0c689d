"""Who did something in an incident, by role: a COE names no person."""

from __future__ import annotations

from functools import cached_property

from oncall.models import Incident, User


class Roles:
    """The roles people had in one incident."""

    def __init__(self, incident: Incident) -> None:
        self.incident = incident

    @cached_property
    def paged(self) -> set[int]:
        return set(self.incident.pages.values_list("user_id", flat=True))

    def of(self, user: User | None) -> str:
        """ "the on-call engineer" for whoever was paged or took it, "a responder" for others, and Errata for nobody."""
        if user is None:
            return "Errata"
        if user.pk in self.paged or user.pk == self.incident.acknowledged_by_id:
            return "the on-call engineer"
        return "a responder"

    def told(self) -> str:
        """ "2 on-call engineers, of whom 1 acknowledged; 3 other responders"; empty when nobody did anything."""
        timeline = self.incident.timeline.exclude(actor=None).exclude(kind="coe")
        acted = set(timeline.values_list("actor_id", flat=True))
        took = set(timeline.filter(kind="acknowledged").values_list("actor_id", flat=True))
        engineers = self.paged | ({self.incident.acknowledged_by_id} - {None})
        parts = []
        if engineers:
            noun = "on-call engineer" if len(engineers) == 1 else "on-call engineers"
            parts.append(f"{len(engineers)} {noun}, of whom {len(took & engineers) or 'none'} acknowledged")
        if others := acted - engineers:
            parts.append(f"{len(others)} {'other ' if engineers else ''}responder{'' if len(others) == 1 else 's'}")
        return "; ".join(parts)

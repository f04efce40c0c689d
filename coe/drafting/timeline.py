"""The drafted timeline: which entries of an incident a COE tells, in which words, and which are its anchors.

Every line says where it is known from and keeps the entry or deployment it was made of. Alerts and pages come in
crowds: the first is told, the rest are counted.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from coe.drafting.changes import Suspicion, reached
from coe.drafting.roles import Roles
from coe.models import COE, TimelineEvent
from oncall.models import Incident, Integration, TimelineEntry
from oncall.suspicion import in_percent

Kind, Anchor = TimelineEntry.Kind, TimelineEvent.Anchor
# Told one by one; of the others only what somebody starred.
TOLD = {
    Kind.ACKNOWLEDGED,
    Kind.DECLARED,
    Kind.DEPLOYMENT,
    Kind.ESCALATED,
    Kind.MITIGATED,
    Kind.NOTE,
    Kind.RESOLVED,
    Kind.SEVERITY,
    Kind.TRIGGERED,
    Kind.VERDICT,
}
# Told once, with the number of the rest.
CROWDS = {Kind.ALERT: "alerts", Kind.PAGE: "pages", Kind.UNREACHABLE: "calls that reached nobody"}
TEXT_LIMIT, SOURCE_LIMIT = 1000, 120
# A storm writes tens of thousands of entries; people read this many, and anchors are always among them.
MOST_LINES = 200


def events_of(coe: COE, incident: Incident, trigger: Suspicion | None) -> list[TimelineEvent]:
    """The lines to be saved, oldest first."""
    lines = _Lines(coe, incident)
    if trigger:
        lines.add_deployment(trigger)
    lines.add(incident.impact_started_at, "Impact started", f"{incident.number}, start of the impact")
    lines.made[-1].anchor = Anchor.IMPACT_STARTED
    for kind in CROWDS:
        lines.add_crowd(kind)
    told = incident.timeline.filter(Q(kind__in=TOLD) | Q(is_starred=True)).exclude(kind=Kind.COE)
    for entry in told.select_related("actor", "deployment__service").order_by("at", "pk")[: 2 * MOST_LINES]:
        lines.add_entry(entry)
    lines.set_anchors()
    return _most_telling(lines.made)


def _most_telling(events: list[TimelineEvent]) -> list[TimelineEvent]:
    """All anchors, and of the others the first ones that find room; in order of time."""
    anchors = [event for event in events if event.anchor]
    others = sorted((event for event in events if not event.anchor), key=lambda event: event.at)
    return sorted([*anchors, *others[: MOST_LINES - len(anchors)]], key=_order)


def _order(event: TimelineEvent) -> tuple[datetime, int]:
    """By time; what happened in one moment in the order of the anchors."""
    anchors = Anchor.values
    return event.at, anchors.index(event.anchor) if event.anchor else anchors.index(Anchor.DIAGNOSED)


class _Lines:
    """The timeline while it is drafted."""

    def __init__(self, coe: COE, incident: Incident) -> None:
        self.coe = coe
        self.incident = incident
        self.roles = Roles(incident)
        self.made: list[TimelineEvent] = []
        self.firsts: dict[str, TimelineEvent] = {}
        self.lasts: dict[str, TimelineEvent] = {}
        self.told: set[int] = set()
        self.triggered_by: int | None = None

    def add(self, at: datetime, text: str, source: str) -> TimelineEvent:
        event = TimelineEvent(coe=self.coe, at=at, text=_cut(text, TEXT_LIMIT), source=_cut(source, SOURCE_LIMIT))
        self.made.append(event)
        return event

    def add_deployment(self, trigger: Suspicion) -> None:
        """The change that set it off, as the first anchor."""
        deployment = trigger.deployment
        odds = "" if trigger.is_confirmed else f" (suspected, {in_percent(trigger.probability or 0)}%)"
        event = self.add(deployment.reached_at, reached(deployment) + odds, f"deployment of {deployment.service.name}")
        event.deployment, event.anchor = deployment, Anchor.TRIGGER
        self.triggered_by = deployment.pk

    def add_crowd(self, kind: TimelineEntry.Kind) -> None:
        """The first of a crowd, with the number of the rest."""
        crowd = self.incident.timeline.filter(kind=kind)
        first = crowd.select_related("actor", "deployment__service").order_by("at", "pk").first()
        if first is None:
            return
        event = self.add_entry(first)
        if event and (rest := crowd.exclude(pk=first.pk).exclude(is_starred=True).count()):
            event.text = _cut(f"{event.text}, and {rest} more {CROWDS[kind]}", TEXT_LIMIT)

    def add_entry(self, entry: TimelineEntry) -> TimelineEvent | None:
        """One line for the entry, unless it is told already."""
        is_trigger = entry.kind == Kind.DEPLOYMENT and entry.deployment_id == self.triggered_by
        if is_trigger or entry.pk in self.told:
            return None
        event = self.add(entry.at, self._text(entry), self._source(entry))
        event.entry, event.deployment = entry, entry.deployment
        self.told.add(entry.pk)
        self.firsts.setdefault(entry.kind, event)
        self.lasts[entry.kind] = event
        return event

    def set_anchors(self) -> None:
        """Detected, engaged, diagnosed, mitigated, resolved; each from its entry, else from the times recorded."""
        incident = self.incident
        detected = self.firsts.get(Kind.ALERT) or self.firsts.get(Kind.DECLARED)
        self._anchor(Anchor.DETECTED, detected, incident.detected_at)
        self._anchor(Anchor.ENGAGED, self.firsts.get(Kind.ACKNOWLEDGED), None)
        self._anchor(Anchor.MITIGATED, self.lasts.get(Kind.MITIGATED), incident.mitigated_at)
        self._anchor(Anchor.RESOLVED, self.lasts.get(Kind.RESOLVED), incident.resolved_at)
        self._set_diagnosed()

    def _anchor(self, anchor: TimelineEvent.Anchor, event: TimelineEvent | None, at: datetime | None) -> None:
        if event is None and at:
            event = self.add(at, anchor.label, f"{self.incident.number}, time recorded")
        if event:
            event.anchor = anchor

    def _set_diagnosed(self) -> None:
        """A verdict passed while the impact lasted is when the cause was found; a later one is paperwork."""
        ended = self.incident.mitigated_at or self.incident.resolved_at
        confirmed = self.incident.verdicts.filter(ruling="confirmed").order_by("at").first()
        if not confirmed or (ended and confirmed.at > ended):
            return
        for event in self.made:
            if event.entry and event.entry.kind == Kind.VERDICT and event.at == confirmed.at:
                event.anchor = Anchor.DIAGNOSED
                return

    def _text(self, entry: TimelineEntry) -> str:
        who = self.roles.of(entry.actor)
        if entry.kind == Kind.PAGE:
            return "The on-call engineer was paged"
        if entry.kind == Kind.UNREACHABLE and entry.text.startswith("Could not page"):
            return "The on-call engineer could not be paged"
        if entry.kind == Kind.ACKNOWLEDGED:
            return f"Acknowledged by {who}"
        return entry.text

    def _source(self, entry: TimelineEntry) -> str:
        """ "Alertmanager alert", "note by the on-call engineer": how we know."""
        number, said = self.incident.number, entry.get_kind_display().lower()
        if entry.kind in {Kind.ALERT, Kind.ALERT_CLOSED}:
            dialects = dict(Integration.Dialect.choices)
            return f"{number}, {said} from {dialects.get(entry.source, entry.source) or 'outside'}"
        if entry.actor:
            return f"{number}, {said} by {self.roles.of(entry.actor)}"
        return f"{number}, {said}" + (f" ({entry.source})" if entry.source else "")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

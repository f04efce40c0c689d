"""What a signal does to alerts that are open already, and to their incidents.

It decides:

* A trigger of an open alert is appended to it. One that got worse raises its incident, so that it pages.
* A new alert of a group joins the open incident of that group; it triggers a mitigated one again, and a worse severity
  raises it. An incident that somebody has taken stays with that person.
* An acknowledge takes the incident, a resolve closes the alert; when an incident's last open alert closes, the incident
  is resolved.
* An alert ends with its incident: when a person has resolved that and the sender still triggers, a new one opens.
* An acknowledge or resolve that finds no open alert is noted and changes nothing, as the dialects demand.

The caller holds the transaction and the locks on the alerts' keys (`oncall/receiving.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from oncall import filing
from oncall.filing import Message, OpenAlert, severity_of
from oncall.models import Alert, AlertEvent, Incident
from oncall.sources.events import Event


@dataclass(frozen=True, slots=True)
class About:
    """One message, and the open alerts it may be about, by dedup key; their incidents are locked."""

    message: Message
    signal_id: int
    alerts: dict[str, OpenAlert]
    groups: dict[str, Incident]
    incidents: dict[int, Incident]


def lock_incidents(alerts: Sequence[OpenAlert], now: datetime) -> dict[int, Incident]:
    """The open incidents of these alerts, locked in the order of their numbers; alerts of others are closed."""
    if not alerts:
        return {}
    numbers = {alert.incident_id for alert in alerts if alert.incident_id}
    locked = Incident.objects.filter(pk__in=numbers).order_by("pk").select_for_update()
    incidents = {incident.pk: incident for incident in locked if incident.state != Incident.State.RESOLVED}
    stale = [alert.id for alert in alerts if alert.incident_id not in incidents]
    if stale:
        Alert.objects.filter(pk__in=stale).update(state=Alert.State.CLOSED, closed_at=now)
    return incidents


def about(incidents: dict[int, Incident], message: Message, signal_id: int, alerts: Iterable[OpenAlert]) -> About:
    """What this message may be about: those of the alerts whose incident is open."""
    live = [alert for alert in alerts if alert.incident_id in incidents]
    groups: dict[str, Incident] = {}
    for alert in live:
        if alert.group_key and alert.incident_id:
            groups.setdefault(alert.group_key, incidents[alert.incident_id])
    return About(message, signal_id, {alert.dedup_key: alert for alert in live}, groups, incidents)


def append(about: About, events: Iterable[Event]) -> bool:
    """Repeats of open alerts; returns whether one got worse. New alerts are the caller's."""
    found = [event for event in events if event.action == "trigger" and event.dedup_key in about.alerts]
    _note(about, found)
    worse = [event for event in found if (event.severity or 5) < about.alerts[event.dedup_key].severity]
    for event in worse:
        alert = about.alerts[event.dedup_key]
        Alert.objects.filter(pk=alert.id).update(severity=event.severity)
        _raise_severity(about, about.incidents[alert.incident_id or 0], severity_of(event))
    return bool(worse)


def follow(about: About, events: Iterable[Event]) -> None:
    """Acknowledge and resolve; after new alerts are written, so that an incident with a new one is not resolved."""
    said = [event for event in events if event.action != "trigger"]
    found = [event for event in said if event.dedup_key in about.alerts]
    _drop(about, [event for event in said if event.dedup_key not in about.alerts])
    _note(about, found)
    _acknowledge(about, [event for event in found if event.action == "acknowledge"])
    _close(about, [event for event in found if event.action == "resolve"])


def join(about: About, events: Sequence[Event], incident: Incident) -> None:
    """New alerts come to this incident, which is open; the caller writes them."""
    _raise_severity(about, incident, min(map(severity_of, events)))
    if incident.state == Incident.State.MITIGATED:
        incident.trigger_again(by=None, at=about.message.now, source=about.message.dialect)
    # Held by a mute of other alerts, perhaps; whether by one of these too is judged by the next tick.
    waiting = Incident.objects.filter(pk=incident.pk, state=Incident.State.TRIGGERED, pages_made=0, ignores_holds=False)
    waiting.filter(page_after__gt=about.message.now).update(page_after=about.message.now)


def _drop(about: About, events: Sequence[Event]) -> None:
    """That this signal spoke of alerts that are not open."""
    if events:
        AlertEvent.objects.bulk_create(
            AlertEvent(signal_id=about.signal_id, alert=None, action=event.action, at=about.message.now)
            for event in events
        )


def _note(about: About, events: Sequence[Event]) -> None:
    """That this signal spoke of these alerts."""
    if not events:
        return
    ids = [about.alerts[event.dedup_key].id for event in events]
    AlertEvent.objects.bulk_create(
        AlertEvent(signal_id=about.signal_id, alert_id=alert_id, action=event.action, at=about.message.now)
        for alert_id, event in zip(ids, events, strict=True)
    )
    Alert.objects.filter(pk__in=ids).update(last_signal_at=about.message.now, signal_count=F("signal_count") + 1)


def _raise_severity(about: About, incident: Incident, severity: int) -> None:
    if severity < incident.severity:
        incident.change_severity(severity, by=None, at=about.message.now, source=about.message.dialect)


def _acknowledge(about: About, events: Sequence[Event]) -> None:
    for incident in _incidents_of(about, events):
        if incident.state == Incident.State.TRIGGERED:
            incident.acknowledge(by=None, at=about.message.now, source=about.message.dialect)


def _close(about: About, events: Sequence[Event]) -> None:
    over = {about.alerts[event.dedup_key].id: event.ended_at for event in events}
    filing.close_alerts(about.message, over)
    for incident in _incidents_of(about, events):
        if not incident.alerts.open().exists():
            incident.resolve(by=None, at=about.message.now, source=about.message.dialect)


def _incidents_of(about: About, events: Sequence[Event]) -> list[Incident]:
    numbers = {about.alerts[event.dedup_key].incident_id or 0 for event in events}
    return [about.incidents[number] for number in sorted(numbers)]

"""Signal → alert → incident: what an accepted message changes, in one transaction before it is answered.

It decides which alert a signal is about and which incident that alert belongs to:

* An alert is known by its dedup key among the open alerts of its integration; a trigger on an open one is appended.
* New alerts with a group key join the open incident of that group on that integration, else all open one together.
  An alert without a group key opens an incident of its own.
* A new alert on a mitigated incident triggers it again; a worse severity raises the incident's.
* An alert ends with its incident: when a person has resolved it and the sender still triggers, a new one opens.
* When the last open alert of an incident closes, the incident is resolved.

It does not decide who is paged (`oncall/paging.py`) nor what a message means (`oncall/sources/`). Its statements are
in `oncall/filing.py`.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F

from oncall import filing
from oncall.models import Alert, AlertEvent, Incident, Integration
from oncall.models.incidents import LOWEST_PAGING
from oncall.models.timeline import announce
from oncall.payloads import Answer, Headers, Malformed
from oncall.sources.events import Dialect, Event

# Advisory locks live in a small shared table: beyond this many, keys of one integration share them. The number in front
# keeps them apart from the locks of others.
LOCKS = 256
LOCKS_OF_ALERTS = 0x4552 << 48


def receive(
    integration: Integration,
    dialect: Dialect,
    body: bytes,
    headers: Headers,
    *,
    remote: str | None,
    now: datetime,
    wake: Callable[[], None] | None = None,
) -> Answer:
    """Take one message in; what is answered with success is committed.

    `wake` is called after a commit that owes a page.
    A body that the dialect does not allow is kept with its reasons and answered with the dialect's error. Raises
    `django.db.Error` when the database cannot take it; then nothing was stored.
    """
    message = filing.Message(integration, dialect.name, body, filing.kept(headers), remote, now)
    try:
        events = dialect.parse(body, headers)
    except Malformed as refusal:
        filing.refuse(message, refusal.reasons)
        return dialect.refused(refusal.reasons)
    with transaction.atomic():
        owes_page = _take(message, events)
        if owes_page and wake:
            transaction.on_commit(wake)
    return dialect.accepted(events)


def _take(message: filing.Message, events: Sequence[Event]) -> bool:
    """Returns whether somebody may have to be paged now."""
    # The sender's last word about an alert counts; the signal keeps the others.
    by_key = {event.dedup_key: event for event in events}
    groups = {event.group_key for event in events if event.group_key}
    filing.lock(_locks(message.integration.pk, [*by_key, *groups]))
    notes = [note for event in events for note in event.notes]
    signal_id, known = filing.accept(message, list(by_key), list(groups), " ".join(notes))
    filing.touch(message)
    if known:
        return _apply(message, signal_id, by_key, known)
    _drop(message, signal_id, [event for event in by_key.values() if event.action != "trigger"])
    bundles = _bundles(event for event in by_key.values() if event.action == "trigger")
    for bundle in bundles:
        _open(message, signal_id, bundle)
    return bool(bundles)


def _locks(integration_id: int, keys: Iterable[str]) -> list[int]:
    """Numbers that stand for these keys on this integration, sorted so that nobody waits for each other in a circle."""
    buckets = {zlib.crc32(key.encode()) % LOCKS for key in keys}
    return sorted(LOCKS_OF_ALERTS + integration_id * LOCKS + bucket for bucket in buckets)


def _bundles(events: Iterable[Event]) -> list[list[Event]]:
    """Events that share an incident: those of a group, and each one without a group alone."""
    bundles: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        bundles.setdefault((event.group_key, "" if event.group_key else event.dedup_key), []).append(event)
    return list(bundles.values())


def severity_of(event: Event) -> int:
    """What the sender says, else a severity that pages."""
    return event.severity or filing.UNKNOWN_SEVERITY


def _open(message: filing.Message, signal_id: int, bundle: list[Event]) -> None:
    """One new incident with these alerts. Its first page is owed at once."""
    worst = min(bundle, key=severity_of)
    severity = severity_of(worst)
    incident_id = filing.open_incident(
        message,
        signal_id,
        bundle,
        worst=worst,
        severity=severity,
        page_after=message.now if severity <= LOWEST_PAGING else None,
    )
    announce(f"incident:{incident_id}", "incidents")


def _drop(message: filing.Message, signal_id: int, events: Iterable[Event]) -> None:
    """An acknowledge or resolve that finds no open alert is noted and changes nothing, as the dialects demand."""
    AlertEvent.objects.bulk_create(
        AlertEvent(signal_id=signal_id, alert=None, action=event.action, at=message.now) for event in events
    )


@dataclass(slots=True)
class _Known:
    """The open alerts that a message may be about, and their incidents, locked."""

    alerts: dict[str, filing.OpenAlert]
    incidents: dict[int, Incident]
    groups: dict[str, Incident] = field(default_factory=dict)


def _apply(
    message: filing.Message, signal_id: int, by_key: dict[str, Event], open_alerts: Sequence[filing.OpenAlert]
) -> bool:
    """The general case: some of the alerts, or others of their group, are open already."""
    known = _lock_incidents(message, open_alerts)
    triggers = [event for event in by_key.values() if event.action == "trigger"]
    others = [event for event in by_key.values() if event.action != "trigger"]
    got_worse = _append(message, signal_id, [event for event in triggers if event.dedup_key in known.alerts], known)
    bundles = _bundles(event for event in triggers if event.dedup_key not in known.alerts)
    for bundle in bundles:
        incident = known.groups.get(bundle[0].group_key)
        if incident:
            _join(message, signal_id, bundle, incident)
        else:
            _open(message, signal_id, bundle)
    _drop(message, signal_id, [event for event in others if event.dedup_key not in known.alerts])
    found = [event for event in others if event.dedup_key in known.alerts]
    _acknowledge(message, signal_id, [event for event in found if event.action == "acknowledge"], known)
    _close(message, signal_id, [event for event in found if event.action == "resolve"], known)
    return got_worse or bool(bundles)


def _lock_incidents(message: filing.Message, open_alerts: Sequence[filing.OpenAlert]) -> _Known:
    """Lock in the order of numbers, then close the alerts whose incident is over."""
    numbers = {alert.incident_id for alert in open_alerts if alert.incident_id}
    locked = Incident.objects.filter(pk__in=numbers).order_by("pk").select_for_update()
    incidents = {incident.pk: incident for incident in locked if incident.state != Incident.State.RESOLVED}
    stale = [alert.id for alert in open_alerts if alert.incident_id not in incidents]
    if stale:
        Alert.objects.filter(pk__in=stale).update(state=Alert.State.CLOSED, closed_at=message.now)
    live = [alert for alert in open_alerts if alert.incident_id in incidents]
    known = _Known({alert.dedup_key: alert for alert in live}, incidents)
    for alert in live:
        if alert.group_key and alert.incident_id:
            known.groups.setdefault(alert.group_key, incidents[alert.incident_id])
    return known


def _append(message: filing.Message, signal_id: int, events: Sequence[Event], known: _Known) -> bool:
    """Repeats of open alerts. One that got worse raises its incident, so that it pages if it did not before."""
    _note_events(message, signal_id, events, known)
    got_worse = False
    for event in events:
        alert = known.alerts[event.dedup_key]
        if event.severity and event.severity < alert.severity:
            Alert.objects.filter(pk=alert.id).update(severity=event.severity)
            _raise_severity(message, known.incidents[alert.incident_id or 0], event.severity)
            got_worse = True
    return got_worse


def _join(message: filing.Message, signal_id: int, bundle: list[Event], incident: Incident) -> None:
    """New alerts of a group whose incident is open."""
    filing.join_incident(message, signal_id, bundle, incident.pk)
    _raise_severity(message, incident, min(map(severity_of, bundle)))
    if incident.state == Incident.State.MITIGATED:
        incident.trigger_again(by=None, at=message.now, source=message.dialect)
    announce(f"incident:{incident.pk}", "incidents")


def _raise_severity(message: filing.Message, incident: Incident, severity: int) -> None:
    if severity < incident.severity:
        incident.change_severity(severity, by=None, at=message.now, source=message.dialect)


def _acknowledge(message: filing.Message, signal_id: int, events: Sequence[Event], known: _Known) -> None:
    _note_events(message, signal_id, events, known)
    for incident in _incidents_of(events, known):
        if incident.state == Incident.State.TRIGGERED:
            incident.acknowledge(by=None, at=message.now, source=message.dialect)


def _close(message: filing.Message, signal_id: int, events: Sequence[Event], known: _Known) -> None:
    """Alerts that are over; an incident without an open alert is over too."""
    _note_events(message, signal_id, events, known)
    over = {known.alerts[event.dedup_key].id: event.ended_at for event in events}
    filing.close_alerts(message, over)
    for incident in _incidents_of(events, known):
        if not incident.alerts.open().exists():
            incident.resolve(by=None, at=message.now, source=message.dialect)


def _incidents_of(events: Iterable[Event], known: _Known) -> list[Incident]:
    numbers = {known.alerts[event.dedup_key].incident_id or 0 for event in events}
    return [known.incidents[number] for number in sorted(numbers)]


def _note_events(message: filing.Message, signal_id: int, events: Sequence[Event], known: _Known) -> None:
    """That this signal spoke of these alerts."""
    if not events:
        return
    ids = [known.alerts[event.dedup_key].id for event in events]
    AlertEvent.objects.bulk_create(
        AlertEvent(signal_id=signal_id, alert_id=alert_id, action=event.action, at=message.now)
        for alert_id, event in zip(ids, events, strict=True)
    )
    Alert.objects.filter(pk__in=ids).update(last_signal_at=message.now, signal_count=F("signal_count") + 1)

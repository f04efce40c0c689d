"""The statements with which `oncall/receiving.py` writes signals, alerts and incidents down.

Written by hand because the storm of the night comes through here: the way of a new alert is three statements, where the
ORM needs nine. It decides nothing but how; which alert joins which incident is decided by its caller, who also opens
the transaction. Every text is passed in as a parameter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection

from oncall.models import Alert, Integration, Signal, TimelineEntry
from oncall.models.timeline import announce
from oncall.payloads import Headers, clean, cut, header
from oncall.sources.events import ENVIRONMENT_LABELS, Event

# Where a sender names no severity it knows, somebody is paged.
UNKNOWN_SEVERITY = 3
TITLE_LIMIT = 500
KEPT_HEADERS = ("Content-Type", "User-Agent", "X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256")
# More alerts of one signal than this are one line in the timeline.
LINES_LIMIT = 20
# The key's last use is for people; writing it every time would make every request wait for the one before.
LAST_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Message:
    """One request at a door whose key was right. `remote` is the client's address, if it is known."""

    integration: Integration
    dialect: str
    body: bytes
    headers: Mapping[str, str]
    remote: str | None
    now: datetime


class OpenAlert(NamedTuple):
    """What must be known of an open alert."""

    id: int
    dedup_key: str
    group_key: str
    incident_id: int | None
    severity: int


LOCK = "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number"

ACCEPT = """
WITH signal AS (
    INSERT INTO oncall_signal (integration_id, dialect, received_at, remote, headers, body, state, reason)
    VALUES (%(integration)s, %(dialect)s, %(now)s, %(remote)s, %(headers)s, %(body)s, 'accepted', %(reason)s)
    RETURNING id
)
SELECT signal.id, alert.id, alert.dedup_key, alert.group_key, alert.incident_id, alert.severity
FROM signal LEFT JOIN oncall_alert AS alert ON alert.integration_id = %(integration)s AND alert.state = 'open'
    AND (alert.dedup_key = ANY(%(keys)s) OR alert.group_key = ANY(%(groups)s))
"""

NEW_INCIDENT = """
    INSERT INTO oncall_incident (
        title, summary, service_id, environment_id, severity, state, moved_at, impact_started_at, detected_at,
        triggered_at, page_after, rank_after, cycle, round, step, pages_made
    )
    SELECT %(title)s, %(summary)s, %(service)s, (
            SELECT fresh.environment_id FROM fresh
            WHERE fresh.environment_id IS NOT NULL ORDER BY fresh.position LIMIT 1
        ), %(severity)s, 'triggered', %(now)s, least(min(fresh.started_at), %(now)s), %(now)s,
        %(now)s, %(page_after)s, %(now)s, 1, 0, 0, 0
    FROM fresh
    RETURNING id
"""

OLD_INCIDENT = "SELECT %(incident)s::bigint AS id"

ALERTS = """
WITH fresh AS (
    SELECT given.*, (
        SELECT environment.id FROM oncall_environment AS environment
        WHERE lower(environment.name) = ANY(given.places)
        ORDER BY array_position(given.places, lower(environment.name)) LIMIT 1
    ) AS environment_id
    FROM jsonb_to_recordset(%(alerts)s) AS given(
        position integer, dedup_key text, group_key text, title text, description text, severity smallint,
        labels jsonb, links jsonb, places text[], started_at timestamptz
    )
), incident AS ({incident}), alert AS (
    INSERT INTO oncall_alert (
        integration_id, service_id, incident_id, environment_id, dedup_key, group_key, title, description, severity,
        labels, links, state, started_at, opened_at, last_signal_at, signal_count
    )
    SELECT %(integration)s, %(service)s, incident.id, fresh.environment_id, fresh.dedup_key, fresh.group_key,
        fresh.title, fresh.description, fresh.severity, fresh.labels, fresh.links, 'open',
        coalesce(fresh.started_at, %(now)s), %(now)s, %(now)s, 1
    FROM fresh, incident ORDER BY fresh.position
    RETURNING id, title
), event AS (
    INSERT INTO oncall_alertevent (signal_id, alert_id, action, at)
    SELECT %(signal)s, alert.id, 'trigger', %(now)s FROM alert
), entry AS (
    INSERT INTO oncall_timelineentry (incident_id, at, kind, text, source, alert_id, is_starred)
    (SELECT incident.id, %(now)s, 'alert', alert.title, %(dialect)s, alert.id, false
     FROM alert, incident ORDER BY alert.id LIMIT %(lines)s)
    UNION ALL
    SELECT incident.id, %(now)s, 'alert', %(rest)s, %(dialect)s, NULL, false FROM incident WHERE %(rest)s <> ''
)
SELECT id FROM incident
"""

OPEN = ALERTS.format(incident=NEW_INCIDENT)
JOIN = ALERTS.format(incident=OLD_INCIDENT)


def kept(headers: Headers) -> dict[str, str]:
    """The headers that are kept with a signal; nothing that grants access."""
    found = {name: header(headers, name) for name in KEPT_HEADERS}
    return {name: cut(clean(value), 1000) for name, value in found.items() if value}


def lock(numbers: Sequence[int]) -> None:
    """Wait until nobody else changes what these numbers stand for; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(numbers)])


def accept(message: Message, keys: Sequence[str], groups: Sequence[str], reason: str) -> tuple[int, list[OpenAlert]]:
    """Keep the signal; returns its number and the open alerts with these keys or of these groups."""
    fields = _signal_fields(message) | {"keys": list(keys), "groups": list(groups), "reason": reason}
    with connection.cursor() as cursor:
        cursor.execute(ACCEPT, fields)
        rows = cursor.fetchall()
    return rows[0][0], [OpenAlert(*row[1:]) for row in rows if row[1] is not None]


def refuse(message: Message, reasons: Sequence[str]) -> Signal:
    """Keep a message that could not be understood, with the reasons, for the administrator's tray."""
    return keep(message, state=Signal.State.REFUSED, reason="\n".join(reasons))


def keep(message: Message, *, state: str = Signal.State.ACCEPTED, reason: str = "") -> Signal:
    """Keep a message as it came."""
    return Signal.objects.create(
        integration=message.integration,
        dialect=message.dialect,
        received_at=message.now,
        remote=message.remote,
        headers=dict(message.headers),
        body=message.body,
        state=state,
        reason=reason,
    )


def touch(message: Message) -> None:
    """Note that the key is in use, at most once a minute."""
    last = message.integration.last_used_at
    if last is None or message.now - last > LAST_USED_EVERY:
        Integration.objects.filter(pk=message.integration.pk).update(last_used_at=message.now)


def open_incident(
    message: Message,
    signal_id: int,
    events: Sequence[Event],
    *,
    worst: Event,
    severity: int,
    page_after: datetime | None,
) -> int:
    """A new incident with one new alert for each event, their events and the timeline; returns its number."""
    facts = {
        "title": cut(worst.title, TITLE_LIMIT),
        "summary": worst.description,
        "severity": severity,
        "page_after": page_after,
    }
    return _write(OPEN, message, signal_id, events, facts)


def join_incident(message: Message, signal_id: int, events: Sequence[Event], incident_id: int) -> None:
    """One new alert for each event in an incident that is open and locked by the caller."""
    _write(JOIN, message, signal_id, events, {"incident": incident_id})


def close_alerts(message: Message, over: Mapping[int, datetime | None]) -> None:
    """These alerts are over, since the given times where the sender gave one; written to the timelines."""
    if not over:
        return
    closed = list(Alert.objects.filter(pk__in=over).order_by("pk"))
    for alert in closed:
        alert.state, alert.closed_at = Alert.State.CLOSED, min(over[alert.pk] or message.now, message.now)
    Alert.objects.bulk_update(closed, ["state", "closed_at"])
    entries = [_closing_line(message, alert, alert.incident_id) for alert in closed if alert.incident_id]
    TimelineEntry.objects.bulk_create(entries[:LINES_LIMIT])
    announce(*sorted({f"incident:{entry.incident_id}" for entry in entries}), "incidents")


def _closing_line(message: Message, alert: Alert, incident_id: int) -> TimelineEntry:
    return TimelineEntry(
        incident_id=incident_id,
        at=message.now,
        kind=TimelineEntry.Kind.ALERT_CLOSED,
        text=alert.title,
        source=message.dialect,
        alert=alert,
    )


def _write(statement: str, message: Message, signal_id: int, events: Sequence[Event], facts: Mapping[str, Any]) -> int:
    rest = len(events) - LINES_LIMIT
    fields = _signal_fields(message) | {
        "signal": signal_id,
        "service": message.integration.service_id,
        "alerts": orjson.dumps([_row(position, event, message.now) for position, event in enumerate(events)]).decode(),
        "lines": LINES_LIMIT,
        "rest": f"{rest} more alerts" if rest > 0 else "",
        **facts,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, fields)
        return cursor.fetchone()[0]


def _signal_fields(message: Message) -> dict[str, Any]:
    return {
        "integration": message.integration.pk,
        "dialect": message.dialect,
        "now": message.now,
        "remote": message.remote,
        "headers": orjson.dumps(dict(message.headers)).decode(),
        "body": message.body,
    }


def _row(position: int, event: Event, now: datetime) -> dict[str, Any]:
    title = cut(event.title, TITLE_LIMIT)
    # What is cut off the title is not lost.
    description = event.description if title == event.title else f"{event.title}\n\n{event.description}"
    return {
        "position": position,
        "dedup_key": event.dedup_key,
        "group_key": event.group_key,
        "title": title,
        "description": description,
        "severity": event.severity or UNKNOWN_SEVERITY,
        "labels": event.labels,
        "links": event.links,
        "places": _places(event),
        # A sender's clock may run ahead; nothing begins after it was heard of.
        "started_at": min(event.started_at, now) if event.started_at else None,
    }


def _places(event: Event) -> list[str]:
    """Names under which the environment may be known here, lower-cased, the likeliest first."""
    said = [event.environment, *(event.labels.get(name, "") for name in ENVIRONMENT_LABELS)]
    names = [name.strip().lower() for name in said if name.strip()]
    joined = [f"{first}-{second}" for first in names[:2] for second in names if first != second]
    return list(dict.fromkeys(_short(names + joined)))


def _short(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if len(name) <= 80)

"""The statements with which `oncall/receiving.py` writes signals, alerts and incidents down.

Written by hand because the storm of the night comes through here: any number of new alerts is three statements, where
the ORM needs nine for one. It decides nothing but how; which alert joins which incident is decided by its callers, who
also open the transaction. Every text is passed in as a parameter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection

from oncall.models import Alert, Integration, Signal, TimelineEntry
from oncall.models.incidents import LOWEST_PAGING, Severity
from oncall.models.timeline import announce
from oncall.payloads import Headers, clean, cut, header
from oncall.sources.events import ENVIRONMENT_LABELS, Event

# Where a sender names no severity it knows, somebody is paged.
UNKNOWN_SEVERITY: int = Severity.SEV3
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


class Sheet(NamedTuple):
    """A message to keep, and the alerts it may be about."""

    message: Message
    keys: list[str]
    groups: list[str]
    notes: str


class Bundle(NamedTuple):
    """New alerts that share an incident: the one with this number, or a new one."""

    message: Message
    signal_id: int
    events: Sequence[Event]
    incident_id: int | None


LOCK = "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number"

# Numbers are drawn first, so that what was given and what was written can be told together. Each key is looked up by
# itself, which OFFSET 0 makes sure of: in the first minutes of a database, before it has statistics, the planner would
# rather read all open alerts of the integration.
ACCEPT = """
WITH given AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('oncall_signal', 'id')) AS id, sheet.*, contents.body
    FROM jsonb_to_recordset(%(sheets)s) AS sheet(
        position integer, integration_id bigint, dialect text, received_at timestamptz, remote inet, headers jsonb,
        reason text, keys text[], groups text[]
    )
    JOIN unnest(%(bodies)s::bytea[]) WITH ORDINALITY AS contents(body, position) USING (position)
), signal AS (
    INSERT INTO oncall_signal (id, integration_id, dialect, received_at, remote, headers, body, state, reason)
    SELECT id, integration_id, dialect, received_at, remote, headers, body, 'accepted', reason FROM given
)
SELECT given.position, given.id, alert.id, alert.dedup_key, alert.group_key, alert.incident_id, alert.severity
FROM given LEFT JOIN LATERAL (
    SELECT known.* FROM unnest(given.keys) AS wanted(dedup_key) CROSS JOIN LATERAL (
        SELECT * FROM oncall_alert
        WHERE integration_id = given.integration_id AND state = 'open' AND dedup_key = wanted.dedup_key OFFSET 0
    ) AS known
    UNION ALL
    SELECT known.* FROM unnest(given.groups) AS wanted(group_key) CROSS JOIN LATERAL (
        SELECT * FROM oncall_alert WHERE state = 'open' AND group_key = wanted.group_key OFFSET 0
    ) AS known WHERE known.integration_id = given.integration_id AND known.dedup_key <> ALL(given.keys)
) AS alert ON true
ORDER BY given.position, alert.id
"""

OPEN = """
WITH bundle AS MATERIALIZED (
    SELECT coalesce(known_id, nextval(pg_get_serial_sequence('oncall_incident', 'id'))) AS incident_id, given.*
    FROM jsonb_to_recordset(%(bundles)s) AS given(
        position integer, known_id bigint, signal_id bigint, integration_id bigint, service_id bigint, dialect text,
        now timestamptz, title text, summary text, severity smallint, started_at timestamptz, page_after timestamptz,
        rest text, alerts jsonb
    )
), fresh AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('oncall_alert', 'id')) AS id, bundle.incident_id, bundle.signal_id,
        bundle.integration_id, bundle.service_id, bundle.dialect, bundle.now, given.*, (
            SELECT environment.id FROM oncall_environment AS environment
            WHERE lower(environment.name) = ANY(given.places)
            ORDER BY array_position(given.places, lower(environment.name)) LIMIT 1
        ) AS environment_id
    FROM bundle CROSS JOIN LATERAL jsonb_to_recordset(bundle.alerts) AS given(
        place integer, dedup_key text, group_key text, title text, description text, severity smallint,
        labels jsonb, links jsonb, places text[], started_at timestamptz
    )
), incident AS (
    INSERT INTO oncall_incident (
        id, title, summary, service_id, environment_id, severity, state, moved_at, impact_started_at, detected_at,
        triggered_at, page_after, rank_after, cycle, round, step, pages_made, policy_version_id
    )
    SELECT incident_id, title, summary, service_id, (
            SELECT fresh.environment_id FROM fresh
            WHERE fresh.incident_id = bundle.incident_id AND fresh.environment_id IS NOT NULL
            ORDER BY fresh.place LIMIT 1
        ), severity, 'triggered', now, started_at, now, now, page_after, now, 1, 0, 0, 0, (
            SELECT policy.current_id FROM oncall_service AS service
            JOIN oncall_escalationpolicy AS policy ON policy.id = service.escalation_policy_id
            WHERE service.id = bundle.service_id
        )
    FROM bundle WHERE known_id IS NULL
), alert AS (
    INSERT INTO oncall_alert (
        id, integration_id, service_id, incident_id, environment_id, dedup_key, group_key, title, description,
        severity, labels, links, state, started_at, opened_at, last_signal_at, signal_count
    )
    SELECT id, integration_id, service_id, incident_id, environment_id, dedup_key, group_key, title, description,
        severity, labels, links, 'open', started_at, now, now, 1
    FROM fresh
), event AS (
    INSERT INTO oncall_alertevent (signal_id, alert_id, action, at) SELECT signal_id, id, 'trigger', now FROM fresh
), entry AS (
    INSERT INTO oncall_timelineentry (incident_id, at, kind, text, source, alert_id, is_starred)
    (SELECT incident_id, now, 'alert', title, dialect, id, false FROM fresh WHERE place < %(lines)s ORDER BY id)
    UNION ALL
    SELECT incident_id, now, 'alert', rest, dialect, NULL, false FROM bundle WHERE rest <> ''
)
SELECT incident_id FROM bundle ORDER BY position
"""


def kept(headers: Headers) -> dict[str, str]:
    """The headers that are kept with a signal; nothing that grants access."""
    found = {name: header(headers, name) for name in KEPT_HEADERS}
    return {name: cut(clean(value), 1000) for name, value in found.items() if value}


def lock(numbers: Sequence[int]) -> None:
    """Wait until nobody else changes what these numbers stand for; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(numbers)])


def accept(sheets: Sequence[Sheet]) -> list[tuple[int, list[OpenAlert]]]:
    """Keep the signals; returns, for each, its number and the open alerts with its keys or of its groups."""
    rows = [_sheet_row(position, sheet) for position, sheet in enumerate(sheets, 1)]
    fields: dict[str, Any] = {"sheets": orjson.dumps(rows).decode(), "bodies": [sheet.message.body for sheet in sheets]}
    numbers = [0] * len(sheets)
    known: list[list[OpenAlert]] = [[] for _ in sheets]
    with connection.cursor() as cursor:
        cursor.execute(ACCEPT, fields)
        for position, signal_id, *alert in cursor.fetchall():
            numbers[position - 1] = signal_id
            if alert[0] is not None:
                known[position - 1].append(OpenAlert(*alert))
    return list(zip(numbers, known, strict=True))


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


def touch(messages: Iterable[Message]) -> None:
    """Note that keys are in use, each at most once a minute."""
    stale = {
        message.integration.pk: message.now
        for message in messages
        if (last := message.integration.last_used_at) is None or message.now - last > LAST_USED_EVERY
    }
    # In the order of numbers, so that two batches never wait for each other in a circle.
    for pk in sorted(stale):
        Integration.objects.filter(pk=pk).update(last_used_at=stale[pk])


def open_alerts(bundles: Sequence[Bundle]) -> list[int]:
    """One new alert for each event, with a new incident for each bundle that has none; the incidents' numbers.

    The first page of a new incident is owed at once, when its severity pages. Incidents that alerts join are open and
    locked by the caller.
    """
    rows = [_bundle_row(position, bundle) for position, bundle in enumerate(bundles)]
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"bundles": orjson.dumps(rows).decode(), "lines": LINES_LIMIT})
        return [row[0] for row in cursor.fetchall()]


def severity_of(event: Event) -> int:
    """What the sender says, else a severity that pages."""
    return event.severity or UNKNOWN_SEVERITY


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


def _sheet_row(position: int, sheet: Sheet) -> dict[str, Any]:
    message = sheet.message
    return {
        "position": position,
        "integration_id": message.integration.pk,
        "dialect": message.dialect,
        "received_at": message.now,
        "remote": message.remote,
        "headers": message.headers,
        "reason": sheet.notes,
        "keys": sheet.keys,
        "groups": sheet.groups,
    }


def _bundle_row(position: int, bundle: Bundle) -> dict[str, Any]:
    message, events = bundle.message, bundle.events
    worst = min(events, key=severity_of)
    severity = severity_of(worst)
    alerts = [_alert_row(place, event, message.now) for place, event in enumerate(events)]
    rest = len(events) - LINES_LIMIT
    return {
        "position": position,
        "known_id": bundle.incident_id,
        "signal_id": bundle.signal_id,
        "integration_id": message.integration.pk,
        "service_id": message.integration.service_id,
        "dialect": message.dialect,
        "now": message.now,
        "title": cut(worst.title, TITLE_LIMIT),
        "summary": worst.description,
        "severity": severity,
        "started_at": min(alert["started_at"] for alert in alerts),
        "page_after": message.now if severity <= LOWEST_PAGING else None,
        "rest": f"{rest} more alerts" if rest > 0 else "",
        "alerts": alerts,
    }


def _alert_row(place: int, event: Event, now: datetime) -> dict[str, Any]:
    title = cut(event.title, TITLE_LIMIT)
    # What is cut off the title is not lost.
    description = event.description if title == event.title else f"{event.title}\n\n{event.description}"
    return {
        "place": place,
        "dedup_key": event.dedup_key,
        "group_key": event.group_key,
        "title": title,
        "description": description,
        "severity": severity_of(event),
        "labels": event.labels,
        "links": event.links,
        "places": _places(event),
        # A sender's clock may run ahead; nothing begins after it was heard of.
        "started_at": min(event.started_at or now, now),
    }


def _places(event: Event) -> list[str]:
    """Names under which the environment may be known here, lower-cased, the likeliest first."""
    said = [event.environment, *(event.labels.get(name, "") for name in ENVIRONMENT_LABELS)]
    names = [name.strip().lower() for name in said if name.strip()]
    joined = [f"{first}-{second}" for first in names[:2] for second in names if first != second]
    return list(dict.fromkeys(_short(names + joined)))


def _short(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if len(name) <= 80)

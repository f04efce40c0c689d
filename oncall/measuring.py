"""How well pages go out: how long from accepted to sent and to delivered, what each provider took, what is owed.

Everything is read from the database, so that every process says the same; nothing is changed. Each question looks at
the last hour or day through an index by time, never at all attempts there are (tests/oncall/test_measuring.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from oncall.models import Attempt, Heartbeat, Incident, Signal, Violation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The upper bounds of a histogram's columns, in seconds; what took longer is in the last one.
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
SENT, DELIVERED = "sent", "delivered"
State = Attempt.State

# From the moment at which the incident was accepted until the first message about it went out by a channel, and until
# the first arrived. What waits on purpose is not counted: rules of the person, quiet hours, holds, later steps, other
# severities. Attempts are found by `attempts_by_age`; the rest is looked up by primary key, or by the unique constraint
# of attempts and the index `timeline_of_an_incident`.
LATENCIES = """
WITH recent AS MATERIALIZED (
    SELECT attempt.channel, attempt.sent_at, attempt.delivered_at, page.incident_id, incident.triggered_at
    FROM oncall_attempt AS attempt
    JOIN oncall_page AS page ON page.id = attempt.page_id AND page.user_id IS NOT NULL
    JOIN oncall_incident AS incident ON incident.id = page.incident_id AND incident.cycle = page.cycle
    WHERE attempt.created_at >= %(since)s AND attempt.priority = 0 AND attempt.sent_at IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM oncall_attempt AS first_try
            WHERE first_try.page_id = attempt.page_id AND first_try.rule = attempt.rule AND first_try.number = 1
                AND first_try.contact_method_id = attempt.contact_method_id AND first_try.send_after > page.opened_at
        )
        AND NOT EXISTS (
            SELECT 1 FROM oncall_timelineentry AS entry
            WHERE entry.incident_id = incident.id AND entry.kind IN ('held', 'rerouted', 'reassigned', 'severity')
        )
), firsts AS (
    SELECT channel, 'sent' AS what, min(sent_at) - min(triggered_at) AS span
    FROM recent GROUP BY channel, incident_id
    UNION ALL
    SELECT channel, 'delivered', min(delivered_at) - min(triggered_at)
    FROM recent WHERE delivered_at IS NOT NULL GROUP BY channel, incident_id
), timed AS (
    SELECT channel, what, greatest(extract(epoch FROM span), 0)::float8 AS seconds FROM firsts
), placed AS (
    SELECT channel, what, seconds, width_bucket(seconds, %(bounds)s::float8[]) AS place FROM timed
)
SELECT channel, what, place, count(*), sum(seconds),
    percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds)
FROM placed GROUP BY GROUPING SETS ((channel, what, place), (channel, what))
ORDER BY channel, what, place NULLS FIRST
"""

# Partial indexes hold exactly what is owed, so this is cheap however long the history.
BACKLOG = """
SELECT 'incidents', count(*), min(page_after) FROM oncall_incident WHERE state = 'triggered' AND page_after <= %(now)s
UNION ALL
SELECT 'snoozes', count(*), min(snoozed_until) FROM oncall_incident WHERE snoozed_until <= %(now)s
UNION ALL
SELECT 'attempts', count(*), min(send_after) FROM oncall_attempt WHERE state = 'pending' AND send_after <= %(now)s
UNION ALL
SELECT 'responders', count(*), min(page_after) FROM oncall_responder WHERE page_after <= %(now)s
"""


@dataclass(slots=True)
class Latency:
    """How long messages took by one channel; `counts` has a place for each of BOUNDS and one for what took longer."""

    channel: str
    what: str
    count: int = 0
    total: float = 0.0
    quantiles: Mapping[float, float] = field(default_factory=dict)
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))


@dataclass(frozen=True, slots=True)
class Owed:
    """How much of one kind is due now, and since when the oldest of it."""

    kind: str
    count: int
    since: datetime | None


def latencies(since: datetime) -> list[Latency]:
    """Accepted → sent and accepted → delivered of every channel that sent something since then; one query."""
    found: dict[tuple[str, str], Latency] = {}
    for channel, what, place, count, total, quantiles in _rows(LATENCIES, since=since, bounds=list(BOUNDS)):
        latency = found.setdefault((channel, what), Latency(channel, what))
        if place is None:
            latency.count, latency.total = count, float(total)
            latency.quantiles = dict(zip((0.5, 0.95, 0.99), quantiles, strict=True))
        else:
            latency.counts[place] = count
    return list(found.values())


def backlog(now: datetime) -> list[Owed]:
    """What is due now: pages of incidents, ends of snoozes, attempts, responders' pages; one query."""
    return [Owed(*row) for row in _rows(BACKLOG, now=now)]


def attempts_by_state(since: datetime) -> list[tuple[str, str, int]]:
    """Channel, state and number of the attempts made since then; one query."""
    recent = Attempt.objects.filter(created_at__gte=since).order_by("channel", "state")
    return list(recent.values_list("channel", "state").annotate(count=Count("pk")))


def health(now: datetime) -> list[dict[str, Any]]:
    """What each channel's provider took and refused in the last hour and day, and its last words; two queries."""
    recent = Attempt.objects.filter(created_at__gte=now - DAY)
    lately = Q(created_at__gte=now - HOUR)
    counts = {
        f"{name}_{span}": Count("pk", filter=Q(state__in=states) & when)
        for name, states in OUTCOMES.items()
        for span, when in (("hour", lately), ("day", Q()))
    }
    rows = recent.order_by("channel").values("channel").annotate(last_success=Max("sent_at"), **counts)
    failed = recent.exclude(error="").order_by("channel", "-created_at").distinct("channel")
    errors = {row["channel"]: row for row in failed.values("channel", "created_at", "error")}
    return [{**row, "last_error": errors.get(row["channel"])} for row in rows]


OUTCOMES: Mapping[str, Sequence[State]] = {
    "sent": (State.SENT, State.DELIVERED),
    "failed": (State.FAILED,),
    "uncertain": (State.UNCERTAIN,),
    "waiting": (State.PENDING, State.SENDING),
}


def signals_by_state(since: datetime) -> list[tuple[str, str, int]]:
    """Dialect, state and number of the signals that came since then; one query."""
    recent = Signal.objects.filter(received_at__gte=since).order_by("dialect", "state")
    return list(recent.values_list("dialect", "state").annotate(count=Count("pk")))


def open_incidents() -> list[tuple[int, str, int]]:
    """Severity, state and number of the incidents that are not over, drills aside; one query."""
    is_open = [Incident.State.TRIGGERED, Incident.State.ACKNOWLEDGED, Incident.State.MITIGATED]
    found = Incident.objects.real().filter(state__in=is_open).order_by("severity", "state")
    return list(found.values_list("severity", "state").annotate(count=Count("pk")))


def open_violations() -> list[tuple[int, str, int]]:
    """Invariant, auditor and number of the open violations; one query."""
    found = Violation.objects.open().order_by("invariant", "auditor")
    return list(found.values_list("invariant", "auditor").annotate(count=Count("pk")))


def heartbeats() -> list[Heartbeat]:
    """Every sign of life; one query."""
    return list(Heartbeat.objects.order_by("name"))


def troubled_signals(now: datetime) -> QuerySet[Signal]:
    """What was refused or not routed in the last days, newest first: the administrator's tray."""
    recent = Signal.objects.troubled().filter(received_at__gte=now - 7 * DAY)
    return recent.select_related("integration__service").defer("body", "headers").order_by("-received_at", "-pk")


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

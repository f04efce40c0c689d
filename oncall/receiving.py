"""Signal → alert → incident: what accepted messages change, in one transaction before they are answered.

It decides what is read and locked, and that new alerts open incidents: those with a group key one for their group, each
one without its own. What happens to alerts that are open already is decided by `oncall/correlating.py`, who is paged by
`oncall/paging.py`, what a message means by `oncall/sources/`. The statements are in `oncall/filing.py`.

Messages that arrive at the same moment are written by one transaction (`oncall/gathering.py`): each is answered after
the commit that holds it.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, connection, transaction

from oncall import correlating, filing
from oncall.filing import Bundle, Message, OpenAlert
from oncall.gathering import Gatherer
from oncall.models import Integration
from oncall.models.timeline import announce
from oncall.payloads import Answer, Headers, Malformed
from oncall.sources.events import Dialect, Event

# Advisory locks live in a small shared table: beyond this many, keys of one integration share them. The number in front
# keeps them apart from the locks of others.
LOCKS = 256
LOCKS_OF_ALERTS = 0x4552 << 48


@dataclass(slots=True)
class Incoming:
    """A message on its way in, and what it says; `keys` and `groups` are those of its alerts."""

    message: Message
    events: dict[str, Event]
    keys: list[str]
    groups: list[str]
    wake: Callable[[], None] | None
    notes: str = ""
    signal_id: int = 0
    known: list[OpenAlert] = field(default_factory=list)


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

    A body that the dialect does not allow is kept with its reasons and answered with the dialect's error. `wake` is
    called after a commit that owes a page. Raises `django.db.Error` when the database cannot take the message; then
    nothing of it was stored.
    """
    message = Message(integration, dialect.name, body, filing.kept(headers), remote, now)
    try:
        events = dialect.parse(body, headers)
    except Malformed as refusal:
        filing.refuse(message, refusal.reasons)
        return dialect.refused(refusal.reasons)
    incoming = _incoming(message, events, wake)
    if connection.in_atomic_block:
        # Others must not wait for a transaction that is not ours to end.
        _take([incoming])
    else:
        pk = integration.pk
        _gatherer.submit(incoming, frozenset((pk, key) for key in (*incoming.keys, *incoming.groups)))
    return dialect.accepted(events)


def _incoming(message: Message, events: Sequence[Event], wake: Callable[[], None] | None) -> Incoming:
    # The sender's last word about an alert counts; the signal keeps the others.
    by_key = {event.dedup_key: event for event in events}
    groups = {event.group_key for event in events if event.group_key}
    notes = " ".join(note for event in events for note in event.notes)
    return Incoming(message, by_key, sorted(by_key), sorted(groups), wake, notes)


def _take(batch: Sequence[Incoming]) -> None:
    """Write messages that share no alert and no group: all of them or none."""
    with transaction.atomic():
        filing.lock(_locks(batch))
        kept = filing.accept([_sheet(incoming) for incoming in batch])
        for incoming, (signal_id, known) in zip(batch, kept, strict=True):
            incoming.signal_id, incoming.known = signal_id, known
            filing.touch(incoming.message)
        waking = {incoming.wake for incoming in batch if incoming.wake} if _apply(batch) else set()
        for wake in waking:
            transaction.on_commit(wake)


_gatherer: Gatherer[Incoming] = Gatherer(_take, splits=DataError)


def _locks(batch: Iterable[Incoming]) -> list[int]:
    """Numbers that stand for the keys on their integrations, sorted so that nobody waits for each other in a circle."""
    buckets = {
        (incoming.message.integration.pk, zlib.crc32(key.encode()) % LOCKS)
        for incoming in batch
        for key in (*incoming.keys, *incoming.groups)
    }
    return sorted(LOCKS_OF_ALERTS + integration_id * LOCKS + bucket for integration_id, bucket in buckets)


def _sheet(incoming: Incoming) -> filing.Sheet:
    return filing.Sheet(incoming.message, incoming.keys, incoming.groups, incoming.notes)


def _apply(batch: Sequence[Incoming]) -> bool:
    """Change what the messages say; returns whether somebody may have to be paged now."""
    incidents = correlating.lock_incidents([alert for one in batch for alert in one.known], batch[0].message.now)
    abouts = [correlating.about(incidents, one.message, one.signal_id, one.known) for one in batch]
    pairs = list(zip(abouts, (one.events.values() for one in batch), strict=True))
    got_worse = [correlating.append(about, events) for about, events in pairs]
    new = [bundle for about, events in pairs for bundle in _new(about, events)]
    if new:
        announce(*(f"incident:{number}" for number in filing.open_alerts(new)), "incidents")
    for about, events in pairs:
        correlating.follow(about, events)
    return any(got_worse) or bool(new)


def _new(about: correlating.About, events: Iterable[Event]) -> list[Bundle]:
    """The new alerts of a message with the incident that each belongs to."""
    fresh = [event for event in events if event.action == "trigger" and event.dedup_key not in about.alerts]
    bundles = []
    for bundle in _bundles(fresh):
        incident = about.groups.get(bundle[0].group_key)
        if incident:
            correlating.join(about, bundle, incident)
        bundles.append(Bundle(about.message, about.signal_id, bundle, incident.pk if incident else None))
    return bundles


def _bundles(events: Iterable[Event]) -> list[list[Event]]:
    """Events that share an incident: those of a group, and each one without a group alone."""
    bundles: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        bundles.setdefault((event.group_key, "" if event.group_key else event.dedup_key), []).append(event)
    return list(bundles.values())

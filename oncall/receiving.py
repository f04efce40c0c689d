"""Signal → alert → incident: what accepted messages change, in one transaction before they are answered.

It decides what is read and locked, and that new alerts open incidents: those with a group key one for their group, each
one without its own. What happens to alerts that are open already is decided by `oncall/correlating.py`, who is paged by
`oncall/paging.py`, what a message means by `oncall/sources/`. The statements are in `oncall/filing.py`.

Messages that arrive at the same moment are written by one transaction (decision 0014); each is answered after the
commit that holds it.
"""

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, transaction

from oncall import correlating, filing
from oncall.filing import Bundle, Message, OpenAlert
from oncall.models import Integration
from oncall.models.timeline import announce
from oncall.payloads import Answer, Headers, Malformed
from oncall.sources.events import Dialect, Event

logger = logging.getLogger(__name__)

UNSTORABLE = "A value is too long, out of range or of the wrong kind to be stored."
# Advisory locks live in a small shared table: beyond this many, keys of one integration share them. The number in front
# keeps them apart from the locks of others.
LOCKS = 256
LOCKS_OF_ALERTS = 0x4552 << 48


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request at the door of an integration, whose key was right; `remote` is the client's address, if known."""

    integration: Integration
    dialect: Dialect
    body: bytes
    headers: Headers
    remote: str | None
    now: datetime


@dataclass(slots=True)
class Incoming:
    """A delivery that was understood. `keys` and `groups` are those of its alerts, the rest is found out on the way."""

    position: int
    message: Message
    events: dict[str, Event]
    keys: list[str]
    groups: list[str]
    notes: str
    signal_id: int = 0
    known: list[OpenAlert] = field(default_factory=list)

    @property
    def stakes(self) -> set[tuple[int, str]]:
        """What no other message may change at the same time."""
        return {(self.message.integration.pk, key) for key in (*self.keys, *self.groups)}


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
    """Take one message in, as `receive_all` does."""
    return receive_all([Delivery(integration, dialect, body, headers, remote, now)], wake)[0]


def receive_all(deliveries: Sequence[Delivery], wake: Callable[[], None] | None = None) -> list[Answer]:
    """Take messages in, in this order; what is answered with success is committed.

    A body that its dialect does not allow is kept with its reasons and answered with the dialect's error. `wake` is
    called after a commit that owes a page. Raises `django.db.Error` when the database is away; then none of them counts
    as taken, though some may have been: sent again, they are appended to the same alerts.
    """
    answers: list[Answer] = [delivery.dialect.busy for delivery in deliveries]
    understood = []
    for position, delivery in enumerate(deliveries):
        message = Message(
            delivery.integration,
            delivery.dialect.name,
            delivery.body,
            filing.kept(delivery.headers),
            delivery.remote,
            delivery.now,
        )
        try:
            events = delivery.dialect.parse(delivery.body, delivery.headers)
        except Malformed as refusal:
            filing.refuse(message, refusal.reasons)
            answers[position] = delivery.dialect.refused(refusal.reasons)
        else:
            answers[position] = delivery.dialect.accepted(events)
            understood.append(_incoming(position, message, events))
    for batch in _batches(understood):
        for refused in _store(batch, wake):
            answers[refused.position] = deliveries[refused.position].dialect.refused([UNSTORABLE])
    return answers


def _incoming(position: int, message: Message, events: Sequence[Event]) -> Incoming:
    # The sender's last word about an alert counts; the signal keeps the others.
    by_key = {event.dedup_key: event for event in events}
    groups = {event.group_key for event in events if event.group_key}
    notes = " ".join(note for event in events for note in event.notes)
    return Incoming(position, message, by_key, sorted(by_key), sorted(groups), notes)


def _batches(understood: Iterable[Incoming]) -> Iterator[list[Incoming]]:
    """Messages that share no alert and no group, without one overtaking another."""
    batch: list[Incoming] = []
    taken: set[tuple[int, str]] = set()
    for incoming in understood:
        stakes = incoming.stakes
        if not taken.isdisjoint(stakes):
            yield batch
            batch, taken = [], set()
        batch.append(incoming)
        taken |= stakes
    if batch:
        yield batch


def _store(batch: Sequence[Incoming], wake: Callable[[], None] | None) -> list[Incoming]:
    """Write a batch, or each of it alone when the database minds a value; returns those that cannot be stored."""
    try:
        with transaction.atomic():
            if _take(batch) and wake:
                transaction.on_commit(wake)
    except DataError:
        if len(batch) > 1:
            return [refused for incoming in batch for refused in _store([incoming], wake)]
        # Sending it again would not help; the log has what the database minds.
        logger.exception("receiving.unstorable dialect=%s", batch[0].message.dialect)
        filing.refuse(batch[0].message, [UNSTORABLE])
        return list(batch)
    return []


def _take(batch: Sequence[Incoming]) -> bool:
    """Write messages that share nothing; returns whether somebody may have to be paged now."""
    filing.lock(_locks(batch))
    sheets = [filing.Sheet(one.message, one.keys, one.groups, one.notes) for one in batch]
    for incoming, (signal_id, known) in zip(batch, filing.accept(sheets), strict=True):
        incoming.signal_id, incoming.known = signal_id, known
    filing.touch([incoming.message for incoming in batch])
    return _apply(batch)


def _locks(batch: Iterable[Incoming]) -> list[int]:
    """Numbers that stand for the keys on their integrations, sorted so that nobody waits for each other in a circle."""
    buckets = {(pk, zlib.crc32(key.encode()) % LOCKS) for incoming in batch for pk, key in incoming.stakes}
    return sorted(LOCKS_OF_ALERTS + integration_id * LOCKS + bucket for integration_id, bucket in buckets)


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

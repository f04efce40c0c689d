"""Who sends which attempt when: every sender takes one that is due, sends it, and takes the next.

An attempt in hand has a lease instead of a transaction, because no network belongs inside one. The lease is renewed
while its sender lives, so it lapses only when the process has died, or when a provider holds a sender for minutes.
Each channel has senders of its own, and one address never occupies all of them: a slow provider delays its own
messages only. What becomes of an attempt is decided by `oncall/delivering.py`.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from oncall import delivering
from oncall.channels import REGISTRY
from oncall.models import Attempt
from oncall.models.pages import SKEW

logger = logging.getLogger(__name__)

# Messages of one channel on their way at the same time, in one process.
SENDERS = 8
# Of these, messages to the same address, in all processes together.
MOST_PER_ADDRESS = 4
# Seconds between two renewals of a lease; several fit into `Attempt.LEASE`.
RENEW_EVERY = 8
# A sender that takes longer than this many seconds hangs: its lease is not renewed any more.
PATIENCE = 180

# The lock under which attempts of a channel are taken, one sender after another.
TAKING = 0x4552_5441
# From this many pages to one address that are due at the same moment on, they become one message.
BUNDLE_FROM = 5
# Pages of one message.
MOST_BUNDLED = 500

# One statement, because it is on the way of every page. A provider that is slow has its attempts in
# hand; those of others go first. In a storm the first one takes along what else is due to the same address.
TAKE = """
WITH first AS MATERIALIZED (
    SELECT due.id, due.contact_method_id, due.address FROM oncall_attempt AS due
    WHERE due.state = 'pending' AND (due.send_after <= %(now)s OR due.created_at > %(skewed)s)
        AND due.channel = %(channel)s AND (
            SELECT count(DISTINCT coalesce(busy.bundle::text, busy.id::text)) FROM oncall_attempt AS busy
            WHERE busy.state = 'sending' AND busy.channel = due.channel AND busy.address = due.address
        ) < %(most)s
    ORDER BY due.priority, due.send_after, due.id
    LIMIT 1
    FOR UPDATE OF due SKIP LOCKED
), rest AS MATERIALIZED (
    SELECT due.id FROM oncall_attempt AS due
    JOIN first ON due.contact_method_id IS NOT DISTINCT FROM first.contact_method_id
    WHERE %(bundles)s AND due.state = 'pending' AND (due.send_after <= %(now)s OR due.created_at > %(skewed)s)
        AND due.channel = %(channel)s AND due.address = first.address AND due.id <> first.id
    ORDER BY due.priority, due.send_after, due.id
    LIMIT %(most_bundled)s
    FOR UPDATE OF due SKIP LOCKED
)
UPDATE oncall_attempt SET state = 'sending', leased_until = %(until)s
WHERE id IN (SELECT id FROM first UNION ALL SELECT id FROM rest WHERE (SELECT count(*) FROM rest) >= %(enough)s)
RETURNING id
"""


class Clock:
    """What time it has become since `now` was read; called like a function."""

    def __init__(self, now: datetime) -> None:
        self._now, self._read_at = now, time.monotonic()

    def __call__(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._read_at)


def send_due(now: datetime, at_once: int = SENDERS) -> int:
    """Send what is due until nothing is; returns how many attempts were dealt with.

    At most `at_once` of a channel go out at the same time; 1 means one after another, in the caller's thread.
    """
    due = Attempt.objects.sendable(now).filter(channel__in=REGISTRY)  # others are for a process of a newer release
    owed = Counter(dict(due.order_by().values_list("channel").annotate(Count("pk"))))
    if not owed:
        return 0
    clock = Clock(now)
    lanes = [channel for channel, count in owed.items() for _ in range(min(count, at_once))]
    with Leases(clock) as leases:
        if len(lanes) == 1 or at_once == 1:
            return sum(_send_all(channel, clock, leases) for channel in dict.fromkeys(lanes))
        with ThreadPoolExecutor(len(lanes)) as senders:
            return sum(senders.map(lambda channel: _in_own_thread(channel, clock, leases), lanes))


def take(channel: str, now: datetime) -> list[int]:
    """Lease the attempt of this channel that is due first and in nobody's hands; its number, none if there is none.

    Where many more are due to the same address, theirs come along, to go out as one message.
    """
    limits: dict[str, Any] = {
        "until": now + Attempt.LEASE,
        "now": now,
        "skewed": now + SKEW,
        "channel": channel,
        "most": MOST_PER_ADDRESS,
        "bundles": REGISTRY[channel].bundles,
        "enough": BUNDLE_FROM - 1,
        "most_bundled": MOST_BUNDLED - 1,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # A statement of its own: what takes next must see what was taken before, or one address gets all senders.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [TAKING, channel])
        cursor.execute(TAKE, limits)
        return [row[0] for row in cursor.fetchall()]


def _in_own_thread(channel: str, clock: Clock, leases: "Leases") -> int:
    """Send in a thread of its own, whose database connection ends with it. Without a database others send on."""
    try:
        return _send_all(channel, clock, leases)
    except Exception:
        logger.exception("paging.sender_failed channel=%s", channel)
        return 0
    finally:
        connection.close()


def _send_all(channel: str, clock: Clock, leases: "Leases") -> int:
    """One sender: takes an attempt, sends it, takes the next, until none is due. Nothing, if all places are taken."""
    dealt = 0
    with _place(channel) as is_free:
        while is_free and (taken := take(channel, clock())):
            try:
                with leases.held(taken):
                    delivering.send(taken, clock)
            except Exception:  # its lease lapses and another goes out; the next attempt need not wait for that
                logger.exception("paging.outcome_lost attempts=%s", taken)
            dealt += len(taken)
    return dealt


_places: Counter[str] = Counter()
_places_lock = threading.Lock()


@contextmanager
def _place(channel: str) -> Iterator[bool]:
    """One of the process's places for senders of this channel: False when ticks before this one have them all."""
    with _places_lock:
        is_free = _places[channel] < SENDERS
        _places[channel] += is_free
    try:
        yield is_free
    finally:
        with _places_lock:
            _places[channel] -= is_free


class Leases:
    """The leases of attempts in hand, renewed by a thread; a context manager."""

    def __init__(self, clock: Clock, every: float = RENEW_EVERY, patience: float = PATIENCE) -> None:
        self._clock, self._every, self._patience = clock, every, patience
        self._held: dict[int, float] = {}
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="leases", daemon=True)

    def __enter__(self) -> "Leases":
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._keeper.join()

    @contextmanager
    def held(self, taken: list[int]) -> Iterator[None]:
        """Within, the leases of these attempts do not lapse."""
        self._held |= dict.fromkeys(taken, time.monotonic())
        try:
            yield
        finally:
            for pk in taken:
                del self._held[pk]

    def _keep(self) -> None:
        while not self._ending.wait(self._every):
            try:
                self._renew()
            except Exception:  # the next renewal may succeed before the lease lapses
                logger.exception("paging.lease_not_renewed")
            finally:
                connection.close()

    def _renew(self) -> None:
        earliest = time.monotonic() - self._patience
        lively = [pk for pk, since in list(self._held.items()) if since >= earliest]
        in_hand = Attempt.objects.filter(pk__in=lively, state=Attempt.State.SENDING)
        in_hand.update(leased_until=self._clock() + Attempt.LEASE)

"""Many callers, one transaction: what arrives while the database writes is written together next.

It decides who does the work for whom, never what the work is. The first caller leads: it takes everything that waits,
works on it, hands out the outcomes, and passes the lead on. Nobody waits for a timer, so a lone caller loses nothing;
under load one commit serves many (group commit, as PostgreSQL itself does with its log).
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Job = TypeVar("Job")

MOST_AT_ONCE = 64


class _Waiting(Generic[Job]):
    """One caller's job and, in the end, its outcome."""

    __slots__ = ("error", "is_done", "is_leading", "job", "keys", "woken")

    def __init__(self, job: Job, keys: frozenset[Hashable]) -> None:
        self.job = job
        self.keys = keys
        self.woken = threading.Event()
        self.is_leading = False
        self.is_done = False
        self.error: Exception | None = None


class Gatherer(Generic[Job]):
    """Runs `work` on batches of jobs that share no key, one batch at a time in this process.

    `work` does all of a batch or, by raising, nothing; a batch that fails with `splits` is tried again job by job, so
    that one caller's fault is not another's.
    """

    def __init__(self, work: Callable[[Sequence[Job]], None], splits: type[Exception]) -> None:
        self._work = work
        self._splits = splits
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Job]] = deque()
        self._has_leader = False

    def submit(self, job: Job, keys: frozenset[Hashable]) -> None:
        """Have the job done; returns when it is. Raises what `work` raised for it."""
        mine = _Waiting(job, keys)
        with self._lock:
            self._queue.append(mine)
            mine.is_leading = not self._has_leader
            self._has_leader = True
        if not mine.is_leading:
            mine.woken.wait()
        while not mine.is_done:
            self._lead()
        if mine.is_leading:
            self._pass_on()
        if mine.error is not None:
            raise mine.error

    def _lead(self) -> None:
        """Take one batch from the front and do it."""
        batch = self._next_batch()
        self._attempt(batch)
        for waiting in batch:
            waiting.is_done = True
            waiting.woken.set()

    def _next_batch(self) -> list[_Waiting[Job]]:
        """The jobs in front that share no key; the first that does waits, so that order is kept."""
        batch: list[_Waiting[Job]] = []
        taken: set[Hashable] = set()
        with self._lock:
            while self._queue and len(batch) < MOST_AT_ONCE and taken.isdisjoint(self._queue[0].keys):
                waiting = self._queue.popleft()
                taken |= waiting.keys
                batch.append(waiting)
        return batch

    def _attempt(self, batch: Sequence[_Waiting[Job]]) -> None:
        try:
            self._work([waiting.job for waiting in batch])
        except self._splits as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            for waiting in batch:
                self._attempt([waiting])
        except Exception as error:  # every caller raises it; a leader that died here would leave the others waiting
            for waiting in batch:
                waiting.error = error

    def _pass_on(self) -> None:
        """Make the first that still waits the leader."""
        with self._lock:
            if not self._queue:
                self._has_leader = False
                return
            heir = self._queue[0]
            heir.is_leading = True
        heir.woken.set()

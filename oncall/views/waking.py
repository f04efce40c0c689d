"""One wake-up for many signals: a storm of a thousand a second needs no thousand messages to worker and screens.

It decides how often the worker is nudged from the doors, and open screens are told what came in. Nothing depends on it:
the tick finds what is due by itself, and screens look from time to time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from django.db import close_old_connections

from oncall.models.timeline import tell
from oncall.tasks import tick

logger = logging.getLogger(__name__)

# Signals within this time share a wake-up; the first one is passed on at once.
PAUSE_SECONDS = 0.05


class Waker:
    """Calls `nudge` and tells screens from a thread of its own, so that no sender waits for the broker or for them."""

    def __init__(self, nudge: Callable[[], None]) -> None:
        self._nudge = nudge
        self._wanted = threading.Event()
        self._is_work_waiting = False
        self._topics: dict[str, None] = {}
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have the worker look soon; returns at once."""
        self._is_work_waiting = True
        self._go()

    def announce(self, topics: Iterable[str]) -> None:
        """Have screens told soon; returns at once."""
        self._topics |= dict.fromkeys(topics)
        self._go()

    def _go(self) -> None:
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                self._start()

    def _start(self) -> None:
        # Not before it is needed: web servers fork, and threads do not come along.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            for owed in (self._wake, self._tell):
                try:
                    owed()
                except Exception:  # the thread must outlive any fault of broker and database
                    logger.exception("waking.failed")
            time.sleep(PAUSE_SECONDS)

    def _wake(self) -> None:
        if self._is_work_waiting:
            self._is_work_waiting = False
            self._nudge()

    def _tell(self) -> None:
        topics, self._topics = self._topics, {}
        if topics:
            close_old_connections()
            tell(topics)
            close_old_connections()  # nothing stays open where connections are not kept


def wake_worker() -> None:
    """Have the worker look for what is due; `nudge` is what every task of ours has, by config.broker.Nudge."""
    tick.nudge()  # type: ignore[attr-defined]


waker = Waker(wake_worker)

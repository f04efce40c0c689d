"""Threads in every worker: one says that it lives, one looks after the database, so that paging never needs the broker.

It decides when to step in: when no tick was seen for a while. What a tick does is not known here. They are two, because
a long tick is no reason to take the worker for dead.
"""

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from celery import bootsteps
from django.db import Error, close_old_connections
from django.utils import timezone

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SIGN_OF_LIFE_SECONDS = 5.0
# Ticks come every second; without one for this long the broker, the scheduler or the queue has failed.
QUIET = timedelta(seconds=2)


class Watch(threading.Thread):
    """Looks at once and every so many seconds until told to end."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self.seconds = seconds
        self._ending = threading.Event()

    def run(self) -> None:
        """An error is logged, and the next look is a new one."""
        while not self._ending.is_set():
            close_old_connections()
            try:
                self.look(timezone.now())
            except Error as error:
                logger.warning("the %s could not ask the database: %s", self.name, error)
            except Exception:
                # A fault in one due row must not end the only thread that pages when all else is down.
                logger.exception("the %s failed", self.name)
            self._ending.wait(self.seconds)
        close_old_connections()

    def look(self, now: datetime) -> None:
        """One look."""
        raise NotImplementedError

    def end(self) -> None:
        """Stop looking and wait for the look that is under way."""
        self._ending.set()
        self.join(timeout=10)


class Pulse(Watch):
    """Says that this worker lives, however long anything else takes."""

    def __init__(self, seconds: float = SIGN_OF_LIFE_SECONDS) -> None:
        super().__init__("pulse", seconds)

    def look(self, now: datetime) -> None:
        """A sign of life."""
        from oncall.models import Heartbeat

        Heartbeat.objects.beat("worker", now)


class Sweeper(Watch):
    """Runs the tick itself when nobody else does."""

    def __init__(self, seconds: float = LOOK_SECONDS) -> None:
        super().__init__("sweeper", seconds)

    def look(self, now: datetime) -> None:
        """A tick if none was seen."""
        from oncall.models import Heartbeat
        from oncall.tasks import tick

        if not Heartbeat.objects.is_fresh("tick", now, QUIET):
            tick()


class SweeperStep(bootsteps.StartStopStep):
    """Starts both with the worker: after its pool, and before it needs the broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.watches: list[Watch] = []

    def start(self, worker: Any) -> None:
        """The worker starts."""
        self.watches = [Pulse(), Sweeper()]
        for watch in self.watches:
            watch.start()

    def stop(self, worker: Any) -> None:
        """The worker stops."""
        for watch in self.watches:
            watch.end()

"""A thread in every worker that looks after the database itself, so that paging never depends on the broker.

It decides when to step in: when no tick was seen for a while. What a tick does is not known here.
"""

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from celery import bootsteps
from django.db import Error, close_old_connections
from django.utils import timezone

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1
# Ticks come every second; without one for this long the broker, the scheduler or the queue has failed.
QUIET = timedelta(seconds=2)
SIGN_OF_LIFE_EVERY = timedelta(seconds=5)


class Sweeper(threading.Thread):
    """Says that this worker lives, and runs the tick itself when nobody else does."""

    def __init__(self) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._ending = threading.Event()
        self._signed_at: datetime | None = None

    def run(self) -> None:
        """Look once a second until told to end; an error is logged and the next look is a new one."""
        while not self._ending.wait(LOOK_SECONDS):
            close_old_connections()
            try:
                self.look(timezone.now())
            except Error as error:
                logger.warning("the sweeper could not ask the database: %s", error)
            except Exception:
                # A fault in one due row must not end the only thread that pages when all else is down.
                logger.exception("the sweeper's tick failed")
        close_old_connections()

    def look(self, now: datetime) -> None:
        """One look: sign of life if it is time, a tick if none was seen."""
        from oncall.models import Heartbeat
        from oncall.tasks import tick

        if self._signed_at is None or now - self._signed_at >= SIGN_OF_LIFE_EVERY:
            Heartbeat.objects.beat("worker", now)
            self._signed_at = now
        if not Heartbeat.objects.is_fresh("tick", now, QUIET):
            tick()

    def end(self) -> None:
        """Stop looking and wait for the look that is under way."""
        self._ending.set()
        self.join(timeout=10)


class SweeperStep(bootsteps.StartStopStep):
    """Starts the sweeper with the worker: after its pool, and before it needs the broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.sweeper: Sweeper | None = None

    def start(self, worker: Any) -> None:
        """The worker starts."""
        self.sweeper = Sweeper()
        self.sweeper.start()

    def stop(self, worker: Any) -> None:
        """The worker stops."""
        if self.sweeper is not None:
            self.sweeper.end()

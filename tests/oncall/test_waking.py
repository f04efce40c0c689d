"""A storm is a few wake-ups, and the last signal is never slept through."""

import threading
import time

from oncall.views.waking import Waker


class Worker:
    """Counts nudges and remembers what was due when it was last nudged."""

    def __init__(self):
        self.due = 0
        self.seen = 0
        self.nudges = 0
        self.is_up_to_date = threading.Event()

    def nudge(self):
        self.nudges += 1
        self.seen = self.due
        if self.seen == 1000:
            self.is_up_to_date.set()


def test_a_thousand_signals_are_a_few_wake_ups_and_the_last_is_seen():
    worker = Worker()
    waker = Waker(worker.nudge)

    for worker.due in range(1, 1001):
        waker.wake()

    assert worker.is_up_to_date.wait(5)
    assert worker.nudges < 100


def test_the_first_signal_wakes_at_once():
    worker = Worker()
    worker.due = 1000
    began = time.monotonic()

    Waker(worker.nudge).wake()

    assert worker.is_up_to_date.wait(5)
    assert time.monotonic() - began < 1


def test_a_nudge_that_fails_does_not_end_the_waking():
    worker = Worker()
    worker.due = 1000
    faults = [OSError("the broker is away")]

    def nudge():
        if faults:
            raise faults.pop()
        worker.nudge()

    waker = Waker(nudge)
    while not worker.is_up_to_date.wait(0.05):
        waker.wake()

    assert worker.nudges >= 1

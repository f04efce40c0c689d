"""Many callers share one piece of work, and nobody is forgotten or blamed for another."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from oncall.gathering import Gatherer


class Fault(Exception):
    """What a job may be refused with."""


class Desk:
    """Work that can be held up, and notes what was done together."""

    def __init__(self):
        self.batches = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.has_begun = threading.Event()

    def work(self, jobs):
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        if "collapse" in jobs:
            raise OSError("the desk collapsed")
        if "bad" in jobs:
            raise Fault(f"{len(jobs)} jobs with a bad one")
        self.batches.append(list(jobs))

    @property
    def done(self):
        return sorted(job for batch in self.batches for job in batch)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(20) as pool:
        yield pool


def while_busy(desk, threads, gatherer, jobs):
    """Submit the jobs while the desk is busy with a first one; their futures."""
    desk.may_go_on.clear()
    first = threads.submit(gatherer.submit, "first", frozenset())
    assert desk.has_begun.wait(10)
    futures = []
    for number, (job, keys) in enumerate(jobs, 1):
        futures.append(threads.submit(gatherer.submit, job, frozenset(keys)))
        while len(gatherer._queue) < number:
            threading.Event().wait(0.001)
    desk.may_go_on.set()
    first.result(10)
    return futures


def test_a_lone_caller_waits_for_nobody(desk):
    Gatherer(desk.work, Fault).submit("only", frozenset())

    assert desk.batches == [["only"]]


def test_what_arrives_while_the_work_goes_on_is_done_together(desk, threads):
    gatherer = Gatherer(desk.work, Fault)

    for future in while_busy(desk, threads, gatherer, [(f"job {number}", {number}) for number in range(10)]):
        future.result(10)

    assert [len(batch) for batch in desk.batches] == [1, 10]


def test_jobs_with_a_common_key_are_done_one_after_the_other_in_their_order(desk, threads):
    gatherer = Gatherer(desk.work, Fault)

    for future in while_busy(desk, threads, gatherer, [("a", "x"), ("b", "y"), ("c", "xz"), ("d", "z")]):
        future.result(10)

    assert desk.batches == [["first"], ["a", "b"], ["c"], ["d"]]


def test_a_fault_is_only_its_own_callers(desk, threads):
    gatherer = Gatherer(desk.work, Fault)

    good, bad, other = while_busy(desk, threads, gatherer, [("good", "a"), ("bad", "b"), ("other", "c")])

    with pytest.raises(Fault, match="1 jobs"):
        bad.result(10)
    assert good.result(10) is other.result(10) is None
    assert desk.done == ["first", "good", "other"]


def test_a_collapse_is_everybodys_and_the_next_caller_goes_on(desk, threads):
    gatherer = Gatherer(desk.work, Fault)

    for future in while_busy(desk, threads, gatherer, [("good", "a"), ("collapse", "b")]):
        with pytest.raises(OSError, match="collapsed"):
            future.result(10)
    gatherer.submit("next", frozenset())

    assert desk.done == ["first", "next"]


def test_every_job_of_many_threads_is_done_once(desk, threads):
    gatherer = Gatherer(desk.work, Fault)

    def many(number):
        for count in range(100):
            gatherer.submit(number * 100 + count, frozenset({count % 7}))

    list(threads.map(many, range(20)))

    assert desk.done == list(range(2000))

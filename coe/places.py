"""How much costly work goes on at once in the whole installation: places that are taken for a while and given back.

The locks lie in the database, for there are many web processes; they are lost with the connection, so that nobody who
died keeps one. Whoever finds no place is told at once and asks again: waiting would keep others from being answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

# Ids of people are larger than what a lock is named by.
_LARGEST = 2**31 - 1


class Busy(Exception):
    """Every place is taken at this moment; the message says by whom."""


@contextmanager
def place(lock: int, slots: Iterable[int], busy: str) -> Iterator[None]:
    """One of these slots of a lock. Raises Busy with the sentence when there is none."""
    slot = next((slot % _LARGEST for slot in slots if _taken(lock, slot % _LARGEST)), None)
    if slot is None:
        raise Busy(busy)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, slot])


def _taken(lock: int, slot: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock, slot])
        return bool(cursor.fetchone()[0])

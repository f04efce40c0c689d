"""Bringing an index up to date from the change table, by whoever is about to read it.

It decides which changes are to be applied and when the index must be made anew. Any process may do it; one at a time
does, and the others read what there is. What a change means for the index is read from the COE itself, so applying one
twice, late or in another order does no harm.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from coe.models import COE, SearchChange
from coe.searching.documents import documents_for
from coe.searching.generations import Damaged, Generation
from coe.searching.index import SearchIndex
from coe.searching.position import Gap, Position

logger = logging.getLogger(__name__)

IN_PASSING = 1.0  # seconds that a search spends on catching up
PATIENCE = 0.25  # seconds that a search waits for somebody else who is writing
BATCH = 500  # changes in one commit
MOST_HIDDEN = 10_000  # COEs kept from sight while the index is behind; more only while it is filled for the first time
# A gap is watched at least so long, should the database hide from us how old its transactions are.
YOUNG = timedelta(minutes=2)

type_row = tuple[int, int, datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far catching up came: changes applied by this call, and whether none is left."""

    applied: int
    is_complete: bool


class AnotherLife(Exception):
    """The position is of another database, or of one whose tables were emptied since."""


def catch_up(index: SearchIndex, *, seconds: float = IN_PASSING, patience: float = PATIENCE) -> Progress:
    """Apply what changed since this index was last written; one query when nothing did.

    Gives up after `seconds`, or when somebody else still writes after `patience` seconds: what is left is applied next
    time. An index that is missing, damaged, of another schema or of another database is begun anew.
    """
    deadline = time.monotonic() + seconds
    try:
        generation = index.current()
        if generation is not None and not _pending(generation.position()):
            return Progress(0, is_complete=True)
    except (Damaged, AnotherLife, FileNotFoundError):
        logger.warning("search.index.begun_anew directory=%s", index.root, exc_info=True)
    with index.lock(patience) as is_ours:
        if not is_ours:
            return Progress(0, is_complete=False)
        return _apply_until(index, deadline)


def rebuild(index: SearchIndex) -> int:
    """Make the index anew beside the old one, which is read until the new one takes its place; returns its size.

    Changes made meanwhile are applied by the next `catch_up`: the position is that of the beginning.
    """
    position = _everything_so_far()
    made = index.begin()
    try:
        size = made.write(
            documents_for(COE.objects.published().order_by("pk").values_list("pk", flat=True)), [], position
        )
        with index.lock(wait=60) as is_ours:
            if not is_ours:
                raise TimeoutError("Somebody else has been writing to the search index for a minute.")
            index.swap(made)
    finally:
        shutil.rmtree(made.path, ignore_errors=True)  # swapped, it has another name
    return size


def mend(index: SearchIndex, patience: float = PATIENCE) -> bool:
    """Stop reading the current generation if it is damaged; False when it is sound, or somebody else is at it."""
    name = index.current_name()
    with index.lock(patience) as is_ours:
        if name is None or not is_ours:
            return False
        try:
            Generation.open(index.root / name)
        except (Damaged, FileNotFoundError):
            index.discard(name)
            return True
    return False


def changed_since(index: SearchIndex) -> frozenset[int]:
    """The COEs that changed since the index was written, the newest MOST_HIDDEN of them."""
    generation = index.current()
    if generation is None:
        return frozenset()
    position = generation.position()
    changes = _after(position).exclude(id=position.last).order_by("-id").values_list("coe_id", flat=True)
    return frozenset(changes[:MOST_HIDDEN])


def pending(index: SearchIndex, before: datetime) -> int:
    """How many changes made before this instant the index has not applied, up to BATCH; for the auditor."""
    try:
        generation = index.current()
        rows = _pending(generation.position() if generation else Position())
    except (Damaged, AnotherLife, FileNotFoundError):
        rows = _pending(Position())
    return sum(at < before for _, _, at in rows)


def database() -> str:
    """Which database this is, so that an index is not taken for that of another one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier::text || '/' || oid::text FROM pg_control_system(), pg_database "
            "WHERE datname = current_database()"
        )
        return str(cursor.fetchone()[0])


def _apply_until(index: SearchIndex, deadline: float) -> Progress:
    """Commit batch after batch. The lock must be held."""
    generation, applied = _sound(index), 0
    while True:
        position = generation.position()
        # In this order: what is over before the reading is seen by it; who began after it made none of its gaps.
        settled = _oldest_transaction()
        rows = _pending(position)
        if not rows:
            return Progress(applied, is_complete=True)
        advanced = position.advanced([(row_id, at) for row_id, _, at in rows], noticed_at=_now())
        _write(generation, {coe_id for _, coe_id, _ in rows}, advanced.settled(settled))
        applied += len(rows)
        if time.monotonic() >= deadline:
            return Progress(applied, is_complete=len(rows) < BATCH)


def _write(generation: Generation, ids: Iterable[int], position: Position) -> None:
    found = list(documents_for(ids))
    generation.write(found, set(ids) - {document.coe_id for document in found}, position)


def _sound(index: SearchIndex) -> Generation:
    """The current generation if it can be read and is of this database, else a new, empty one. Needs the lock."""
    try:
        generation = index.current()
        if generation is not None and generation.position().database == database():
            _pending(generation.position())
            return generation
    except (Damaged, AnotherLife, FileNotFoundError):
        if name := index.current_name():
            index.discard(name)
    made = index.begin()
    made.write([], [], Position(database=database()))
    return index.swap(made)


def _pending(position: Position) -> list[type_row]:
    """The changes not applied yet, in order of id, at most BATCH. Raises AnotherLife when the last one is not there."""
    rows = list(_after(position).order_by("id").values_list("id", "coe_id", "at")[: BATCH + 1])
    if position.last == 0:
        return rows[:BATCH]
    if len(rows) <= BATCH and (position.last, position.last_at) not in {(row_id, at) for row_id, _, at in rows}:
        raise AnotherLife(f"change {position.last} of {position.last_at} is not in the database")
    return [row for row in rows if row[0] != position.last][:BATCH]


def _after(position: Position) -> QuerySet[SearchChange]:
    """The changes after a position, and its last one."""
    wanted = Q(id__gte=position.last)
    for gap in position.gaps:
        wanted |= Q(id__gte=gap.first, id__lte=gap.last)
    return SearchChange.objects.filter(wanted)


def _oldest_transaction() -> datetime:
    """No transaction that began before this instant, by the clock of the database, is still running."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FILTER (WHERE pid <> pg_backend_pid()), clock_timestamp()"
            " FROM pg_stat_activity WHERE datname = current_database()"
        )
        oldest, now = cursor.fetchone()
    return min(oldest or now, now - YOUNG)


def _now() -> datetime:
    """The clock of the database: it is compared with when its transactions began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant


def _everything_so_far() -> Position:
    """The position of an index that holds what is published now; every id missing so far may still come."""
    # The newest first: what is missing below it is looked for in a later snapshot, and the COEs are read after that.
    newest = SearchChange.objects.order_by("-id").values_list("id", "at").first()
    last, last_at = newest or (0, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT before + 1, id - 1 FROM (SELECT id, lag(id, 1, 0::bigint) OVER (ORDER BY id) AS before "
            "FROM coe_searchchange) AS pairs WHERE id > before + 1"
        )
        missing = cursor.fetchall()
    noticed_at = _now()
    gaps = tuple(Gap(first, final, noticed_at) for first, final in missing if final < last)
    return Position(database=database(), last=last, last_at=last_at, gaps=gaps)

"""One faulty row does not keep the others of a tick waiting: each is done in a transaction of its own.

A failure is logged with its trace and nothing of that row is kept; the tick goes on, and tries the row again next time.
It decides nothing about what is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from django.db import models, transaction

logger = logging.getLogger(__name__)
Row = TypeVar("Row")
Value = TypeVar("Value")


def each(rows: Iterable[Row], do: Callable[[Row, datetime], int | None], now: datetime) -> int:
    """Do it for each row; returns the sum of what it says."""
    return sum(count for _, count in judged(rows, do, now))


def judged(
    rows: Iterable[Row], judge: Callable[[Row, datetime], Value | None], now: datetime
) -> Iterator[tuple[Row, Value]]:
    """Each row with what there is to say of it; left out are those of which there is nothing, or which fail."""
    for row in rows:
        try:
            with transaction.atomic():
                said = judge(row, now)
        except Exception:
            logger.exception("coe.row_failed step=%s.%s row=%s", judge.__module__, judge.__qualname__, _key(row))
            continue
        if said is not None:
            yield row, said


def step(do: Callable[[datetime], object], now: datetime) -> bool:
    """A part of a tick, after which the others are done in any case; whether it went to its end.

    Its rows have transactions of their own, or it has one.
    """
    try:
        do(now)
    except Exception:
        logger.exception("coe.tick_failed step=%s.%s", do.__module__, do.__qualname__)
        return False
    return True


def _key(row: object) -> object:
    """For the log, where words of a COE do not belong; of several things that of the first."""
    while isinstance(row, list | tuple):
        row = row[0]
    return row.pk if isinstance(row, models.Model) else row

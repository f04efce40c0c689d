"""The order of rows that people put in order: where a row goes that comes back, and the order of an older revision.

Pure but for `write`; the caller holds the COE in `writing`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any


def restored(now: Sequence[int], then: Sequence[int]) -> list[int]:
    """The order of now as it was then: rows that were not there then stay behind what they stand behind."""
    found = [pk for pk in then if pk in now]
    for place, pk in enumerate(now):
        if pk not in found:
            found.insert(found.index(now[place - 1]) + 1 if place else 0, pk)
    return found


def place_of(row: Hashable, then: Sequence[Hashable], known: Mapping[Hashable, Hashable], now: Sequence[int]) -> int:
    """Where a row comes back: behind the nearest of those that stood before it then and are there, else first.

    `known` says which of the rows of then is which of those of now.
    """
    before = [known[one] for one in then[: then.index(row)] if known.get(one) in now]
    return now.index(before[-1]) + 1 if before else 0


def write(rows: Any, order: Sequence[int]) -> None:
    """Let these rows of a COE stand in this order."""
    places = {pk: place for place, pk in enumerate(order)}
    moved = [row for row in rows.only("pk", "position") if row.position != places.get(row.pk, row.position)]
    for row in moved:
        row.position = places[row.pk]
    rows.model.objects.bulk_update(moved, ["position"])

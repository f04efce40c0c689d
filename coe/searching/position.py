"""Up to which change an index is, with the gaps that may still be filled. Pure.

Ids of the change table are given out in order but become visible in the order of commits: id 8 may be seen before id 7.
Whoever reads "everything after the last id" loses 7. So a missing id stays watched until every transaction that was
running when it was noticed is over; then it was rolled back and will never come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Ids from `first` to `last`, both included, were missing at `noticed_at` (UTC, the clock of the database)."""

    first: int
    last: int
    noticed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Every change up to `last` is applied, but those in the gaps.

    `database` names the database that gave out the ids, `last_at` the time written in row `last`: when either is not
    what is found, the ids are of another life of the database and the index must be made anew.
    """

    database: str = ""
    last: int = 0
    last_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()

    def advanced(self, rows: Iterable[tuple[int, datetime]], noticed_at: datetime) -> Position:
        """The position after these rows, (id, time) in order of id, are applied."""
        gaps, last, last_at = list(self.gaps), self.last, self.last_at
        filled = []
        for row_id, at in rows:
            if row_id <= last:
                filled.append(row_id)
                continue
            if row_id > last + 1:
                gaps.append(Gap(last + 1, row_id - 1, noticed_at))
            last, last_at = row_id, at
        for row_id in filled:
            gaps = [part for gap in gaps for part in _without(gap, row_id)]
        return replace(self, last=last, last_at=last_at, gaps=tuple(gaps))

    def settled(self, before: datetime) -> Position:
        """Without the gaps noticed before this instant: what could fill them is over."""
        return replace(self, gaps=tuple(gap for gap in self.gaps if gap.noticed_at >= before))

    def to_json(self) -> str:
        return json.dumps(
            {
                "database": self.database,
                "last": self.last,
                "last_at": self.last_at and self.last_at.isoformat(),
                "gaps": [(gap.first, gap.last, gap.noticed_at.isoformat()) for gap in self.gaps],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Position:
        """Reads what `to_json` wrote; raises ValueError or KeyError for anything else."""
        made = json.loads(text)
        return cls(
            database=made["database"],
            last=made["last"],
            last_at=made["last_at"] and datetime.fromisoformat(made["last_at"]),
            gaps=tuple(Gap(first, last, datetime.fromisoformat(at)) for first, last, at in made["gaps"]),
        )


def _without(gap: Gap, row_id: int) -> list[Gap]:
    """What is left of a gap when one of its ids has come."""
    if not gap.first <= row_id <= gap.last:
        return [gap]
    parts = [replace(gap, last=row_id - 1), replace(gap, first=row_id + 1)]
    return [part for part in parts if part.first <= part.last]

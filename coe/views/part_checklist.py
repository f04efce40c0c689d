"""The checklist as screens show it: what is due before the review and before the publication, and who ticked what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coe import inheriting
from coe.models import COE, CheckedItem
from coe.template import BEFORE, ChecklistItem

TITLES = {"review": "Before review", "publication": "Before publication"}


@dataclass(frozen=True, slots=True)
class Row:
    """An item with its tick; `is_spared` when the publication before a re-issue was without it."""

    item: ChecklistItem
    tick: CheckedItem | None
    is_spared: bool


def checklist_of(coe: COE) -> list[dict[str, Any]]:
    """The items that its severity asks, by step; steps without any are left out. At most two queries."""
    ticks = {tick.key: tick for tick in coe.checked_items.select_related("checked_by")}
    known = inheriting.lacked_by(coe).items
    rows = [
        Row(item, ticks.get(item.key), item.key in known and item.key not in ticks)
        for item in coe.form.checklist_of(coe.header.severity)
    ]
    return [_step(step, some) for step in BEFORE if (some := [row for row in rows if row.item.before == step])]


def _step(step: str, rows: list[Row]) -> dict[str, Any]:
    ticked = sum(row.tick is not None for row in rows)
    return {"title": TITLES[step], "rows": rows, "ticked": ticked, "count": len(rows)}


def left_of(checklist: list[dict[str, Any]]) -> list[Row]:
    """What is still to be ticked before the publication."""
    return [row for step in checklist for row in step["rows"] if not row.tick and not row.is_spared]

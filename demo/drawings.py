"""What the demonstration's COEs draw: shared causes, what corrects which, graphs from CSV and a painted picture."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from coe import picturing
from coe.models import ActionItem, CauseLink, Graph
from demo.writings import Drawn, Writing

PAPER, GRID, INK, FULL = (251, 251, 250), (230, 229, 225), (47, 91, 208), (180, 72, 10)


def drawn(plan: dict[str, Any], day: date, zone: str) -> Drawn:
    """A graph of a plan. `values` are columns by clock, every `every` seconds from `from`."""
    facts = {name: plan[name] for name in ("title", "kind", "description", "unit", "url") if name in plan}
    if plan["kind"] == Graph.Kind.CSV:
        return Drawn(**facts, csv=_csv(plan, day))
    return Drawn(**facts, picture=_painted(plan["values"]) if plan["kind"] == Graph.Kind.PICTURE else b"")


def _csv(plan: dict[str, Any], day: date) -> str:
    start = datetime.combine(day, time.fromisoformat(plan["from"]))
    rows = [f"time,{','.join(plan['columns'])}"]
    for number, values in enumerate(plan["values"]):
        at = start + timedelta(seconds=plan["every"] * number)
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{','.join('' if value is None else str(value) for value in values)}")
    return "\n".join(rows)


def _painted(values: list[int]) -> bytes:
    """A picture of bars, as a colleague would have copied it from a dashboard."""
    image = Image.new("RGB", (1200, 420), PAPER)
    pen = ImageDraw.Draw(image)
    for y in range(40, 420, 76):
        pen.line((40, y, 1160, y), fill=GRID, width=2)
    wide = 1120 / len(values)
    for number, value in enumerate(values):
        left, top = 40 + wide * number, 400 - value * 0.9
        pen.rectangle((left + 3, top, left + wide - 3, 400), fill=FULL if value >= 395 else INK)
    made = BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def make(writings: list[Writing]) -> None:
    """The rows, once causes and action items have theirs."""
    for writing in writings:
        rows = {why.key: why.row for top in writing.causes for why in top.walk() if why.key}
        CauseLink.objects.bulk_create(
            CauseLink(coe=writing.row, cause=why.row, effect=rows[key])
            for top in writing.causes
            for why in top.walk()
            for key in why.also_explains
        )
        _correct(writing, rows)
        _graphs(writing)


def _correct(writing: Writing, rows: dict[str, Any]) -> None:
    wanted = {place: promise.corrects for place, promise in enumerate(writing.promises) if promise.corrects}
    for action in ActionItem.objects.filter(coe=writing.row, position__in=wanted):
        action.corrects.set([rows[key] for key in wanted[action.position]])


def _graphs(writing: Writing) -> None:
    """Pictures come in as everybody's do, while the text can still be changed; here at the level of rows."""
    for position, one in enumerate(writing.graphs):
        facts = {"kind": one.kind, "title": one.title, "description": one.description, "unit": one.unit}
        picture = (
            picturing.keep(
                writing.row,
                f"{one.title}.png",
                picturing.encode(one.picture),
                one.description,
                writing.owner,
                writing.created_at,
            )
            if one.picture
            else None
        )
        Graph.objects.create(coe=writing.row, position=position, csv=one.csv, url=one.url, picture=picture, **facts)

"""The 399 real postmortems as plain values, read from the project's own copy. It writes nothing and knows no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "postmortems"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline: an instant, what happened, and the anchor it is, if any."""

    at: datetime
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Correction:
    """An action item as the report lists it."""

    title: str
    kind: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Postmortem:
    """One report, sorted into the parts of a COE. `causes` are pairs of text and kind; `zone` is an IANA name."""

    id: str
    source: str
    licence: str
    url: str
    title: str
    date: date
    severity: int
    theme: str
    zone: str
    impact_started_at: datetime | None
    impact_ended_at: datetime | None
    sections: dict[str, str]
    timeline: tuple[Event, ...]
    causes: tuple[tuple[str, str], ...]
    actions: tuple[Correction, ...]

    @property
    def credit(self) -> str:
        """Where it comes from and under which licence, for the foot of the page."""
        return f"{self.url} ({self.licence}), names replaced"


def read_all(folder: Path = FOLDER) -> Iterator[Postmortem]:
    """Every report, oldest file name first. Raises KeyError or ValueError when a file does not have our form."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield _as_postmortem(json.loads(line))


def _as_postmortem(row: dict[str, Any]) -> Postmortem:
    return Postmortem(
        id=row["id"],
        source=row["source"],
        licence=row["licence"],
        url=row["url"],
        title=row["title"],
        date=date.fromisoformat(row["date"]),
        severity=row["severity"],
        theme=row["theme"],
        zone=row["zone"],
        impact_started_at=_instant(row["impact_started_at"]),
        impact_ended_at=_instant(row["impact_ended_at"]),
        sections=row["sections"],
        timeline=tuple(
            Event(datetime.fromisoformat(event["at"]), event["text"], event.get("anchor", ""))
            for event in row["timeline"]
        ),
        causes=tuple((cause["text"], cause["kind"]) for cause in row["causes"]),
        actions=tuple(Correction(action["title"], action["kind"], action["done"]) for action in row["actions"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

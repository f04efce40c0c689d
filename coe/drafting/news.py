"""One thing that an incident knows and its COE does not tell, or tells otherwise: as it is shown, and what it would do.

The common measure is the draft as it was drafted (`Drafted`): what still stands as drafted may be brought up to date,
what people changed since is only offered, and what they changed of something that is known no better now is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from coe.models import COE, Revision, TimelineEvent

CHANGED_HERE = "Somebody changed this here since. Ticked, what the incident knows takes its place."


class Part(StrEnum):
    """Where in the COE it would stand; the order of the list."""

    HEADER = "Header"
    TIMELINE = "Timeline"
    PREVENTION = "Prevention"
    RELATED = "Related"


@dataclass(frozen=True, slots=True)
class HeaderChange:
    """Other facts of the header; ids of services and incidents to add."""

    facts: Mapping[str, Any]
    service: int | None = None
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """Another time and text of a line that stands."""

    pk: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class AnchorMove:
    """An anchor goes to the line `to`, or to the new line of the news `to_key`."""

    anchor: str
    to: int | None
    to_key: str = ""


@dataclass(frozen=True, slots=True)
class TextChange:
    """A line of a section takes the place of another, or is added at its end when `old` is empty."""

    section: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class News:
    """One difference: a key that stays the same, what it says and what stands there, where it is known from."""

    key: str
    part: Part
    says: str
    change: HeaderChange | TimelineEvent | LineChange | AnchorMove | TextChange
    was: str = ""
    at: datetime | None = None
    anchor: str = ""
    source: str = ""
    url: str = ""
    note: str = ""
    is_ticked: bool = True


class Drafted:
    """The COE as it was drafted, from its first revision; empty for one that was not drafted."""

    def __init__(self, coe: COE) -> None:
        first = coe.revisions.filter(reason=Revision.Reason.DRAFTED).order_by("number").first()
        self.content: Mapping[str, Any] = first.content if first else {}
        lines = self.content.get("timeline", ())
        self.lines: dict[int, Mapping[str, Any]] = {line["id"]: line for line in lines if "id" in line}
        self.anchors: dict[str, int] = {line["anchor"]: pk for pk, line in self.lines.items() if line["anchor"]}
        self.services: set[str] = {service["slug"] for service in self.content.get("services", ())}

    def at(self, name: str) -> datetime | None:
        """A time of the header."""
        text = self.content.get(name)
        return datetime.fromisoformat(text) if text else None

    def section(self, key: str) -> str:
        return str(self.content.get("sections", {}).get(key, ""))

"""What a file would become when it is imported, and whether it is here already. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from coe import rendering
from coe.interchange import reading, reports
from coe.interchange.files import File
from coe.models import COE
from oncall.models import User


@dataclass
class Proposal:
    """A file, the content it would become, and what to know before. `problem` says why it cannot be imported."""

    name: str
    content: dict[str, Any] = field(default_factory=dict)
    day: date | None = None
    lines: list[reports.Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    problem: str = ""
    is_ours: bool = False
    duplicate: COE | None = None
    # By the address that the text gives them, encoded anew; and what a file of ours says they show.
    pictures: Mapping[str, Any] = field(default_factory=dict)
    alts: dict[str, str] = field(default_factory=dict)

    @property
    def understood(self) -> int:
        """How many lines came to the part that was meant."""
        return sum(line.is_understood for line in self.lines)

    @property
    def kept(self) -> list[reports.Line]:
        """The lines that are kept as text only."""
        return [line for line in self.lines if not line.is_understood]


def propose(files: Iterable[File], by: User, zone: str = "UTC", source: str = "") -> list[Proposal]:
    """One proposal per file. `zone` is that of times which name none; `source` that of files which say none."""
    found = [_proposal(file, zone, source) for file in files]
    known = _known([one for one in found if not one.problem], by)
    for one in found:
        if not one.problem:
            one.duplicate = known.get(_key(one.content["source"], one.content["title"], one.day))
            known.setdefault(_key(one.content["source"], one.content["title"], one.day), None)
    return found


def _proposal(file: File, zone: str, source: str) -> Proposal:
    if file.problem:
        return Proposal(file.name, problem=file.problem)
    made = _ours(file) if reading.is_ours(file.text) else _foreign(file, zone)
    made.content["source"] = (made.content["source"] or source)[:300]
    made.problem = _refusal(made.content)
    made.pictures = file.pictures
    return made


def _ours(file: File) -> Proposal:
    read = reading.read(file.text)
    began = read.content["impact_started_at"]
    day = read.published_on or (datetime.fromisoformat(began).date() if began else None)
    return Proposal(file.name, read.content, day, remarks=read.problems, is_ours=True, alts=read.alts)


def _foreign(file: File, zone: str) -> Proposal:
    report = reports.understood(file.text, file.name, zone)
    return Proposal(file.name, reports.content_of(report), report.day, report.lines, report.remarks)


def _refusal(content: dict[str, Any]) -> str:
    if not content["title"].strip():
        return "It has no title."
    for key, text in content["sections"].items():
        if len(text.encode()) > rendering.LARGEST or text.count("\n") >= rendering.MOST_LINES:
            name = reports.HEADINGS.get(key, key)
            return (
                f"Its section “{name}” is larger than {rendering.LARGEST // 1000} KB or {rendering.MOST_LINES} lines."
            )
    return ""


def _key(source: str, title: str, day: date | None) -> tuple[str, str, date | None]:
    return source, title.strip(), day


def _known(proposals: list[Proposal], by: User) -> dict[tuple[str, str, date | None], COE | None]:
    """What this person may read of the same title, by source, title and day: nobody else's COE is told by it."""
    titles = [one.content["title"].strip() for one in proposals]
    coes = COE.objects.visible_to(by).filter(title__in=titles).order_by("-pk")
    return {
        _key(coe.source, coe.title, day): coe
        for coe in coes
        for day in {coe.created_at.date(), coe.published_at and coe.published_at.date(), None}
    }

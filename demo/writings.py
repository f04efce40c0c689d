"""A COE before it is written, whichever way it came to be: by hand (`showpieces.py`) or from the `library.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from coe.models import COE, ActionItem, Cause
from coe.template import Role
from oncall.models import Incident, Service, Team, User


@dataclass
class Line:
    """A line of the timeline."""

    at: datetime
    text: str
    anchor: str = ""
    source: str = ""


@dataclass
class Why:
    """A cause, and what explains it."""

    text: str
    kind: str
    because: list[Why] = field(default_factory=list)
    # By its key others say that it explains them too, and action items that they correct it.
    key: str = ""
    also_explains: list[str] = field(default_factory=list)
    join: str = Cause.Join.ANY
    no_action_because: str = ""
    row: Cause | None = None

    def walk(self) -> Iterator[Why]:
        """It and all that explains it."""
        yield self
        for below in self.because:
            yield from below.walk()


@dataclass
class Promise:
    """An action item."""

    title: str
    owner: User
    due_on: date
    priority: str = ActionItem.Priority.MEDIUM
    kind: str = ActionItem.Kind.PREVENT
    state: str = ActionItem.State.OPEN
    exit_test: str = ""
    evidence: str = ""
    corrects: list[str] = field(default_factory=list)


@dataclass
class Drawn:
    """A graph: CSV, the link of a dashboard, or a picture that the demonstration paints."""

    title: str
    kind: str
    description: str = ""
    unit: str = ""
    csv: str = ""
    url: str = ""
    picture: bytes = b""


@dataclass
class Opinion:
    """A review: without a verdict it is still asked for."""

    reviewer: User
    verdict: str = ""
    comment: str = ""
    role: Role = Role.PEER


@dataclass
class Writing:
    """Everything a COE says and how far it has come."""

    title: str
    state: str
    team: Team
    owner: User
    severity: int
    services: list[Service]
    zone: str
    sections: dict[str, str]
    created_at: datetime
    submitted_at: datetime
    published_at: datetime | None = None
    impact_started_at: datetime | None = None
    impact_ended_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    causes: list[Why] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)
    graphs: list[Drawn] = field(default_factory=list)
    readers: list[User] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    restricted_because: str = ""
    source: str = ""
    incident: Incident | None = None
    # The change that triggered it, as service and version.
    change: tuple[str, str] | None = None
    row: COE = field(default_factory=COE)

    @property
    def is_imported(self) -> bool:
        return bool(self.source)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def moved_at(self) -> datetime:
        """When it came to the state it is in."""
        if self.state == COE.State.DRAFT:
            return self.created_at
        return self.published_at or self.submitted_at

"""The listing of incidents: what it is narrowed to, in which order, and how many there are of each kind.

An unknown value in the address narrows nothing rather than failing: links to listings are kept for years.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q

from oncall.models import Incident, Page, Service, Team, User
from oncall.models.incidents import IncidentQuerySet, Severity

PER_PAGE = 40
# Teams and services beyond these are found by searching.
MOST_CHOICES = 30
# Up to this many incidents whose titles match are looked up once and then known by number.
FEW = 2_000
OPEN = "open"
STATES = ((OPEN, "Open"), *Incident.State.choices)
NUMBER = re.compile(r"(?:inc-?\s*)?(\d{1,18})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the listing is narrowed to; empty means no narrowing."""

    state: str = ""
    severity: int | None = None
    team: str = ""
    service: str = ""
    is_mine: bool = False
    words: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Narrowing":
        """Read an address; what makes no sense is left out."""
        severity = query.get("severity", "")
        return cls(
            state=query.get("state", "") if query.get("state") in dict(STATES) else "",
            severity=int(severity) if severity in {str(level.value) for level in Severity} else None,
            team=query.get("team", "")[:80],
            service=query.get("service", "")[:80],
            is_mine=query.get("mine") == "1",
            words=query.get("q", "").replace("\x00", "").strip()[:200],
        )

    @property
    def is_narrow(self) -> bool:
        return self != Narrowing()

    def of(self, incidents: IncidentQuerySet, user: User) -> IncidentQuerySet:
        """The incidents that are left."""
        if self.state == OPEN:
            incidents = incidents.exclude(state=Incident.State.RESOLVED)
        elif self.state:
            incidents = incidents.filter(state=self.state)
        if self.severity:
            incidents = incidents.filter(severity=self.severity)
        if self.team:
            incidents = incidents.filter(service__team__slug=self.team)
        if self.service:
            incidents = incidents.filter(service__slug=self.service)
        return incidents.filter(mine(user)) if self.is_mine else incidents


def mine(user: User) -> Q:
    """Of one's teams' services, taken by oneself, or paged to oneself."""
    own = list(Service.objects.filter(team__in=Team.objects.of(user)).values_list("pk", flat=True))
    paged = Page.objects.filter(user=user).values("incident")
    return Q(service__in=own) | Q(acknowledged_by=user) | Q(pk__in=paged)


def _said(incidents: IncidentQuerySet, words: str) -> IncidentQuerySet:
    """Those with each word in their title, or with this number."""
    wanted = Q()
    for word in words.split():
        wanted &= Q(title__icontains=word)
    if number := NUMBER.fullmatch(words):
        wanted |= Q(pk=int(number[1]))
    found = incidents.filter(wanted)
    # Titles are read from end to end, which takes a while: once for the listing and all its counts, if few match.
    numbers = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    return incidents.filter(pk__in=numbers) if len(numbers) <= FEW else found


class OpenFirst:
    """Open incidents, newest first, then those that are over: each part in the order of its index, for a paginator."""

    def __init__(self, incidents: IncidentQuerySet, count: int, open_count: int) -> None:
        newest = incidents.order_by("-triggered_at", "-pk").shown()
        self._open, self._over = newest.open(), newest.filter(state=Incident.State.RESOLVED)
        self._count, self._open_count = count, open_count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> list[Incident]:
        start, stop = (max(place - self._open_count, 0) for place in (part.start, part.stop))
        return [*self._open[part], *(self._over[start:stop] if stop else [])]


def listing_of(user: User, query: Mapping[str, Any]) -> dict[str, object]:
    """The context of the listing and of its fragment, in at most ten queries."""
    narrowing = Narrowing.from_query(query)
    incidents = Incident.objects.visible_to(user)
    if narrowing.words:
        incidents = _said(incidents, narrowing.words)
    counts = _counts(replace(narrowing, state="").of(incidents, user))
    found = OpenFirst(narrowing.of(incidents, user), counts[narrowing.state], counts[narrowing.state or OPEN])
    return {
        # All that a paginator asks for is a length and slices.
        "page": Paginator(found, PER_PAGE).get_page(query.get("page")),  # type: ignore[arg-type]
        "count": counts[narrowing.state],
        "narrowing": narrowing,
        "tabs": [(state, label, counts[state], state == narrowing.state) for state, label in (("", "All"), *STATES)],
        "severities": _severities(replace(narrowing, severity=None).of(incidents, user)),
        "teams": _named(replace(narrowing, team="").of(incidents, user), "service__team", Team),
        "services": _named(replace(narrowing, service="").of(incidents, user), "service", Service),
    }


def _counts(incidents: IncidentQuerySet) -> dict[str, int]:
    """How many there are in each state, open ones together, and in all."""
    found = dict(incidents.order_by().values_list("state").annotate(Count("pk")))
    counts = {str(state): found.get(state, 0) for state in Incident.State}
    whole = sum(counts.values())
    return counts | {"": whole, OPEN: whole - counts[Incident.State.RESOLVED]}


def _severities(incidents: IncidentQuerySet) -> list[tuple[int, str, int]]:
    counts = dict(incidents.order_by().values_list("severity").annotate(Count("pk")))
    return [(level.value, str(level.label), counts[level.value]) for level in Severity if level.value in counts]


def _named(incidents: IncidentQuerySet, path: str, model: type[Team] | type[Service]) -> list[tuple[str, str, int]]:
    """Short name, name and number of incidents of the teams or services with the most."""
    counts = incidents.order_by().values_list(f"{path}_id").annotate(count=Count("pk")).order_by("-count")
    most = dict(counts[:MOST_CHOICES])
    named = model.objects.in_bulk(most)
    return sorted(
        ((named[pk].slug, named[pk].name, count) for pk, count in most.items()), key=lambda row: (-row[2], row[1])
    )

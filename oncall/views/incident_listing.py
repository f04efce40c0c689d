"""The listing of incidents: what it is narrowed to, in which order, and how many there are of each kind.

An unknown value in the address narrows nothing rather than failing: links to listings are kept for years.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Value, When

from oncall.models import Incident, Page, Team, User
from oncall.models.incidents import IncidentQuerySet, Severity

PER_PAGE = 40
# Teams and services beyond these are found by searching.
MOST_CHOICES = 30
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
        if self.is_mine:
            incidents = incidents.filter(_mine(user))
        return incidents.filter(_said(self.words)) if self.words else incidents


def _mine(user: User) -> Q:
    """Of one's teams' services, taken by oneself, or paged to oneself."""
    teams = Team.objects.of(user).values("pk")
    paged = Exists(Page.objects.filter(incident=OuterRef("pk"), user=user))
    return Q(service__team__in=teams) | Q(acknowledged_by=user) | Q(paged)


def _said(words: str) -> Q:
    """Each word in the title, or the number of the incident."""
    found = Q()
    for word in words.split():
        found &= Q(title__icontains=word)
    number = NUMBER.fullmatch(words)
    return found | Q(pk=int(number[1])) if number else found


def listing_of(user: User, query: Mapping[str, Any]) -> dict[str, object]:
    """The context of the listing and of its fragment, in seven queries."""
    narrowing = Narrowing.from_query(query)
    visible = Incident.objects.visible_to(user)
    over = Case(When(state=Incident.State.RESOLVED, then=Value(1)), default=Value(0), output_field=IntegerField())
    found = narrowing.of(visible, user).order_by(over, "-triggered_at", "-pk")
    page = Paginator(found.shown(), PER_PAGE).get_page(query.get("page"))
    return {
        "page": page,
        "count": page.paginator.count,
        "narrowing": narrowing,
        "tabs": _tabs(replace(narrowing, state="").of(visible, user), narrowing.state),
        "severities": _severities(replace(narrowing, severity=None).of(visible, user)),
        "teams": _named(replace(narrowing, team="").of(visible, user), "service__team"),
        "services": _named(replace(narrowing, service="").of(visible, user), "service"),
    }


def _tabs(incidents: IncidentQuerySet, chosen: str) -> list[tuple[str, str, int, bool]]:
    counts = dict(incidents.order_by().values_list("state").annotate(Count("pk")))
    whole = sum(counts.values())
    counts[OPEN] = whole - counts.get(Incident.State.RESOLVED, 0)
    rows = [("", "All", whole), *((value, str(label), counts.get(value, 0)) for value, label in STATES)]
    return [(value, label, count, value == chosen) for value, label, count in rows]


def _severities(incidents: IncidentQuerySet) -> list[tuple[int, str, int]]:
    counts = dict(incidents.order_by().values_list("severity").annotate(Count("pk")))
    return [(level.value, str(level.label), counts[level.value]) for level in Severity if level.value in counts]


def _named(incidents: IncidentQuerySet, path: str) -> list[tuple[str, str, int]]:
    """Short name, name and number of incidents of the teams or services with the most."""
    rows = incidents.order_by().values_list(f"{path}__slug", f"{path}__name").annotate(count=Count("pk"))
    return list(rows.order_by("-count", f"{path}__name")[:MOST_CHOICES])

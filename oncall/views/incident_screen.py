"""Everything the screen of one incident shows, gathered in a number of queries that does not grow with the incident.

It decides what is shown and how much of it; the templates decide where. It changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from oncall.forms.incidents import MEANINGS, NoteForm
from oncall.models import Deployment, Incident, Page, User
from oncall.models.incidents import LOWEST_PAGING, Severity
from oncall.recalling import best_precedent
from oncall.surveying import stages_at
from oncall.views.answers import Request
from oncall.views.incident_events import MOST_ENTRIES, events_of, own_deployments
from oncall.views.incident_standing import LIVELY, alerts_of, standing_of
from oncall.views.incident_suspects import WhatChanged, what_changed

MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Move:
    """One of the three steps towards the end, in a fixed place: a second click must never hit the next step."""

    name: str
    label: str
    done_label: str
    state: str  # done, next, possible or passed

    @property
    def url_name(self) -> str:
        return f"oncall:{self.name}"


STEPS = (
    ("acknowledge", "Acknowledge", "Acknowledged", Incident.State.ACKNOWLEDGED),
    ("mitigate", "Mitigated", "Mitigated", Incident.State.MITIGATED),
    ("resolve", "Resolve", "Resolved", Incident.State.RESOLVED),
)


def moves_of(incident: Incident) -> list[Move]:
    """Acknowledge, mitigate, resolve: which are done, which comes next, which may be done at once."""
    legal = Incident.MOVES[Incident.State(incident.state)]
    happened = {
        Incident.State.ACKNOWLEDGED: incident.acknowledged_at,
        Incident.State.MITIGATED: incident.mitigated_at,
        Incident.State.RESOLVED: incident.resolved_at,
    }
    moves: list[Move] = []
    for name, label, done_label, to in STEPS:
        if to in legal:
            state = "possible" if any(move.state == "next" for move in moves) else "next"
        else:
            state = "done" if happened[to] else "passed"
        moves.append(Move(name, label, done_label, state))
    return moves


def screen_of(incident: Incident, user: User, *, limit: int = MOST_ENTRIES) -> dict[str, object]:
    """The context of the screen and of its fragment."""
    changed, now = what_changed(incident), timezone.now()
    pages = list(
        incident.pages.select_related("user", "room").prefetch_related("attempts").order_by("-opened_at")[:MOST_PAGES]
    )
    return {
        "incident": incident,
        "service": incident.service,
        "links": incident.service.links.all(),
        "moves": moves_of(incident),
        "may_escalate": incident.pages_people and incident.state in LIVELY,
        "may_trigger": Incident.State.TRIGGERED in Incident.MOVES[Incident.State(incident.state)],
        "severities": [(level.value, MEANINGS[level], level <= LOWEST_PAGING) for level in Severity],
        "changed": changed,
        "precedent": best_precedent(incident) if incident.state in LIVELY else None,
        "stages": stages_at(incident.service, incident.impact_started_at, guilty_environments(incident, changed)),
        "events": events_of(incident, timeline_deployments(incident, changed), limit),
        "entry_count": incident.timeline.count(),
        "limit": limit,
        "is_whole": limit > MOST_ENTRIES,
        "pages": pages,
        "page_count": len(pages) if len(pages) < MOST_PAGES else incident.pages.count(),
        "people_paged": paged_first(incident, pages),
        "people": people_of(incident, pages),
        "note_form": NoteForm(auto_id="note_%s"),
        "problem": "",
        **alerts_of(incident, user, now),
        **standing_of(incident, user, now),
        **spans_of(incident),
    }


def guilty_environments(incident: Incident, changed: WhatChanged) -> set[int]:
    """Where it hurts: the incident's environment, and where the leading suspect went if it is this service's own."""
    leading = changed.leading
    found = {incident.environment_id} if incident.environment_id else set()
    if leading and leading.deployment.service_id == incident.service_id:
        found.add(leading.deployment.environment_id)
    return found


def timeline_deployments(incident: Incident, changed: WhatChanged) -> list[Deployment]:
    """The service's own deployments around the impact, and the suspects that are worth a line."""
    worth = [one.deployment for one in changed.suspicions if one.verdict or (one.probability or 0) >= 0.05]
    return [*own_deployments(incident), *worth]


def paged_first(incident: Incident, pages: list[Page]) -> list[Page]:
    """The first page of each person since the incident was last triggered, oldest first."""
    first: dict[int, Page] = {}
    for page in reversed(pages):
        if page.cycle == incident.cycle and page.user_id is not None:
            first.setdefault(page.user_id, page)
    return list(first.values())


def spans_of(incident: Incident) -> dict[str, timedelta | None]:
    """Times counted from the start of the impact; None for what has not happened."""
    started = incident.impact_started_at

    def since_start(at: datetime | None) -> timedelta | None:
        return max(at - started, timedelta(0)) if at else None

    return {
        "time_to_detect": since_start(incident.detected_at),
        "time_to_engage": since_start(incident.acknowledged_at),
        "time_to_mitigate": since_start(incident.mitigated_at),
    }


def people_of(incident: Incident, pages: list[Page]) -> list[tuple[User, list[str]]]:
    """Everybody who has to do with it, each with what they did."""
    roles: dict[User, list[str]] = {}
    if incident.acknowledged_by:
        roles.setdefault(incident.acknowledged_by, []).append(
            "had it" if incident.state == Incident.State.RESOLVED else "has it"
        )
    if incident.declared_by:
        roles.setdefault(incident.declared_by, []).append("declared it")
    for page in reversed(pages):
        if page.user is None:
            continue
        words = roles.setdefault(page.user, [])
        if "paged" not in words:
            words.append("paged")
    said = incident.timeline.filter(kind="note", actor__isnull=False).order_by("actor_id").distinct("actor_id")
    for entry in said.select_related("actor"):
        if entry.actor:
            roles.setdefault(entry.actor, []).append("wrote notes")
    return list(roles.items())


def fragment(
    request: Request, incident: Incident, *, status: int = 200, limit: int = MOST_ENTRIES, **more: object
) -> HttpResponse:
    """The part of the screen that changes: all of it below the crumbs."""
    context = {**screen_of(incident, request.user, limit=limit), **more}
    return render(request, "oncall/incidents/_screen.html", context, status=status)

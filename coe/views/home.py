"""Home answers four questions: am I on call, what needs me, what happened in my teams, what should I read."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe import concerning
from coe.models import COE, ActionItem, Owed, Review
from coe.views import to_read
from coe.views.asking import Request
from oncall import holding, suspecting
from oncall.models import Incident, Membership, Suspect, Team, User, Violation
from oncall.suspicion import CONFIDENT

# What happened longer ago is looked up, not shown.
RECENT = timedelta(days=7)
MOST, MOST_YEAR_AGO = 6, 3


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for this person."""

    icon: str
    title: str
    note: str
    url: str
    due_on: date | None = None


@login_required
@require_GET
def home(request: Request) -> HttpResponse:
    """The first screen of everybody."""
    user, now = request.user, timezone.now()
    teams = Team.objects.of(user)
    calls = [_call(incident) for incident in _calls(user, teams)]
    waiting = to_read.short(user, list(teams), list(teams), now)
    context = {
        "now": now,
        "calls": calls,
        "needs": _needs(user, now),
        "happened": _happened(user, teams, now),
        "reading": _reading(user, teams, waiting),
        "to_read": waiting,
        "year_ago": concerning.a_year_ago(user, teams, user.local(now).date())[:MOST_YEAR_AGO],
        "violations": Violation.objects.open().grave().count() if user.is_administrator else 0,
        "maintenances": holding.maintenance_of(teams, now),
    }
    template = "_home.html" if request.headers.get("HX-Request") == "true" else "home.html"
    return render(request, f"coe/home/{template}", context)


def _calls(user: User, teams: QuerySet[Team]) -> QuerySet[Incident]:
    """Open incidents this person was paged for or has taken, and triggered ones of the own teams; the worst first."""
    concerns = Q(acknowledged_by=user) | Q(pages__user=user) | Q(service__team__in=teams, state="triggered")
    mine = Incident.objects.visible_to(user).open().filter(concerns).values("pk")
    return Incident.objects.filter(pk__in=mine).shown().order_by("severity", "-triggered_at")[:MOST]


def _call(incident: Incident) -> dict[str, Any]:
    """An incident with its top suspect, when there is a confident one."""
    suspect = (
        Suspect.objects.filter(ranking=suspecting.newest(incident), probability__gte=CONFIDENT)
        .select_related("deployment__service", "deployment__environment")
        .first()
    )
    return {"incident": incident, "suspect": suspect}


def _needs(user: User, now: datetime) -> list[Need]:
    """Owed COEs, reviews, overdue and soon due action items, and own COEs sent back; what is late first."""
    today = user.local(now).date()
    reviews = Review.objects.pending().filter(reviewer=user).select_related("coe")[:MOST]
    soon = ActionItem.objects.promised().open().filter(owner=user, due_on__lte=today + RECENT).select_related("coe")
    drafts = COE.objects.filter(owner=user, state__in=[COE.State.CHANGES_REQUESTED, COE.State.APPROVED])[:MOST]
    return [
        *_owed(user),
        *(
            Need("list-checks", item.title, f"Action item of {item.coe.number}", item.get_absolute_url(), item.due_on)
            for item in soon.order_by("due_on")[:MOST]
        ),
        *(
            Need(
                "message-square-text",
                f"Review {review.coe.number}",
                review.coe.header.title,
                f"/coes/{review.coe_id}/review/",
            )
            for review in reviews
        ),
        *(
            Need(
                "file-text",
                f"{coe.number} {coe.get_state_display().lower()}",
                coe.header.title,
                f"{coe.get_absolute_url()}edit/",
            )
            for coe in drafts
        ),
    ]


def _owed(user: User) -> list[Need]:
    """COEs this person owes: owns, would write because the incident was theirs, or answers for as a manager."""
    managed = Team.objects.filter(memberships__user=user, memberships__role=Membership.Role.MANAGER)
    is_mine = Q(coe__owner=user) | Q(coe__isnull=True, incident__acknowledged_by=user)
    rows = Owed.objects.visible_to(user).standing().shown()
    rows = rows.filter(is_mine | Q(coe__isnull=True, incident__service__team__in=managed))
    return [
        Need(
            "file-text",
            f"COE owed for {row.incident.number}",
            row.incident.title,
            f"{row.incident.get_absolute_url()}#coes",
            user.local(row.due_at).date(),
        )
        for row in rows[:MOST]
    ]


def _happened(user: User, teams: QuerySet[Team], now: datetime) -> QuerySet[Incident]:
    """Incidents of the own teams in the last days, for somebody in no team of the whole organisation; no practices."""
    recent = Incident.objects.visible_to(user).real().filter(triggered_at__gte=now - RECENT).shown()
    return (recent.of_teams(teams) if teams else recent).order_by("-triggered_at")[:MOST]


def _reading(user: User, teams: QuerySet[Team], waiting: dict[str, Any]) -> QuerySet[COE]:
    """The newest COEs of other teams: one's own are known, and what is to be read stands above."""
    published = COE.objects.visible_to(user).published().exclude(team__in=teams)
    published = published.exclude(pk__in=[coe.pk for coe in waiting["coes"]])
    return published.shown().order_by("-published_at")[:MOST]

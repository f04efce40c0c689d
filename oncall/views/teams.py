"""Teams: all of them as a tree, and one with its people, who is on call, services and what is open.

What changes its members is in `members.py`, what changes its rooms in `rooms.py`.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from oncall.forms.rooms import RoomForm
from oncall.models import Incident, Schedule, Service, Team, User
from oncall.permissions import may_manage_team
from oncall.views.answers import Request, signed_in
from oncall.views.duties import duties
from oncall.views.policy_findings import policies_with_findings, told_late
from oncall.views.revealing import reveal, uncached
from oncall.views.team_tree import below, fold, forest, found, walk

MOST_INCIDENTS = 10
# A larger tree is drawn to its second level; deeper teams are on the screens of those above them.
MOST_DRAWN, LEVELS = 400, 2


@signed_in
@require_GET
def teams(request: Request) -> HttpResponse:
    """All teams as a tree, or those whose names have the words asked for."""
    words = request.GET.get("q", "").strip()[:120]
    roots = forest(request.user)
    count, matches = sum(1 for _ in walk(roots)), found(roots, words)[:MOST_DRAWN] if words else []
    if count > MOST_DRAWN:
        fold(roots, LEVELS)
    context = {
        "roots": roots,
        "words": words,
        "matches": matches,
        "mine": set(Team.objects.of(request.user).values_list("pk", flat=True)),
        "count": count,
    }
    return render(request, "oncall/teams/list.html", context)


@signed_in
@require_GET
def team(request: Request, slug: str) -> HttpResponse:
    """One team."""
    return shown(request, get_object_or_404(Team.objects.visible_to(request.user).select_related("parent"), slug=slug))


def shown(request: Request, one: Team, **forms: Any) -> HttpResponse:
    """The whole screen, with the one form that was refused in place of its empty self."""
    now = timezone.now()
    schedules = Schedule.objects.visible_to(request.user).filter(team=one).select_related("team").with_definition()
    services = Service.objects.visible_to(request.user).filter(team=one).order_by("tier", "name")
    members = list(one.memberships.select_related("user").order_by("role", "user__name"))
    policies = list(one.escalation_policies.with_steps())
    is_member = any(member.user_id == request.user.pk for member in members)
    context = {
        "team": one,
        "duties": duties(schedules, now),
        "members": members,
        "told_late": told_late([member.user for member in members]),
        "services": services.select_related("escalation_policy"),
        "policies": policies_with_findings(policies, now, request.user),
        "may_manage": may_manage_team(request.user, one),
        "may_change": is_member or request.user.is_administrator,
        "rooms": one.rooms.kept(),
        "room_form": RoomForm(team=one, auto_id="room_%s"),
        "room_secret": reveal(request, f"room_of_{one.pk}"),
        **_around(request.user, one),
        **forms,
    }
    return uncached(render(request, "oncall/teams/detail.html", context, status=422 if forms else 200))


def _around(user: User, one: Team) -> dict[str, Any]:
    """Teams below, and open incidents of the team and, for a team that only holds others, of those."""
    branches = below(forest(user), one) if one.children.exists() else []
    teams = [one.pk, *(branch.team.pk for branch in walk(branches))]
    open_ones = Incident.objects.visible_to(user).open().filter(service__team__in=teams).shown()
    return {"branches": branches, "incidents": open_ones.order_by("severity", "-triggered_at")[:MOST_INCIDENTS]}

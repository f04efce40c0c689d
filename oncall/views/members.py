"""Members of a team: add, change job and role, remove. For its managers and administrators."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import staffing
from oncall.forms.people import suggested_people
from oncall.forms.teams import JoinForm, MemberForm
from oncall.models import Membership, Team
from oncall.permissions import may_manage_team, require
from oncall.views.answers import Request, see, signed_in


def managed(request: Request, slug: str) -> Team:
    """The team, for whoever may manage it; 403 for others who see it."""
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    sentence = f"Only managers of {team} and administrators may change its members."
    require(may_manage_team(request.user, team), sentence)
    return team


@signed_in
@require_http_methods(["GET", "POST"])
def members(request: Request, slug: str) -> HttpResponse:
    """Everybody in the team with a form each, and one more for who joins."""
    team, now = managed(request, slug), timezone.now()
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        staffing.add_member(team, data["user"], job=data["job"], role=data["role"], by=request.user, now=now)
        return see(request, reverse("oncall:members", args=[team.slug]), f"{data['user']} is in {team}.")
    context = {
        "team": team,
        "form": form,
        "members": team.memberships.select_related("user").order_by("role", "user__name"),
        "jobs": Membership.Job.choices,
        "roles": Membership.Role.choices,
        "people": suggested_people(None),
    }
    return render(request, "oncall/teams/members.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_POST
def change(request: Request, slug: str, pk: int) -> HttpResponse:
    """Set the job and role of a member."""
    team = managed(request, slug)
    membership = get_object_or_404(team.memberships.select_related("user", "team"), pk=pk)
    form = MemberForm(request.POST)
    if form.is_valid():
        staffing.change_member(membership, **form.cleaned_data, by=request.user, now=timezone.now())
        return see(request, reverse("oncall:members", args=[team.slug]), f"{membership.user} is changed.")
    return see(request, reverse("oncall:members", args=[team.slug]))


@signed_in
@require_POST
def remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take a person out of the team."""
    team = managed(request, slug)
    membership = get_object_or_404(team.memberships.select_related("user", "team"), pk=pk)
    staffing.remove_member(membership, by=request.user, now=timezone.now())
    return see(request, reverse("oncall:members", args=[team.slug]), f"{membership.user} is no longer in {team}.")

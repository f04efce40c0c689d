"""Rooms of a team: add, remove, and send a test. For members of the team and administrators, always by POST."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from oncall import furnishing, trying
from oncall.exceptions import Conflict
from oncall.forms.rooms import RoomForm, ToldForm
from oncall.models import Team
from oncall.permissions import may_change_rooms, require
from oncall.views.answers import Request, SeeOther, see, signed_in
from oncall.views.revealing import keep
from oncall.views.teams import shown


def changeable(request: Request, slug: str) -> Team:
    """The team, for whoever may change its rooms; 403 for others who see it."""
    team = get_object_or_404(Team.objects.visible_to(request.user).select_related("parent"), slug=slug)
    sentence = f"Only members of {team} and administrators may change its rooms."
    require(may_change_rooms(request.user, team), sentence)
    return team


def _place(team: Team) -> str:
    return f"{team.get_absolute_url()}#rooms"


@signed_in
@require_POST
def add(request: Request, slug: str) -> HttpResponse:
    """One more room. A signing secret is shown on the next screen only."""
    team = changeable(request, slug)
    form = RoomForm(request.POST, team=team, auto_id="room_%s")
    if not form.is_valid():
        return shown(request, team, room_form=form)
    data = form.cleaned_data
    try:
        room, secret = furnishing.add_room(team, by=request.user, now=timezone.now(), **data)
    except (Conflict, ValueError) as refusal:
        form.add_error("name" if isinstance(refusal, Conflict) else "address", str(refusal))
        return shown(request, team, room_form=form)
    if secret:
        keep(request, f"room_of_{team.pk}", secret, name=room.name)
    return see(request, _place(team), f"{room.name} can be told from now on: name it in an escalation policy.")


@signed_in
@require_POST
def coes(request: Request, slug: str, pk: int) -> HttpResponse:
    """Tell it of the team's COEs, or not."""
    team, form = changeable(request, slug), ToldForm(request.POST)
    room = get_object_or_404(team.rooms.kept().select_related("team"), pk=pk)
    if not form.is_valid():
        messages.error(request, "Choose whether the room is told of COEs.")
        return SeeOther(_place(team))
    is_told = form.cleaned_data["told"] == "yes"
    furnishing.tell_of_coes(room, is_told=is_told, by=request.user, now=timezone.now())
    said = f"{room.name} is told of the COEs of {team}." if is_told else f"{room.name} is told of no COE unasked."
    return see(request, _place(team), said)


@signed_in
@require_POST
def remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """It is told no more."""
    team = changeable(request, slug)
    room = get_object_or_404(team.rooms.kept().select_related("team"), pk=pk)
    furnishing.remove_room(room, by=request.user, now=timezone.now())
    return see(request, _place(team), f"{room.name} is removed.")


@signed_in
@require_POST
def test(request: Request, slug: str, pk: int) -> HttpResponse:
    """Send a test message there and say what came of it."""
    team = changeable(request, slug)
    room = get_object_or_404(team.rooms.kept().select_related("team"), pk=pk)
    trial = trying.send_room_test(room, request.user, timezone.now())
    tell = messages.success if trial.is_good else messages.error
    tell(request, f"{room.name}: {trial.words}")
    return SeeOther(_place(team))

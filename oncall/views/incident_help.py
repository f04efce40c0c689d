"""Asking others: snoozing an incident, giving it to somebody, asking for help, sending it another way. POST only.

Beside it the screen that holds all of these forms, for browsers without JavaScript and for what was mistyped.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from oncall import permissions, responding, tasks
from oncall.forms.people import suggested_people
from oncall.forms.responding import HelperForm, RerouteForm, SnoozeForm, TakerForm
from oncall.models import Incident
from oncall.views.answers import Request, is_htmx, signed_in
from oncall.views.incident_moves import moved
from oncall.views.incident_screen import fragment, screen_of
from oncall.views.incidents import shown_to

ONLY_MANAGERS = "Only managers of {team} and administrators send an incident another way."


@signed_in
@require_GET
def more(request: Request, pk: int) -> HttpResponse:
    """Everything that can be done beside moving it, on one screen."""
    return _all_forms(request, get_object_or_404(shown_to(request), pk=pk))


@signed_in
@require_POST
def snooze(request: Request, pk: int) -> HttpResponse:
    """Take it and leave it until a time."""
    now = timezone.now()
    form = SnoozeForm(request.POST, zone=request.user.wall_zone, now=now, auto_id="snooze_%s")
    if not form.is_valid():
        return _again(request, pk, snooze_form=form)
    until = form.cleaned_data["ends_at"]
    text = f"Yours, and silent until {request.user.local(until):%a %H:%M}."
    return moved(request, pk, lambda incident, by: incident.snooze(until, by=by, at=now), text)


@signed_in
@require_POST
def reassign(request: Request, pk: int) -> HttpResponse:
    """Give it to somebody else, who is paged now."""
    form = TakerForm(request.POST, auto_id="reassign_%s")
    if not form.is_valid():
        return _again(request, pk, taker_form=form)
    taker, now = form.cleaned_data["taker"], timezone.now()
    answer = moved(
        request,
        pk,
        lambda incident, by: responding.reassign(incident, taker, by=by, now=now),
        f"{taker} is paged now.",
    )
    tasks.page_soon()
    return answer


@signed_in
@require_POST
def ask(request: Request, pk: int) -> HttpResponse:
    """Ask somebody by name to help."""
    form = HelperForm(request.POST, auto_id="help_%s")
    if not form.is_valid():
        return _again(request, pk, helper_form=form)
    helper, now = form.cleaned_data["helper"], timezone.now()
    answer = moved(
        request,
        pk,
        lambda incident, by: responding.add_responder(incident, helper, by=by, now=now),
        f"{helper} is paged now.",
    )
    tasks.page_soon()
    return answer


@signed_in
@require_POST
def reroute(request: Request, pk: int) -> HttpResponse:
    """Let it follow another policy from its first step."""
    incident = get_object_or_404(shown_to(request), pk=pk)
    sentence = ONLY_MANAGERS.format(team=incident.service.team)
    permissions.require(permissions.may_reroute(request.user, incident), sentence)
    form = RerouteForm(request.POST, incident=incident, auto_id="reroute_%s")
    if not form.is_valid():
        return _again(request, pk, reroute_form=form)
    policy, now = form.cleaned_data["policy"], timezone.now()
    answer = moved(
        request,
        pk,
        lambda incident, by: responding.reroute(incident, policy, by=by, now=now),
        f"It follows {policy} now.",
    )
    tasks.page_soon()
    return answer


def _again(request: Request, pk: int, **refused: Any) -> HttpResponse:
    """What was typed again, with what is wrong about it."""
    incident = get_object_or_404(shown_to(request), pk=pk)
    if is_htmx(request):
        return fragment(request, incident, status=422, **refused)
    return _all_forms(request, incident, status=422, **refused)


def _all_forms(request: Request, incident: Incident, *, status: int = 200, **refused: Any) -> HttpResponse:
    suggested = suggested_people(incident.service.team)
    context = {**screen_of(incident, request.user), "suggested": suggested, **refused}
    return render(request, "oncall/incidents/more.html", context, status=status)

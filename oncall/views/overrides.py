"""Overrides of a schedule: take the running shift, let somebody cover, remove. Changes by POST only."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import scheduling, times
from oncall.forms.people import suggested_people
from oncall.forms.schedules import CoverForm
from oncall.models import Override, Schedule, User
from oncall.permissions import may_change_schedule, require
from oncall.times import parse_instant
from oncall.views.answers import Request, see, signed_in
from oncall.views.schedules import defined, only_members


@signed_in
@require_POST
def take(request: Request, slug: str) -> HttpResponse:
    """Be on call from now to the end of the running shift."""
    schedule = get_object_or_404(defined(request), slug=slug)
    require(may_change_schedule(request.user, schedule), only_members(schedule))
    made = scheduling.take_shift(schedule, request.user, timezone.now())
    until = times.local(made.ends_at, request.user.zone)
    return see(request, schedule.get_absolute_url(), f"You are on call until {until:%a %d %b, %H:%M}.")


@signed_in
@require_http_methods(["GET", "POST"])
def cover(request: Request, slug: str) -> HttpResponse:
    """Put somebody on call for a span of local time."""
    schedule = get_object_or_404(defined(request), slug=slug)
    require(may_change_schedule(request.user, schedule), only_members(schedule))
    form = CoverForm(request.POST or None, zones=zones_of(schedule, request.user), initial=_suggested(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        span = (data["starts_at"], data["ends_at"])
        scheduling.cover(schedule, data["user"], span, reason=data["reason"], by=request.user, now=timezone.now())
        for note in data["notes"]:
            messages.info(request, note)
        return see(request, schedule.get_absolute_url(), f"{data['user'].name} covers.")
    context = {"form": form, "schedule": schedule, "people": suggested_people(schedule.team)}
    return render(request, "oncall/schedules/cover.html", context, status=422 if form.is_bound else 200)


def zones_of(schedule: Schedule, user: User) -> list[tuple[str, str]]:
    """The zones in which a local time may be meant; one of them when both are the same."""
    if user.zone == schedule.zone:
        return [(user.zone, f"{user.zone}, where you are and the schedule is")]
    return [(user.zone, f"{user.zone}, where you are"), (schedule.zone, f"{schedule.zone}, where the schedule is")]


def _suggested(request: Request) -> dict[str, Any]:
    """The span in the address, else the next whole hour and eight hours from there; on the viewer's clock."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    starts = _instant(request.GET.get("from", "")) or now + timedelta(hours=1)
    ends = _instant(request.GET.get("to", "")) or starts + timedelta(hours=8)
    zone = request.user.zone
    shown = [times.local(at, zone).replace(tzinfo=None) for at in (starts, ends)]
    return {"zone": zone, "starts": shown[0], "ends": shown[1], "user": request.GET.get("user", "")[:254]}


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None


@signed_in
@require_POST
def uncover(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take an override away; what is past stays."""
    schedule = get_object_or_404(defined(request), slug=slug)
    override = get_object_or_404(Override.objects.select_related("user"), pk=pk, schedule=schedule)
    require(may_change_schedule(request.user, schedule), only_members(schedule))
    scheduling.end_override(override, by=request.user, now=timezone.now())
    return see(request, schedule.get_absolute_url(), f"{override.user.name} no longer covers.")

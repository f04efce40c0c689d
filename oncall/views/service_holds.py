"""Maintenance and mutes of a service: schedule one, end one. What they hold back is decided by `oncall/holding.py`."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import holding, permissions, tasks
from oncall.exceptions import Conflict
from oncall.forms.responding import MaintenanceForm
from oncall.models import Maintenance, Mute, Service
from oncall.views.answers import Request, see, signed_in

ONLY_MEMBERS = "Only members of {team} and administrators may do this."


@signed_in
@require_http_methods(["GET", "POST"])
def maintenance(request: Request, slug: str) -> HttpResponse:
    """Schedule maintenance, from now or from a time ahead."""
    service = get_object_or_404(Service.objects.visible_to(request.user).select_related("team"), slug=slug)
    permissions.require(permissions.may_hold(request.user, service), ONLY_MEMBERS.format(team=service.team))
    form = MaintenanceForm(request.POST or None, zone=request.user.wall_zone)
    if request.method == "POST" and form.is_valid():
        now, typed = timezone.now(), form.cleaned_data
        span = (typed["starts"] or now, typed["ends"])
        try:
            holding.schedule_maintenance(service, span, reason=typed["reason"], by=request.user, now=now)
        except Conflict as refusal:
            form.add_error("ends", str(refusal))
        else:
            return see(request, service.get_absolute_url(), f"Maintenance of {service} is scheduled.")
    context = {"form": form, "service": service}
    return render(request, "oncall/services/maintenance.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_POST
def end_maintenance(request: Request, pk: int) -> HttpResponse:
    """It is done, or called off: what is still triggered is paged now."""
    found = Maintenance.objects.visible_to(request.user).select_related("service__team")
    hold = get_object_or_404(found, pk=pk)
    return _ended(request, hold, hold.service, "The maintenance is over.")


@signed_in
@require_POST
def end_mute(request: Request, pk: int) -> HttpResponse:
    """The alert pages again."""
    found = Mute.objects.visible_to(request.user).select_related("integration__service__team")
    hold = get_object_or_404(found, pk=pk)
    return _ended(request, hold, hold.integration.service, f"“{hold.title}” pages again.")


def _ended(request: Request, hold: Maintenance | Mute, service: Service, text: str) -> HttpResponse:
    permissions.require(permissions.may_end(request.user, hold), ONLY_MEMBERS.format(team=service.team))
    holding.end(hold, by=request.user, now=timezone.now())
    tasks.page_soon()
    return see(request, service.get_absolute_url(), text)

"""Muting an alert from the screen of its incident: a form of its own, and what it does."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from oncall import holding, permissions
from oncall.exceptions import Conflict
from oncall.forms.responding import MuteForm
from oncall.models import Alert
from oncall.views.answers import Request, see, signed_in
from oncall.views.incidents import shown_to


@signed_in
@require_http_methods(["GET", "POST"])
def mute(request: Request, pk: int, alert_pk: int) -> HttpResponse:
    """Let one alert page nobody until a time; what it already opened stays as it is."""
    incident = get_object_or_404(shown_to(request), pk=pk)
    alerts = Alert.objects.visible_to(request.user).select_related("integration__service__team", "service__team")
    alert = get_object_or_404(alerts.filter(incident=incident), pk=alert_pk)
    sentence = f"Only members of {alert.service.team} and administrators mute this alert."
    permissions.require(permissions.may_mute(request.user, alert), sentence)
    form = MuteForm(request.POST or None, zone=request.user.wall_zone)
    if request.method == "POST" and form.is_valid():
        until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
        try:
            holding.mute(alert, until, reason=reason, by=request.user, now=timezone.now())
        except Conflict as refusal:
            form.add_error("until", str(refusal))
        else:
            text = f"Muted until {request.user.local(until):%a %d %b, %H:%M}."
            return see(request, incident.get_absolute_url(), text)
    context = {"form": form, "incident": incident, "alert": alert}
    return render(request, "oncall/incidents/mute.html", context, status=422 if form.is_bound else 200)

"""The listing of incidents, one incident, and declaring one. What changes an incident is in `incident_moves.py`."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from oncall import declaring, tasks
from oncall.forms.incidents import DeclareForm, suggested_services
from oncall.forms.people import suggested_people
from oncall.models import Incident
from oncall.views.answers import Request, is_htmx, see, signed_in
from oncall.views.incident_events import MOST_ENTRIES
from oncall.views.incident_listing import listing_of
from oncall.views.incident_screen import fragment, screen_of

# Whoever asks for the whole timeline gets this many entries at most.
WHOLE_TIMELINE = 5_000


@signed_in
@require_GET
def incidents(request: Request) -> HttpResponse:
    """All incidents, open ones first."""
    context = listing_of(request.user, request.GET)
    template = "_list.html" if is_htmx(request) else "list.html"
    return render(request, f"oncall/incidents/{template}", context)


@signed_in
@require_http_methods(["GET", "POST"])
def declare(request: Request) -> HttpResponse:
    """A form that makes an incident; sent twice, it makes one."""
    form = DeclareForm(request.POST or None, initial={"service": request.GET.get("service", "")})
    if request.method == "POST" and form.is_valid():
        incident = declaring.declare(**form.cleaned_data, by=request.user, now=timezone.now())
        tasks.page_soon()
        return see(request, incident.get_absolute_url(), f"{incident.number} is declared.")
    context = {"form": form, "services": suggested_services(request.user)}
    return render(request, "oncall/incidents/form.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_GET
def incident(request: Request, pk: int) -> HttpResponse:
    """One incident: what, who, since when, what changed, what happened."""
    found = get_object_or_404(shown_to(request), pk=pk)
    context = {
        **screen_of(found, request.user, limit=asked_limit(request)),
        "suggested": suggested_people(found.service.team),
    }
    return render(request, "oncall/incidents/detail.html", context)


@signed_in
@require_GET
def incident_fragment(request: Request, pk: int) -> HttpResponse:
    """The changing part of the screen, for whoever looks at it live."""
    return fragment(request, get_object_or_404(shown_to(request), pk=pk), limit=asked_limit(request))


def asked_limit(request: Request) -> int:
    """How many entries of the timeline to show."""
    return WHOLE_TIMELINE if "all" in request.GET else MOST_ENTRIES


def shown_to(request: Request) -> QuerySet[Incident]:
    """The incidents this person may see, with what their screen names."""
    return Incident.objects.visible_to(request.user).shown().select_related("declared_by", "moved_by")

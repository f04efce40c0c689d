"""Deployments: the listing, newest first, and one deployment among its neighbours."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from oncall.forms.incidents import suggested_services
from oncall.models import Deployment, Incident, Suspect, User, Verdict
from oncall.surveying import stages_now
from oncall.views.answers import Request, signed_in
from oncall.views.deployment_listing import chosen_service, listing_of
from oncall.views.deployment_rhythm import rhythm_of

# How many deployments to show on either side of one.
NEIGHBOURS = 4
MOST_SUSPICIONS = 20


@signed_in
@require_GET
def deployments(request: Request) -> HttpResponse:
    """What went out lately; for one service also what runs where."""
    now = timezone.now()
    context = listing_of(request.user, request.GET)
    service = chosen_service(request.user, context["narrowing"])
    context |= {"service": service, "services": suggested_services(request.user), "running": [], "rhythm": None}
    if service:
        context |= {"running": stages_now(service, now), "rhythm": rhythm_of(service, now)}
    return render(request, "oncall/deployments/list.html", context)


@signed_in
@require_GET
def deployment(request: Request, pk: int) -> HttpResponse:
    """One deployment: what changed, what came before and after, what it is suspected of."""
    shown = Deployment.objects.visible_to(request.user).shown()
    found = get_object_or_404(shown.select_related("integration", "rollback_of"), pk=pk)
    context = {
        "deployment": found,
        "service": found.service,
        "deployments_of_service": f"{reverse('oncall:deployments')}?service={found.service.slug}",
        "took": found.finished_at - found.started_at if found.finished_at and found.started_at else None,
        "running": stages_now(found.service, timezone.now(), {found.environment_id}),
        "neighbours": neighbours_of(found),
        "suspicions": suspicions_of(found, request.user),
        "around": incidents_around(found, request.user),
    }
    return render(request, "oncall/deployments/detail.html", context)


def neighbours_of(one: Deployment) -> list[Deployment]:
    """What was put into the same environment of the same service just before and after, and itself."""
    same = Deployment.objects.filter(service=one.service_id, environment=one.environment_id).shown().exclude(pk=one.pk)
    later = list(same.filter(reached_at__gte=one.reached_at).order_by("reached_at", "pk")[:NEIGHBOURS])
    earlier = list(same.filter(reached_at__lt=one.reached_at)[:NEIGHBOURS])
    return [*reversed(later), one, *earlier]


def suspicions_of(one: Deployment, user: User) -> list[tuple[Incident, Suspect | None, Verdict | None]]:
    """The incidents it is suspected of by their newest ranking, or judged about, newest first."""
    visible = Incident.objects.visible_to(user).real()
    verdicts = {
        verdict.incident_id: verdict
        for verdict in one.verdicts.filter(incident__in=visible).select_related("by", "incident__service")
    }
    newest = one.suspicions.filter(ranking__incident__in=visible).select_related("ranking__incident__service")
    by_incident = {
        suspect.ranking.incident_id: suspect
        for suspect in newest.order_by("ranking__incident_id", "-ranking__made_at").distinct("ranking__incident_id")
    }
    found = {verdict.incident for verdict in verdicts.values()}
    found |= {suspect.ranking.incident for suspect in by_incident.values()}
    ordered = sorted(found, key=lambda incident: incident.triggered_at, reverse=True)[:MOST_SUSPICIONS]
    return [(incident, by_incident.get(incident.pk), verdicts.get(incident.pk)) for incident in ordered]


def incidents_around(one: Deployment, user: User) -> int:
    """How many incidents of its service began within a day after it."""
    until: datetime = one.reached_at + timedelta(days=1)
    began = (
        Incident.objects.visible_to(user).real().filter(service=one.service_id, impact_started_at__gte=one.reached_at)
    )
    return began.filter(impact_started_at__lte=until).count()

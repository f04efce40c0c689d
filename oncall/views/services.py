"""Services: the listing with its filters, one service, and the form of its facts.

Links and dependencies are changed in `service_parts.py`, doors in `integrations.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from oncall.forms.services import ServiceForm
from oncall.models import AuditEntry, Deployment, EscalationPolicy, Incident, Mute, Service
from oncall.permissions import may_change_service, may_hold, require
from oncall.slugs import free_slug
from oncall.surveying import stages_now
from oncall.views.answers import Request, is_htmx, see, signed_in
from oncall.views.door_addresses import address_of, snippet_of
from oncall.views.policy_findings import Finding, policies_with_findings
from oncall.views.revealing import reveal, uncached
from oncall.views.service_graph import neighbourhood_of

PER_PAGE = 50
MOST_TEAMS = 30
MOST_DEPLOYMENTS, MOST_INCIDENTS = 8, 8


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the listing is narrowed to; empty means no narrowing."""

    team: str = ""
    tier: int | None = None
    words: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Narrowing":
        """Read an address; what makes no sense is left out."""
        tier = query.get("tier", "")
        known = {str(value) for value in Service.Tier.values}
        return cls(query.get("team", "")[:80], int(tier) if tier in known else None, query.get("q", "").strip()[:120])

    @property
    def is_narrow(self) -> bool:
        return self != Narrowing()

    def of(self, services: QuerySet[Service]) -> QuerySet[Service]:
        """The services that are left: each word in the name, the description or the system."""
        if self.team:
            services = services.filter(team__slug=self.team)
        if self.tier:
            services = services.filter(tier=self.tier)
        for word in self.words.split():
            said = Q(name__icontains=word) | Q(description__icontains=word) | Q(system__icontains=word)
            services = services.filter(said)
        return services


def only_members(service: Service) -> str:
    """Who may change a service, for whoever may not."""
    return f"Only members of {service.team} and administrators may change {service}."


def changeable(request: Request, slug: str) -> Service:
    """The service, for whoever may change it; 403 for others who see it."""
    found = get_object_or_404(Service.objects.visible_to(request.user).select_related("team"), slug=slug)
    require(may_change_service(request.user, found), only_members(found))
    return found


@signed_in
@require_GET
def services(request: Request) -> HttpResponse:
    """All services by name, or those left by team, tier and words."""
    narrowing = Narrowing.from_query(request.GET)
    visible = Service.objects.visible_to(request.user)
    found = narrowing.of(visible).select_related("team").order_by("name")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = [one.pk for one in page.object_list]
    open_ones = Incident.objects.visible_to(request.user).open().real().filter(service__in=shown)
    teams = replace(narrowing, team="").of(visible).order_by().values_list("team__slug", "team__name")
    tiers = dict(replace(narrowing, tier=None).of(visible).order_by().values_list("tier").annotate(Count("pk")))
    context = {
        "page": page,
        "narrowing": narrowing,
        "broken": set(open_ones.values_list("service_id", flat=True)),
        "teams": list(teams.annotate(n=Count("pk")).order_by("-n", "team__name")[:MOST_TEAMS]),
        "tiers": [(tier.value, tier.label, tiers[tier.value]) for tier in Service.Tier if tier.value in tiers],
        "may_add": request.user.is_administrator or request.user.memberships.exists(),
    }
    template = "_list.html" if is_htmx(request) else "list.html"
    return render(request, f"oncall/services/{template}", context)


@signed_in
@require_GET
def service(request: Request, slug: str) -> HttpResponse:
    """One service: what it is, what runs where, what it needs, what is open, who is paged, its doors."""
    visible = Service.objects.visible_to(request.user).select_related("team", "escalation_policy")
    found = get_object_or_404(visible, slug=slug)
    incidents = Incident.objects.visible_to(request.user).filter(service=found)
    door = reveal(request, f"door_{found.pk}")
    made = found.integrations.filter(pk=door["door"]).select_related("service").first() if door else None
    now = timezone.now()
    open_ones = list(incidents.open().shown().order_by("severity", "-triggered_at")[:MOST_INCIDENTS])
    context = {
        "service": found,
        "is_broken": any(not incident.is_practice for incident in open_ones),
        "links": found.links.all(),
        "running": stages_now(found, now),
        "neighbourhood": neighbourhood_of(found, request.user),
        "incidents": open_ones,
        "deployments": Deployment.objects.visible_to(request.user).filter(service=found).shown()[:MOST_DEPLOYMENTS],
        "doors": found.integrations.order_by("-is_enabled", "dialect", "pk"),
        "findings": _policy_findings(request, found),
        "may_change": may_change_service(request.user, found),
        "may_hold": may_hold(request.user, found),
        "now": now,
        "maintenances": found.maintenances.not_over(now).select_related("created_by"),
        "mutes": Mute.objects.running(now).filter(integration__service=found).select_related("created_by"),
        "new_door": made,
        "new_key": door["secret"] if door else "",
        "new_url": address_of(made.dialect, door["secret"]) if made and door else "",
        "snippet": snippet_of(made, door["secret"]) if made and door else None,
    }
    return uncached(render(request, "oncall/services/detail.html", context))


def _policy_findings(request: Request, one: Service) -> list[Finding]:
    """What is wrong with the policy it follows."""
    followed = EscalationPolicy.objects.filter(pk=one.escalation_policy_id or 0).with_steps()
    found = policies_with_findings(followed, timezone.now(), request.user)
    return found[0][1] if found else []


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Request) -> HttpResponse:
    """Make a service by hand; catalogue files make many."""
    return _edited(request, Service(), "created")


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Request, slug: str) -> HttpResponse:
    """The facts of a service."""
    return _edited(request, changeable(request, slug), "changed")


def _edited(request: Request, one: Service, verb: str) -> HttpResponse:
    form = ServiceForm(request.POST or None, instance=one, user=request.user)
    if request.method == "POST" and form.is_valid():
        one.slug = one.slug or free_slug(Service.objects.all(), one.name)
        saved = form.save()
        detail = ", ".join(form.changed_data)
        AuditEntry.objects.write(saved, verb, actor=request.user, at=timezone.now(), detail=detail)
        return see(request, saved.get_absolute_url(), f"{saved} is saved.")
    context = {"form": form, "service": one}
    return render(request, "oncall/services/form.html", context, status=422 if form.is_bound else 200)

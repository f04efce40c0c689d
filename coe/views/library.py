"""The library of published COEs, and the search over everything."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from coe import searching
from coe.models import COE, ActionItem
from coe.searching import Reader
from coe.views.asking import Request
from coe.views.results import results_of
from oncall.models import Deployment, Incident, Service, Team, User

# Of each other kind of thing, as many are offered beside the COEs.
MOST_OTHERS = 4


@login_required
@require_GET
def library(request: Request) -> HttpResponse:
    """Published COEs, newest first unless words are searched for."""
    context = results_of(request.user, request.GET)
    mine = (
        COE.objects.visible_to(request.user)
        .unfinished()
        .filter(owner=request.user)
        .select_related("team", "draft_header")[:5]
    )
    return render(request, "coe/library/list.html", {**context, "mine": mine})


@login_required
@require_GET
def search(request: Request) -> HttpResponse:
    """COEs by their text, and whatever else bears the words in its name."""
    words = request.GET.get("q", "").replace("\x00", "").strip()
    if place := _exactly(request, words):
        return redirect(place)
    context = results_of(request.user, request.GET)
    is_first = "page" not in request.GET and not context["is_narrowed"]
    others = _others(request.user, words) if is_first and len(words) > 1 else []
    return render(request, "coe/library/search.html", {**context, "others": others})


@login_required
@require_GET
def suggestions(request: Request) -> JsonResponse:
    """What may be meant by what is typed so far: titles and longer texts the person may read."""
    found = searching.suggest(request.GET.get("q", ""), Reader.of(request.user))
    return JsonResponse(
        {"suggestions": [{"text": one.text, "url": f"/coes/{one.coe_id}/" if one.coe_id else ""} for one in found]}
    )


def _exactly(request: Request, words: str) -> str | None:
    """The screen of what was named by its number, if the person may see it."""
    kind, _, number = words.upper().partition("-")
    if not number.isdecimal() or len(number) > 15:
        return None
    for prefix, things in (("INC", Incident.objects.visible_to), ("COE", COE.objects.visible_to)):
        if kind == prefix and (found := things(request.user).filter(pk=int(number)).first()):
            return str(found.get_absolute_url())
    return None


def _others(user: User, words: str) -> list[dict[str, str]]:
    """Incidents, services, teams, people, deployments and action items that bear the words; six queries."""
    incidents = Incident.objects.visible_to(user).filter(title__icontains=words).order_by("-triggered_at")
    services = Service.objects.visible_to(user).filter(name__icontains=words)
    teams = Team.objects.visible_to(user).filter(name__icontains=words)
    people = User.objects.filter(name__icontains=words, is_active=True)
    versions = Deployment.objects.visible_to(user).filter(version=words).select_related("service", "environment")
    actions = ActionItem.objects.visible_to(user).promised().filter(title__icontains=words).order_by("-pk")
    kinds = (
        ("Incident", "siren", incidents),
        ("Service", "box", services),
        ("Team", "users", teams),
        ("Deployment", "rocket", versions),
        ("Action item", "list-checks", actions),
    )
    found = [
        {"kind": kind, "icon": icon, "name": str(thing), "url": thing.get_absolute_url()}
        for kind, icon, things in kinds
        for thing in things[:MOST_OTHERS]
    ]
    return found + [
        {"kind": "Person", "icon": "user-round", "name": person.name, "url": f"mailto:{person.email}"}
        for person in people[:MOST_OTHERS]
    ]

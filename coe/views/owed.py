"""COEs that are owed: the list, asking for one, waiving one and taking that back."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe import owing
from coe.models import COE, Owed
from coe.models.owed import OwedQuerySet
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import Incident, Team, User

PER_PAGE = 50
LISTS = {"standing": "Owed", "late": "Late", "settled": "Published", "waived": "Waived"}


@login_required
@require_GET
def owed(request: Request) -> HttpResponse:
    """The lists, narrowed by team; what is due first comes first."""
    chosen = request.GET.get("list", "standing")
    chosen = chosen if chosen in LISTS else "standing"
    now, team = timezone.now(), request.GET.get("team", "")[:80]
    seen = of_team(Owed.objects.visible_to(request.user), team, request.user)
    page = Paginator(of_list(seen, chosen, now).shown(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows_of(page.object_list, request.user, now),
        "chosen": chosen,
        "lists": [(name, label, counted(seen, name, now)) for name, label in LISTS.items()],
        "team": team,
        "teams": Team.objects.visible_to(request.user).filter(services__incidents__owed__isnull=False).distinct(),
    }
    return render(request, "coe/owed/list.html", context)


def of_team(seen: OwedQuerySet, team: str, user: User) -> OwedQuerySet:
    """Of one team by its slug, of one's own teams for “mine”, else of all."""
    if team == "mine":
        return seen.of_teams(Team.objects.of(user))
    return seen.of_teams(Team.objects.filter(slug=team)) if team else seen


def of_list(seen: OwedQuerySet, name: str, now: Any) -> OwedQuerySet:
    """The rows of one list."""
    if name == "settled":
        return seen.filter(published_at__isnull=False).order_by("-published_at")
    if name == "waived":
        return seen.filter(waived_at__isnull=False).order_by("-waived_at")
    return seen.late(now) if name == "late" else seen.standing()


def counted(seen: OwedQuerySet, name: str, now: Any) -> int | None:
    """How many are to be worked off; what is settled is not counted."""
    return of_list(seen, name, now).count() if name in {"standing", "late"} else None


def rows_of(found: Any, user: User, now: Any) -> list[dict[str, Any]]:
    """Each row with how it stands; a COE is named only to those who may read it.

    What nobody has started is started from the row by the team that owes it: whoever starts a COE owns it.
    """
    rows, mine = list(found), set(Team.objects.of(user).values_list("pk", flat=True))
    wanted = [row.coe_id for row in rows if row.coe_id]
    readable = COE.objects.visible_to(user).filter(pk__in=wanted).select_related("owner").in_bulk() if wanted else {}
    return [
        {"owed": row, "coe": readable.get(row.coe_id), "is_hidden": bool(row.coe_id) and row.coe_id not in readable}
        | {"due": row.due_at, "is_late": row.is_late(now)}
        | {"may_start": row.is_standing and not row.coe_id and row.incident.service.team_id in mine}
        for row in rows
    ]


@login_required
@require_http_methods(["GET", "POST"])
def request_coe(request: Request, pk: int) -> HttpResponse:
    """Ask for a COE that the severity does not owe."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user).select_related("service__team"), pk=pk)
    context: dict[str, Any] = {
        "incident": incident,
        "because": request.POST.get("because", ""),
        "is_request": True,
        "problem": "",
    }
    if request.method == "POST":
        try:
            owing.request(incident, request.user, context["because"], timezone.now())
        except ValidationError as error:
            context["problem"] = error.message_dict["because"][0]
        else:
            return see(request, f"{incident.get_absolute_url()}#coes", f"A COE for {incident.number} is owed now.")
    return render(request, "coe/owed/form.html", context, status=422 if context["problem"] else 200)


@login_required
@require_http_methods(["GET", "POST"])
def waive(request: Request, pk: int) -> HttpResponse:
    """Say why an incident needs no COE."""
    row = get_object_or_404(Owed.objects.visible_to(request.user).shown(), pk=pk)
    owing.require_waive(request.user, row.incident)
    context: dict[str, Any] = {
        "incident": row.incident,
        "owed": row,
        "because": request.POST.get("because", ""),
        "problem": "",
    }
    if request.method == "POST":
        try:
            owing.waive(row, request.user, context["because"], timezone.now())
        except ValidationError as error:
            context["problem"] = error.message_dict["because"][0]
        else:
            return see(request, f"{row.incident.get_absolute_url()}#coes", f"{row.incident.number} needs no COE.")
    return render(request, "coe/owed/form.html", context, status=422 if context["problem"] else 200)


@login_required
@require_POST
def demand_again(request: Request, pk: int) -> HttpResponse:
    """Take a waiver back."""
    row = get_object_or_404(Owed.objects.visible_to(request.user).shown(), pk=pk)
    owing.demand_again(row, request.user, timezone.now())
    return see(request, f"{row.incident.get_absolute_url()}#coes", f"A COE for {row.incident.number} is owed again.")

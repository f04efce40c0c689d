"""Schedules: who is on call everywhere now, and one schedule with its timeline, findings and load.

Overrides are in `overrides.py`, rotations in `rotations.py`.
"""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from oncall import holding, shifts, times
from oncall.forms.schedules import ScheduleForm
from oncall.models import AuditEntry, Schedule, Team, User
from oncall.permissions import may_change_schedule, require
from oncall.slugs import free_slug
from oncall.views.answers import Request, see, signed_in
from oncall.views.duties import duties, duty_of, people_of
from oncall.views.schedule_findings import findings_of
from oncall.views.schedule_load import load_of
from oncall.views.schedule_timeline import Window, final_row, grid_of

PER_PAGE = 40
# Schedules of one's own teams that are drawn; the rest are in the listing.
MOST_DRAWN = 12


def defined(request: Request) -> QuerySet[Schedule]:
    """The schedules this person may see, with everything that computing their shifts reads."""
    return Schedule.objects.visible_to(request.user).select_related("team").with_definition()


def only_members(schedule: Schedule) -> str:
    """Who may change a schedule, for whoever may not."""
    return f"Only members of {schedule.team} and administrators may change {schedule}."


@signed_in
@require_GET
def schedules(request: Request) -> HttpResponse:
    """Who is on call now: the schedules of one's own teams drawn, then all of them."""
    now, words = timezone.now(), request.GET.get("q", "").strip()[:120]
    mine = list(defined(request).filter(team__memberships__user=request.user)[:MOST_DRAWN])
    found = defined(request).order_by("team__name", "name")
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(team__name__icontains=word))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "duties": duties(page.object_list, now),
        "grid": overview_of(mine, request.user, now) if mine else None,
        "mine": duties(mine, now),
        "maintenances": holding.maintenance_of(Team.objects.of(request.user), now),
        "now": now,
        "may_add": request.user.is_administrator or request.user.memberships.exists(),
    }
    return render(request, "oncall/schedules/list.html", context)


def overview_of(mine: list[Schedule], user: User, now: Any) -> dict[str, Any]:
    """One row for each schedule: the final schedule of the present week and the next, on the viewer's clock."""
    window = Window.from_query({}, user.zone, user.zone, now)
    span = (window.start, window.end)
    rows = [
        {"label": schedule.name, "shifts": final_row(schedule.definition(), people_of(schedule), span)}
        for schedule in mine
    ]
    return {"label": "Schedules of your teams", "start": span[0], "end": span[1], "now": now, "rows": rows}


@signed_in
@require_GET
def schedule(request: Request, slug: str) -> HttpResponse:
    """One schedule, on the viewer's clock or on its own."""
    found = get_object_or_404(defined(request), slug=slug)
    now = timezone.now()
    window = Window.from_query(request.GET, found.zone, request.user.zone, now)
    duty = duty_of(found, now)
    context = {
        "schedule": found,
        "duty": duty,
        "window": window,
        "grid": grid_of(found, window, now),
        "findings": findings_of(found, now),
        "load": load_of(found, now),
        "overrides": [one for one in found.overrides.all() if one.ends_at > now],
        "seconds": secondaries(found, now),
        "may_change": may_change_schedule(request.user, found),
        "may_take": not duty.names(request.user),
        "now": now,
    }
    with timezone.override(times.zone(window.zone)):
        return render(request, "oncall/schedules/detail.html", context)


def secondaries(schedule: Schedule, now: Any) -> list[tuple[str, list[User]]]:
    """The other roles of a schedule with who holds them now."""
    definition, people = schedule.definition(), people_of(schedule)
    roles = dict.fromkeys(layer.role for layer in definition.layers if layer.role != shifts.PRIMARY)
    return [(role, [people[pk] for pk in shifts.on_call_at(definition, now, role)]) for role in roles]


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Request) -> HttpResponse:
    """Make a schedule; its rotation comes next."""
    return _edited(request, Schedule(zone=request.user.zone), "created")


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Request, slug: str) -> HttpResponse:
    """Name, team and zone."""
    found = get_object_or_404(defined(request), slug=slug)
    require(may_change_schedule(request.user, found), only_members(found))
    return _edited(request, found, "changed")


def _edited(request: Request, one: Schedule, verb: str) -> HttpResponse:
    form = ScheduleForm(request.POST or None, instance=one, user=request.user)
    if request.method == "POST" and form.is_valid():
        one.slug = one.slug or free_slug(Schedule.objects.all(), one.name)
        saved = form.save()
        AuditEntry.objects.write(saved, verb, actor=request.user, at=timezone.now())
        return see(request, saved.get_absolute_url(), f"{saved} is saved.")
    context = {"form": form, "schedule": one, "zones": times.zone_names()}
    return render(request, "oncall/schedules/form.html", context, status=422 if form.is_bound else 200)

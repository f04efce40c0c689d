"""The rotations of a schedule: add, change, remove, each with a preview of four weeks before anything is saved.

A form is sent to its own address whatever is pressed: `save` saves, anything else shows the screen with what is typed.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from oncall import scheduling
from oncall.forms.people import PersonField, suggested_people
from oncall.forms.schedules import LayerForm, initial_of
from oncall.forms.turns import Turns
from oncall.models import Schedule, ScheduleLayer, User
from oncall.permissions import may_change_schedule, require
from oncall.times import local
from oncall.views.answers import Request, is_htmx, see, signed_in
from oncall.views.schedule_preview import Preview, preview_of
from oncall.views.schedules import defined, only_members
from oncall.views.seen import is_stale, seen_of


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Request, slug: str) -> HttpResponse:
    """A new rotation, at the bottom."""
    return _edited(request, changeable(request, slug), None)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Request, slug: str, pk: int) -> HttpResponse:
    """Change a rotation, its people and its place."""
    schedule = changeable(request, slug)
    return _edited(request, schedule, get_object_or_404(schedule.layers.select_related("schedule"), pk=pk))


def changeable(request: Request, slug: str) -> Schedule:
    """The schedule, for whoever may change it; 403 for others who see it."""
    schedule = get_object_or_404(defined(request), slug=slug)
    require(may_change_schedule(request.user, schedule), only_members(schedule))
    return schedule


def _edited(request: Request, schedule: Schedule, layer: ScheduleLayer | None) -> HttpResponse:
    others = [one.name for one in schedule.layers.all() if layer is None or one.pk != layer.pk]
    is_saving, is_refused, now = "save" in request.POST, False, timezone.now()
    turns, problem, seen = Turns.of_layer(layer) if layer else Turns(), "", _seen(layer)
    form = LayerForm(initial=_initial(schedule, layer), others=others)
    if request.method == "POST":
        turns, problem = _turns(request)
        form = LayerForm(request.POST, others=others)
        is_refused = is_saving and (bool(problem) or not form.is_valid() or is_stale(request, seen))
    if is_saving and not is_refused:
        saved = scheduling.save_layer(schedule, form.plan(turns.slots), layer, by=request.user, now=now)
        return see(request, schedule.get_absolute_url(), f"{saved.name} is saved.")
    context = {
        "schedule": schedule,
        "layer": layer,
        "form": form,
        "turns": rows_of(turns),
        "problem": problem,
        "typed": request.POST.get("person", "") if problem else "",
        "people": suggested_people(schedule.team),
        "preview": _preview(schedule, layer, form, turns, now),
        "seen": seen if is_saving else request.POST.get("seen", seen),
        "is_stale": is_saving and is_stale(request, seen),
    }
    template = "_layer.html" if is_htmx(request) else "layer.html"
    return render(request, f"oncall/schedules/{template}", context, status=422 if is_refused else 200)


def _seen(layer: ScheduleLayer | None) -> str:
    return seen_of(initial_of(layer), Turns.of_layer(layer)) if layer else seen_of()


def _turns(request: Request) -> tuple[Turns, str]:
    """The turns after the pressed button and the added person, and what is wrong about that person."""
    turns = Turns.from_fields(request.POST.getlist("turn")).changed(request.POST.get("change", ""))
    typed = request.POST.get("person", "").strip()
    if not typed:
        return turns, ""
    try:
        person = PersonField().clean(typed)
    except ValidationError as error:
        return turns, " ".join(error.messages)
    return (turns.with_person(person) if person else turns), ""


def rows_of(turns: Turns) -> list[dict[str, Any]]:
    """Each turn with its people, as the screen lists it."""
    people = User.objects.in_bulk({pk for slot in turns.slots for pk in slot})
    return [
        {"value": ",".join(map(str, slot)), "people": [people[pk] for pk in slot], "is_shared": len(slot) > 1}
        for slot in turns.slots
    ]


def _initial(schedule: Schedule, layer: ScheduleLayer | None) -> dict[str, Any]:
    if layer:
        return initial_of(layer)
    count = len(schedule.layers.all())
    today = local(timezone.now(), schedule.zone).date()
    name = "Weekly rotation" if count == 0 else f"Rotation {count + 1}"
    facts = {"name": name, "role": "primary", "rotation": "weekly", "every": 1, "hand_over_on": 0}
    return facts | {"position": count, "starts_on": today}


def _preview(
    schedule: Schedule, layer: ScheduleLayer | None, form: LayerForm, turns: Turns, now: datetime
) -> Preview | None:
    """The four weeks before and after; nothing while the form says nothing that could be computed."""
    if form.is_bound:
        plan = form.plan(turns.slots) if form.is_valid() else None
    else:
        # The saved values of a layer, through the same form as what is typed.
        shown = LayerForm({name: form[name].value() for name in form.fields}, others=["…"] * len(schedule.layers.all()))
        plan = shown.plan(turns.slots) if shown.is_valid() else None
    if plan is None:
        return None
    return preview_of(schedule, scheduling.planned(schedule, plan, layer), plan.role, now)


@signed_in
@require_http_methods(["GET", "POST"])
def remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take a rotation away; what that does to the next four weeks is shown first."""
    schedule = changeable(request, slug)
    layer = get_object_or_404(schedule.layers.select_related("schedule"), pk=pk)
    now = timezone.now()
    if request.method == "POST":
        scheduling.remove_layer(layer, by=request.user, now=now)
        return see(request, schedule.get_absolute_url(), f"{layer.name} is removed.")
    preview = preview_of(schedule, scheduling.planned(schedule, None, layer), layer.role, now)
    context = {"schedule": schedule, "layer": layer, "preview": preview}
    return render(request, "oncall/schedules/remove_layer.html", context)

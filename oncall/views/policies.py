"""Escalation policies: one in words with what is wrong with it, and the form that changes it.

A form is sent to its own address whatever is pressed: `save` saves, anything else shows the screen with what is typed.
"""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from oncall import planning, reaching, times
from oncall.exceptions import Conflict
from oncall.forms.conditions import DAYS, SEVERITIES
from oncall.forms.people import suggested_people
from oncall.forms.policies import PolicyForm
from oncall.forms.steps import Step, Steps, code_of, whole
from oncall.models import EscalationPolicy, EscalationStep, Room, Schedule, ScheduleLayer, Team
from oncall.permissions import may_change_policy, require
from oncall.views.answers import Request, is_htmx, see, signed_in
from oncall.views.policy_findings import findings_of
from oncall.views.policy_versions import versions_of
from oncall.views.policy_words import role_words, summary_of, words_of
from oncall.views.seen import is_stale, seen_of

# Schedules and rooms beyond these are offered by making the policy in their team.
MOST_SCHEDULES, MOST_ROOMS = 200, 200
# As the model allows.
MOST_REPEATS = 9


@signed_in
@require_GET
def policy(request: Request, pk: int) -> HttpResponse:
    """One policy in words."""
    visible = EscalationPolicy.objects.visible_to(request.user).select_related("team", "last_resort")
    found, now = get_object_or_404(visible, pk=pk), timezone.now()
    versions = versions_of(found, request.user, now)
    steps = next((row.steps for row in versions if row.is_current), [])
    context = {
        "policy": found,
        "steps": steps,
        "summary": summary_of(steps, found.repeats, found.last_resort),
        "findings": findings_of({found.pk: steps}, now, request.user)[found.pk],
        "versions": versions,
        "followed": [row for row in versions if row.followers and not row.is_current],
        "services": found.services.order_by("tier", "name"),
        "may_change": may_change_policy(request.user, found),
    }
    return render(request, "oncall/policies/detail.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Request) -> HttpResponse:
    """A new policy, for the team in the address."""
    team = Team.objects.visible_to(request.user).filter(slug=request.GET.get("team", "")).first()
    first = Steps((Step(targets=()),))
    return _edited(request, EscalationPolicy(team=team) if team else EscalationPolicy(), first)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Change a policy."""
    visible = EscalationPolicy.objects.visible_to(request.user).select_related("team").with_steps()
    found = get_object_or_404(visible, pk=pk)
    sentence = f"Only members of {found.team} and administrators may change its policies."
    require(may_change_policy(request.user, found), sentence)
    return _edited(request, found, Steps.of_plan(planning.plan_of(found)))


def _edited(request: Request, one: EscalationPolicy, steps: Steps) -> HttpResponse:
    # Before the form, which writes what is typed into the policy.
    seen = seen_of(one.name, one.team_id, one.repeats, one.last_resort_id, steps)
    form = PolicyForm(request.POST or None, instance=one, user=request.user)
    is_saving, now, problem = "save" in request.POST, timezone.now(), ""
    if request.method == "POST":
        steps = Steps.from_post(request.POST).changed(request.POST.get("change", ""))
    if is_saving:
        steps = steps.checked()
        problem = steps.problem or reaching.why_useless(steps.plan(), now)
        if form.is_valid() and not problem and not is_stale(request, seen) and _saved(request, form, steps, now):
            return see(request, reverse("oncall:policy", args=[one.pk]), f"{one.name} is saved.")
    context = {
        "policy": one,
        "form": form,
        "problem": problem,
        "seen": seen if is_saving else request.POST.get("seen", seen),
        "is_stale": is_saving and is_stale(request, seen),
        **_shown(steps, form, now),
        **_choices(request, one),
    }
    template = "_form.html" if is_htmx(request) else "form.html"
    return render(request, f"oncall/policies/{template}", context, status=422 if is_saving else 200)


def _saved(request: Request, form: PolicyForm, steps: Steps, now: datetime) -> bool:
    """Whether the policy is saved; last resorts that lead round in a circle are said at their field."""
    try:
        planning.save_policy(form.instance, steps.plan(), by=request.user, now=now)
    except Conflict as refusal:
        form.add_error("last_resort", str(refusal))
        return False
    return True


def _choices(request: Request, one: EscalationPolicy) -> dict[str, Any]:
    """What a step offers to choose from."""
    schedules = choices_of(one)
    return {
        "schedules": schedules,
        "rooms": rooms_of(one),
        "people": suggested_people(one.team if one.team_id else None),
        "picks": EscalationStep.Pick.choices,
        "severities": SEVERITIES,
        "weekdays": [(str(day), label) for day, label in DAYS],
        "zones": times.zone_names(),
        "default_zone": _zone_of(one) or request.user.wall_zone,
    }


def _zone_of(one: EscalationPolicy) -> str:
    """The clock of the policy's team: that of its first schedule."""
    return Schedule.objects.filter(team=one.team_id or 0).values_list("zone", flat=True).first() or ""


def rooms_of(one: EscalationPolicy) -> list[tuple[str, str]]:
    """Rooms as words of the form, those of the policy's team first."""
    kept = Room.objects.kept().select_related("team")[:MOST_ROOMS]
    found = sorted(kept, key=lambda room: room.team_id != one.team_id)
    return [(f"room:{room.pk}", f"{room.name} of {room.team}") for room in found]


def _shown(steps: Steps, form: PolicyForm, now: datetime) -> dict[str, Any]:
    """Each typed step beside its words, and the sentence it all makes so far."""
    words = words_of(steps.plan(), now)
    repeats = whole(str(form["repeats"].value() or 0), MOST_REPEATS) or 0
    resort = whole(str(form["last_resort"].value() or 0), 10**9)
    rows = [
        {"typed": step, "words": said, "targets": [(code_of(target.target), target) for target in said.targets]}
        for step, said in zip(steps.steps, words, strict=True)
    ]
    chosen = EscalationPolicy.objects.filter(pk=resort or 0).first()
    return {"rows": rows, "summary": summary_of(words, repeats, chosen)}


def choices_of(one: EscalationPolicy) -> list[tuple[str, str]]:
    """Schedules with each role they have, those of the policy's team first."""
    own, found = one.team_id or 0, Schedule.objects.select_related("team").prefetch_related("layers")
    ordered = sorted(found[:MOST_SCHEDULES], key=lambda schedule: (schedule.team_id != own, schedule.name))
    return [
        (f"schedule:{schedule.pk}:{role}", role_words(schedule, role))
        for schedule in ordered
        for role in dict.fromkeys([ScheduleLayer.Role.PRIMARY.value, *(one.role for one in schedule.layers.all())])
    ]

"""Escalation policies: one in words with what is wrong with it, and the form that changes it.

A form is sent to its own address whatever is pressed: `save` saves, anything else shows the screen with what is typed.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from oncall import planning
from oncall.forms.people import suggested_people
from oncall.forms.policies import PolicyForm
from oncall.forms.steps import LONGEST_DELAY, Step, Steps, code_of, whole
from oncall.models import EscalationPolicy, Schedule, ScheduleLayer, Team
from oncall.permissions import may_change_policy, require
from oncall.planning import StepPlan
from oncall.views.answers import Request, is_htmx, see, signed_in
from oncall.views.policy_words import role_words, summary_of, words_of
from oncall.views.seen import is_stale, seen_of

# Schedules beyond these are offered by making the policy in their team.
MOST_SCHEDULES = 200
# As the model allows.
MOST_REPEATS = 9


@signed_in
@require_GET
def policy(request: Request, pk: int) -> HttpResponse:
    """One policy in words."""
    visible = EscalationPolicy.objects.visible_to(request.user).select_related("team").with_steps()
    found = get_object_or_404(visible, pk=pk)
    steps = words_of(planning.plan_of(found), timezone.now())
    context = {
        "policy": found,
        "steps": steps,
        "summary": summary_of(steps, found.repeats),
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
    seen = seen_of(one.name, one.team_id, one.repeats, steps)
    form = PolicyForm(request.POST or None, instance=one, user=request.user)
    is_saving, now = "save" in request.POST, timezone.now()
    if request.method == "POST":
        steps = Steps.from_post(request.POST).changed(request.POST.get("change", ""))
    if is_saving:
        steps = steps.checked()
        if form.is_valid() and not steps.problem and not is_stale(request, seen):
            planning.save_policy(one, steps.plan(), by=request.user, now=now)
            return see(request, reverse("oncall:policy", args=[one.pk]), f"{one.name} is saved.")
    context = {
        "policy": one,
        "form": form,
        "problem": steps.problem if is_saving else "",
        "seen": seen if is_saving else request.POST.get("seen", seen),
        "is_stale": is_saving and is_stale(request, seen),
        **_shown(steps, form, now),
        "schedules": choices_of(one),
        "people": suggested_people(one.team if one.team_id else None),
    }
    template = "_form.html" if is_htmx(request) else "form.html"
    return render(request, f"oncall/policies/{template}", context, status=422 if is_saving else 200)


def _shown(steps: Steps, form: PolicyForm, now: Any) -> dict[str, Any]:
    """Each typed step beside its words, and the sentence it all makes so far."""
    plans = tuple(StepPlan(whole(step.delay, LONGEST_DELAY) or 0, step.targets) for step in steps.steps)
    words = words_of(plans, now)
    repeats = whole(str(form["repeats"].value() or 0), MOST_REPEATS) or 0
    rows = [
        {"typed": step, "words": said, "targets": [(code_of(target.target), target) for target in said.targets]}
        for step, said in zip(steps.steps, words, strict=True)
    ]
    return {"rows": rows, "summary": summary_of(words, repeats)}


def choices_of(one: EscalationPolicy) -> list[tuple[str, str]]:
    """Schedules with each role they have, those of the policy's team first."""
    own, found = one.team_id or 0, Schedule.objects.select_related("team").prefetch_related("layers")
    ordered = sorted(found[:MOST_SCHEDULES], key=lambda schedule: (schedule.team_id != own, schedule.name))
    return [
        (f"schedule:{schedule.pk}:{role}", role_words(schedule, role))
        for schedule in ordered
        for role in dict.fromkeys([ScheduleLayer.Role.PRIMARY.value, *(one.role for one in schedule.layers.all())])
    ]

"""Everything that changes an incident: its moves, severity, notes and verdicts. POST only.

Whether a move is legal is decided by the model: a refusal becomes 409, for htmx with the screen as it is now.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from oncall import permissions, tasks
from oncall.exceptions import Conflict
from oncall.forms.incidents import NoteForm, SeverityForm
from oncall.forms.people import suggested_people
from oncall.models import Deployment, Incident, User, Verdict
from oncall.views.answers import Request, is_htmx, see, signed_in, toasted
from oncall.views.incident_screen import fragment, screen_of
from oncall.views.incidents import shown_to

Move = Callable[[Incident, User], object]
ONLY_RESPONDERS = "Only people with an active account may work on incidents."


def moved(request: Request, pk: int, move: Move, text: str) -> HttpResponse:
    """Make one move and show the incident; whoever was too late is told who was faster."""
    incident = get_object_or_404(shown_to(request), pk=pk)
    permissions.require(permissions.may_respond(request.user, incident), ONLY_RESPONDERS)
    try:
        move(incident, request.user)
    except Conflict as refusal:
        if not is_htmx(request):
            raise
        return fragment(request, _fresh(request, pk), status=409, problem=str(refusal))
    if is_htmx(request):
        return toasted(fragment(request, _fresh(request, pk)), text)
    return see(request, incident.get_absolute_url(), text)


def _fresh(request: Request, pk: int) -> Incident:
    return get_object_or_404(shown_to(request), pk=pk)


@signed_in
@require_POST
def acknowledge(request: Request, pk: int) -> HttpResponse:
    """Take it."""
    return moved(request, pk, lambda incident, by: incident.acknowledge(by=by), "You have it. Paging has stopped.")


@signed_in
@require_POST
def mitigate(request: Request, pk: int) -> HttpResponse:
    """The pain is over."""
    return moved(request, pk, lambda incident, by: incident.mitigate(by=by), "Marked as mitigated.")


@signed_in
@require_POST
def resolve(request: Request, pk: int) -> HttpResponse:
    """It is over."""
    return moved(request, pk, lambda incident, by: incident.resolve(by=by), "Resolved.")


@signed_in
@require_POST
def escalate(request: Request, pk: int) -> HttpResponse:
    """Page the next step now."""
    answer = moved(request, pk, lambda incident, by: incident.escalate(by=by), "The next step is paged now.")
    tasks.page_soon()
    return answer


@signed_in
@require_POST
def trigger_again(request: Request, pk: int) -> HttpResponse:
    """It is back, or given back."""
    answer = moved(request, pk, lambda incident, by: incident.trigger_again(by=by), "Triggered again.")
    tasks.page_soon()
    return answer


@signed_in
@require_POST
def severity(request: Request, pk: int) -> HttpResponse:
    """Set the severity."""
    form = SeverityForm(request.POST)
    if not form.is_valid():
        return _refused(request, pk, "Choose a severity from SEV 1 to SEV 5.")
    level = form.cleaned_data["severity"]
    answer = moved(
        request, pk, lambda incident, by: incident.change_severity(level, by=by), f"The severity is SEV {level}."
    )
    tasks.page_soon()
    return answer


@signed_in
@require_POST
def note(request: Request, pk: int) -> HttpResponse:
    """Write on the timeline. What was typed is kept when it cannot be saved."""
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return _refused(request, pk, "", note_form=form)
    text = form.cleaned_data["text"]
    return moved(request, pk, lambda incident, by: incident.note(text, by=by), "Noted.")


@signed_in
@require_POST
def confirm_suspect(request: Request, pk: int, deployment_pk: int) -> HttpResponse:
    """It was this."""
    return _judged(request, pk, deployment_pk, Verdict.Ruling.CONFIRMED)


@signed_in
@require_POST
def rule_out_suspect(request: Request, pk: int, deployment_pk: int) -> HttpResponse:
    """It was not this."""
    return _judged(request, pk, deployment_pk, Verdict.Ruling.RULED_OUT)


def _judged(request: Request, pk: int, deployment_pk: int, ruling: Verdict.Ruling) -> HttpResponse:
    deployment = get_object_or_404(Deployment.objects.visible_to(request.user).shown(), pk=deployment_pk)
    words = "is what did it" if ruling == Verdict.Ruling.CONFIRMED else "is ruled out"

    def judge(incident: Incident, by: User) -> None:
        incident.verdicts.pass_on(incident, deployment, ruling, by=by)

    return moved(request, pk, judge, f"Kept: {deployment} {words}.")


def _refused(request: Request, pk: int, problem: str, **more: Any) -> HttpResponse:
    """The incident again, with what is wrong about what was sent."""
    incident = get_object_or_404(shown_to(request), pk=pk)
    if is_htmx(request):
        return fragment(request, incident, status=422, problem=problem, **more)
    suggested = suggested_people(incident.service.team)
    context = {**screen_of(incident, request.user), "problem": problem, "suggested": suggested, **more}
    return render(request, "oncall/incidents/detail.html", context, status=422)

"""Where a draft begins and how it moves on: started, submitted, withdrawn, given up, published.

Whether a move is legal is decided by the verbs: a refusal becomes 409.
"""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe import drafting, giving_up, lacking, publishing, reviewing, tasks
from coe.forms.moves import SubmitForm
from coe.models import COE, Template
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor import draft_of, edit_url
from coe.views.editor_screen import standing_of, suggested_reviewers
from coe.views.reviews import review_screen
from oncall.models import Incident


@login_required
@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    """Start the COE of an incident, or go on with the one that was started."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
    chosen = request.POST.get("template", "")
    template = Template.objects.offered().filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) < 10 else None
    coe = drafting.draft_for(incident, request.user, timezone.now(), template=template)
    return see(request, edit_url(coe))


@login_required
@require_http_methods(["GET", "POST"])
def submit(request: Request, pk: int) -> HttpResponse:
    """Ask for review; says everything that is missing."""
    coe = draft_of(request, pk)
    data = request.POST if request.method == "POST" else None
    if data is None and not coe.is_editable:
        return redirect("coe:review", pk=pk)
    form = SubmitForm(data, suggestions=suggested_reviewers(coe)) if data is not None else None
    if form is None or not form.is_valid():
        return submit_screen(request, coe, form)
    try:
        reviewing.submit(coe, request.user, form.reviewers(), timezone.now())
    except lacking.NotReady:
        return submit_screen(request, coe, form, status=409)
    except ValidationError as error:
        form.add_error("others", error.messages)
        return submit_screen(request, coe, form)
    tasks.remind_soon()
    return see(request, f"{coe.get_absolute_url()}review/", f"{coe.number} is in review.")


def submit_screen(request: Request, coe: COE, form: SubmitForm | None, status: int = 422) -> HttpResponse:
    """The form on a screen of its own: without JavaScript, or when something was refused."""
    context = standing_of(coe, {"submit": form} if form else None)
    return render(request, "coe/editor/submit.html", context, status=status if form else 200)


@login_required
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take it back from review."""
    coe = draft_of(request, pk)
    reviewing.withdraw(coe, request.user, timezone.now())
    return see(request, edit_url(coe), f"{coe.number} is a draft again.")


@login_required
@require_POST
def reopen(request: Request, pk: int) -> HttpResponse:
    """Take an approved COE back to change it."""
    coe = draft_of(request, pk)
    reviewing.reopen(coe, request.user, timezone.now())
    return see(request, edit_url(coe), f"{coe.number} can be changed; it must be approved again.")


@login_required
@require_POST
def give_up(request: Request, pk: int) -> HttpResponse:
    """Give a re-issue up: back to what is published."""
    coe = draft_of(request, pk)
    kept = giving_up.give_up(coe, request.user, timezone.now())
    tasks.remind_soon()
    told = f"The re-issue is given up. What it said is kept as revision {kept.number}."
    return see(request, coe.get_absolute_url(), told)


@login_required
@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    """Publish what was approved, with the ticks that were made on the same form."""
    coe = get_object_or_404(COE.objects.visible_to(request.user).select_related("team", "owner"), pk=pk)
    note, ticked = request.POST.get("change_note", ""), request.POST.getlist("ticked")
    try:
        publishing.publish(coe, request.user, timezone.now(), change_note=note, ticked=ticked)
    except ValidationError as error:
        return not_published(request, coe, error.messages[0], status=422)
    except lacking.NotReady as refusal:
        return not_published(request, coe, str(refusal), status=409)
    # What it corrects is promised from now on, and may be due today.
    tasks.remind_soon()
    return see(request, coe.get_absolute_url(), f"{coe.number} is published.")


def not_published(request: Request, coe: COE, problem: str, status: int) -> HttpResponse:
    """The review's screen, with what was ticked and typed."""
    return review_screen(request, coe, status=status, problem=problem, title="Not published.")

"""Importing COEs from Markdown: choose files, see what was understood, import."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe.forms.importing import ConfirmForm, ImportForm, carried
from coe.importing.making import Made, make
from coe.importing.proposing import Proposal, propose
from coe.views.asking import Request

# As many lines of one file are listed as kept; the rest is counted.
MOST_LINES = 40


@login_required
@require_http_methods(["GET", "POST"])
def choose(request: Request) -> HttpResponse:
    """Which files, and for whom; a POST shows what they would become and changes nothing."""
    if request.method == "GET":
        return render(request, "coe/imports/form.html", {"form": ImportForm(user=request.user)})
    form = ImportForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return render(request, "coe/imports/form.html", {"form": form}, status=422)
    asked = form.cleaned_data
    context = {
        "form": form,
        "proposals": propose(asked["uploads"], request.user, asked["zone"], asked["source"]),
        "carried": carried(asked["uploads"]),
        "asked": asked,
        "most": MOST_LINES,
    }
    return render(request, "coe/imports/preview.html", context)


@login_required
@require_POST
def confirm(request: Request) -> HttpResponse:
    """Make COEs of what was shown; one that is refused does not keep the others from coming in."""
    form = ConfirmForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("coe:import")
    asked = form.cleaned_data
    proposals = propose(asked["uploads"], request.user, asked["zone"], asked["source"])
    made, refused = _made(request, asked, [one for one in proposals if not one.duplicate or "again" in request.POST])
    skipped = [one for one in proposals if one.duplicate and "again" not in request.POST]
    return render(request, "coe/imports/done.html", {"made": made, "refused": refused, "skipped": skipped})


def _made(
    request: Request, asked: dict[str, Any], proposals: list[Proposal]
) -> tuple[list[Made], list[tuple[Proposal, str]]]:
    made: list[Made] = []
    refused: list[tuple[Proposal, str]] = []
    for proposal in proposals:
        try:
            made.append(
                make(
                    proposal,
                    team=asked["team"],
                    owner=request.user,
                    by=request.user,
                    now=timezone.now(),
                    publish=asked["publish"],
                )
            )
        except ValidationError as error:
            refused.append((proposal, error.messages[0]))
    return made, refused

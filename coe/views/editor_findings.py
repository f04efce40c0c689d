"""The linter's findings beside the text: read as JSON, waived with a reason, mended by what they offer."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from coe import documents, judging, linting
from coe.forms.findings import MendForm, WaiveForm
from coe.models import COE
from coe.views.answers import is_htmx, see
from coe.views.asking import Request
from coe.views.editor import draft_of, edit_url
from coe.views.editor_screen import standing_of
from coe.views.part_findings import as_json, checksums
from oncall.exceptions import Conflict


@login_required
@require_GET
def findings(request: Request, pk: int) -> JsonResponse:
    """Every finding of the draft as it is saved; offsets count UTF-16 units, as JavaScript does."""
    coe = draft_of(request, pk)
    content = documents.content_of(coe)
    texts = {place.key: place.text for place in linting.Document(content).places}
    rows = as_json(judging.findings_of(coe, content), texts)
    named = [{**row, "name": linting.RULES[row["rule"]].name} for row in rows]
    return JsonResponse({"edits": coe.edits, "texts": checksums(coe), "findings": named})


@login_required
@require_POST
def waive(request: Request, pk: int, fingerprint: str) -> HttpResponse:
    """Let a finding stand, for a reason."""
    coe, form = draft_of(request, pk), WaiveForm(request.POST)
    if not form.is_valid():
        return answer(request, coe, problem=str(next(iter(form.errors.values()))[0]), fingerprint=fingerprint)
    facts = form.cleaned_data
    try:
        judging.waive(coe, facts["rule"], fingerprint, facts["reason"], request.user, timezone.now())
    except (ValidationError, Conflict) as error:
        problem = error.messages[0] if isinstance(error, ValidationError) else str(error)
        return answer(request, coe, problem=problem, fingerprint=fingerprint)
    return answer(request, coe)


@login_required
@require_POST
def unwaive(request: Request, pk: int, fingerprint: str) -> HttpResponse:
    """Take a waiver back."""
    coe = draft_of(request, pk)
    judging.unwaive(coe, fingerprint, request.user, timezone.now())
    return answer(request, coe)


@login_required
@require_POST
def mend(request: Request, pk: int, fingerprint: str) -> HttpResponse:
    """Put what a finding offers into its place."""
    coe, form = draft_of(request, pk), MendForm(request.POST)
    if not form.is_valid():
        raise Conflict("This finding is not the one that was on your screen. Load it again.")
    place = judging.mend(coe, form.cleaned_data["rule"], fingerprint, by=request.user, now=timezone.now())
    return see(request, edit_url(coe, place), "It is mended.")


def answer(request: Request, coe: COE, *, problem: str = "", fingerprint: str = "") -> HttpResponse:
    """The panel beside the text; without htmx the whole screen again, or the panel alone with what is wrong."""
    if not is_htmx(request) and not problem:
        return see(request, edit_url(coe, "standing"))
    context = {**standing_of(coe), "problem": problem, "problem_at": fingerprint}
    template = "coe/editor/_standing.html" if is_htmx(request) else "coe/editor/findings.html"
    return render(request, template, context, status=422 if problem else 200)

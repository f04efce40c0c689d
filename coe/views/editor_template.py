"""The template under a draft: moving on to its newest version, and questions that are waived with a reason."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from coe import templating
from coe.editing import RowConflict
from coe.views.answers import is_autosave, not_saved, overtaken, saved, see
from coe.views.asking import Request
from coe.views.editor import asked_of, draft_of, edit_url


@login_required
@require_POST
def move_on(request: Request, pk: int) -> HttpResponse:
    """Give the draft the newest version of its template."""
    coe = draft_of(request, pk)
    version = templating.move_on(coe, request.user, timezone.now())
    return see(request, edit_url(coe), f"{coe.number} has {version.template.name} version {version.number} now.")


@login_required
@require_POST
def waive(request: Request, pk: int, key: str) -> HttpResponse:
    """Say why a question is not answered."""
    coe = draft_of(request, pk)
    asked, because = asked_of(coe, key), request.POST.get("because", "")
    if not asked.is_question:
        raise Http404
    base = request.POST.get("base")
    shown = {"coe": coe, "asks": asked, "because": because, "base": base}
    try:
        kept = templating.waive(coe, key, because, request.user, timezone.now(), base)
    except ValidationError as error:
        if is_autosave(request):
            return not_saved(error.message_dict)
        return not_waived(request, shown, error.message_dict["because"][0])
    except RowConflict as conflict:
        if is_autosave(request):
            return overtaken(conflict)
        return not_waived(request, shown | {"base": conflict.edits}, str(conflict))
    if is_autosave(request):
        return saved(base=kept)
    word = "is waived" if because.strip() else "is asked again"
    return see(request, edit_url(coe, key), f"“{asked.title}” {word}.")


def not_waived(request: Request, shown: dict[str, Any], problem: str) -> HttpResponse:
    """A screen of its own with what was typed."""
    return render(request, "coe/editor/waive.html", shown | {"problem": problem}, status=422)

"""The timeline of a draft beyond its single lines: stars, lines put back, pasted chats, news of the incident."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe import editing
from coe.drafting import refreshing
from coe.forms.pasting import PasteForm
from coe.models import COE, TimelineEvent
from coe.pasting import Line
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor import draft_of, edit_url
from coe.views.editor_parts import answer, by_whom

PASTED = "pasted"


@login_required
@require_POST
def star(request: Request, pk: int, event_pk: int) -> HttpResponse:
    """Mark a line, or no longer."""
    coe = draft_of(request, pk)
    editing.star(coe, event_pk, is_starred=request.POST.get("do") == "star", **by_whom(request))
    return answer(request, coe, "timeline")


@login_required
@require_POST
def put_back(request: Request, pk: int, removed_pk: int) -> HttpResponse:
    """A line that was removed stands there again."""
    coe = draft_of(request, pk)
    editing.put_back(coe, removed_pk, **by_whom(request))
    return answer(request, coe, "timeline")


@login_required
@require_http_methods(["GET", "POST"])
def paste(request: Request, pk: int) -> HttpResponse:
    """Paste, look at what was understood, add the lines that are ticked."""
    coe = draft_of(request, pk)
    if request.method == "GET":
        return render(request, "coe/editor/paste.html", {"coe": coe, "form": PasteForm(coe)})
    form = PasteForm(coe, request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "coe/editor/paste.html", {"coe": coe, "form": form}, status=422)
    if request.POST.get("do") != "add":
        return shown(request, coe, form)
    try:
        added = editing.add_lines(coe, chosen(request, form), **by_whom(request))
    except ValidationError as error:
        form.add_error(None, error)
        return shown(request, coe, form, status=422)
    return see(request, edit_url(coe, "timeline"), f"{added} line{'' if added == 1 else 's'} added.")


def shown(request: Request, coe: COE, form: PasteForm, status: int = 200) -> HttpResponse:
    """What was understood, each line with a tick, and what was not."""
    context = {"coe": coe, "form": form, "pasted": form.cleaned_data["pasted"], "text": form.cleaned_data["text"]}
    return render(request, "coe/editor/paste.html", context, status=status)


def chosen(request: Request, form: PasteForm) -> list[TimelineEvent]:
    """The ticked lines, not saved yet."""
    ticked = set(request.POST.getlist("take"))
    return [event_of(line) for line in form.cleaned_data["pasted"].lines if str(line.row) in ticked]


def event_of(line: Line) -> TimelineEvent:
    """A COE names no person: who said it in a chat is not told."""
    return TimelineEvent(at=line.at, text=line.text, anchor=line.anchor, source=PASTED)


@login_required
@require_http_methods(["GET", "POST"])
def refresh(request: Request, pk: int) -> HttpResponse:
    """What the incident knows besides; what is ticked is added."""
    coe = draft_of(request, pk)
    if request.method == "GET":
        return render(request, "coe/editor/refresh.html", {"coe": coe, "news": refreshing.news_of(coe, request.user)})
    try:
        added = refreshing.refresh(coe, set(request.POST.getlist("take")), by=request.user, now=timezone.now())
    except ValidationError as error:
        context = {"coe": coe, "news": refreshing.news_of(coe, request.user), "problem": error.messages[0]}
        return render(request, "coe/editor/refresh.html", context, status=422)
    return see(request, edit_url(coe, "timeline"), f"{added} line{'' if added == 1 else 's'} added.")

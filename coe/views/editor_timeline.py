"""The timeline of a draft beyond its single lines: stars, lines put back, pasted chats, news of the incident."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from coe import editing, rendering
from coe.drafting import refreshing
from coe.drafting.news import News, TextChange
from coe.editing.timeline import LONGEST_SOURCE
from coe.forms.pasting import MOST_TICKED, PasteForm
from coe.models import COE, TimelineEvent
from coe.pasting import Line
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor import draft_of, edit_url
from coe.views.editor_parts import answer, by_whom

PASTED = "pasted"
# Lines of a long paste that are folded together.
STRETCH = 400


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
    if request.POST.get("do") == "again":
        return render(request, "coe/editor/paste.html", {"coe": coe, "form": form})
    if request.POST.get("do") != "add":
        return shown(request, coe, form)
    try:
        added = editing.add_lines(coe, [event_of(line) for line in form.chosen()], **by_whom(request))
    except ValidationError as error:
        form.add_error(None, error)
        return shown(request, coe, form, status=422)
    return see(request, edit_url(coe, "timeline"), f"{added} line{'' if added == 1 else 's'} added.")


def shown(request: Request, coe: COE, form: PasteForm, status: int = 200) -> HttpResponse:
    """What was understood, each line with a tick while they are few, what is asked, and what was not understood."""
    pasted, ticked = form.cleaned_data["pasted"], set(request.POST.getlist("take"))
    is_first = request.POST.get("do") != "add"
    context = {
        "coe": coe,
        "form": form,
        "pasted": pasted,
        "text": form.cleaned_data["text"],
        "questions": sum(line.is_open for line in pasted.lines),
        "has_ticks": len(pasted.lines) <= MOST_TICKED,
        "stretches": stretches_of(pasted.lines),
        "ticked": {line.row for line in pasted.lines if is_first or str(line.row) in ticked},
    }
    return render(request, "coe/editor/paste.html", context, status=status)


def stretches_of(lines: list[Line]) -> list[dict[str, Any]]:
    """The lines in pieces of some hundreds, each with the number of questions in it."""
    pieces = [lines[start : start + STRETCH] for start in range(0, len(lines), STRETCH)]
    return [{"lines": piece, "questions": sum(line.is_open for line in piece)} for piece in pieces]


def event_of(line: Line) -> TimelineEvent:
    """A COE names no person: who said it in a chat is not told."""
    source = f"{PASTED}, {line.converted}" if line.converted else PASTED
    return TimelineEvent(at=line.at, text=line.text, anchor=line.anchor, source=source[:LONGEST_SOURCE])


@login_required
@require_http_methods(["GET", "POST"])
def refresh(request: Request, pk: int) -> HttpResponse:
    """What the incident knows besides or otherwise; what is ticked is taken over."""
    coe = draft_of(request, pk)
    if request.method == "GET":
        return news_screen(request, coe)
    try:
        taken = refreshing.refresh(coe, set(request.POST.getlist("take")), by=request.user, now=timezone.now())
    except ValidationError as error:
        return news_screen(request, coe, error.messages[0])
    return see(request, edit_url(coe, "timeline"), f"{taken} difference{'' if taken == 1 else 's'} taken over.")


def news_screen(request: Request, coe: COE, problem: str = "") -> HttpResponse:
    """The list of differences."""
    news = [as_read(one, place) for place, one in enumerate(refreshing.news_of(coe, request.user))]
    context = {"coe": coe, "news": news, "problem": problem}
    return render(request, "coe/editor/refresh.html", context, status=422 if problem else 200)


def as_read(news: News, place: int) -> dict[str, Any]:
    """A difference as its reader would see it: lines of a section are Markdown, all else is plain text."""
    if not isinstance(news.change, TextChange):
        return {"one": news, "says": news.says, "was": news.was}
    html = (rendering.to_line(text, f"news-{place}-{name}") for name, text in (("now", news.says), ("was", news.was)))
    says, was = (mark_safe(line) for line in html)  # noqa: S308 - cleaned by coe/rendering
    return {"one": news, "says": says, "was": was}

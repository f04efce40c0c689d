"""Comments: the list of threads, as a screen and as the panel beside a text, and everything one does in them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe import commenting, permissions, tasks
from coe.cowriting import settling
from coe.forms.comments import ReplyForm, ThreadForm, places_of
from coe.mentioning import Mentions
from coe.models import COE, Comment, Thread
from coe.views.answers import is_htmx, see
from coe.views.asking import Request
from coe.views.part_findings import checksums, units
from oncall.exceptions import Conflict
from oncall.models import User


def coe_of(request: Request, pk: int) -> COE:
    """The COE, if this person may read its draft (else 404)."""
    shown = COE.objects.draft_visible_to(request.user).select_related("team", "owner", "moved_by", "template")
    return get_object_or_404(shown, pk=pk)


def thread_of(request: Request, pk: int, thread_pk: int) -> Thread:
    """A thread of a COE that this person may see (else 404)."""
    coe = coe_of(request, pk)
    thread = get_object_or_404(coe.threads, pk=thread_pk)
    thread.coe = coe
    return thread


def comment_of(request: Request, pk: int, comment_pk: int) -> Comment:
    """A comment on a COE that this person may see (else 404)."""
    coe = coe_of(request, pk)
    comment = get_object_or_404(Comment.objects.select_related("thread", "by"), pk=comment_pk, thread__coe=coe)
    comment.thread.coe = coe
    return comment


@login_required
@require_http_methods(["GET", "POST"])
def comments(request: Request, pk: int) -> HttpResponse:
    """Every thread; POST begins one."""
    coe = coe_of(request, pk)
    if request.method == "GET":
        asked = {name: request.GET[name] for name in ("place", "quote") if request.GET.get(name)}
        return listing(request, coe, ThreadForm(coe, initial=asked))
    form = ThreadForm(coe, request.POST)
    if not form.is_valid():
        return listing(request, coe, form, status=422)
    facts = form.cleaned_data
    about = {"quote": facts["quote"], "before": facts["before"], "near": facts["near"] or 0}
    given: dict[str, Any] = {"by": request.user, "now": timezone.now(), "suggestion": form.suggested(), **about}
    try:
        thread, named = commenting.start(coe, facts["place"], facts["text"], **given)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return listing(request, coe, form, status=422)
    return said(request, coe, thread, named)


@login_required
@require_POST
def reply(request: Request, pk: int, thread_pk: int) -> HttpResponse:
    """Answer in a thread."""
    thread = thread_of(request, pk, thread_pk)
    form = ReplyForm(request.POST, place=str(thread.pk))
    given: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    if form.is_valid():
        try:
            named = commenting.reply(thread, form.cleaned_data["text"], suggestion=form.suggested(), **given)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return said(request, thread.coe, thread, named)
    return listing(request, thread.coe, ThreadForm(thread.coe), replies={thread.pk: form}, status=422)


@login_required
@require_POST
def change(request: Request, pk: int, comment_pk: int) -> HttpResponse:
    """Change one's own words."""
    comment = comment_of(request, pk, comment_pk)
    form = ReplyForm(request.POST)
    try:
        text = form.cleaned_data["text"] if form.is_valid() else ""
        named = commenting.change(comment, text, by=request.user, now=timezone.now())
    except ValidationError as error:
        given = ThreadForm(comment.thread.coe)
        return listing(request, comment.thread.coe, given, problem=" ".join(error.messages), status=422)
    return said(request, comment.thread.coe, comment.thread, named)


@login_required
@require_POST
def resolve(request: Request, pk: int, thread_pk: int) -> HttpResponse:
    """Nothing is left to say."""
    thread = thread_of(request, pk, thread_pk)
    commenting.resolve(thread, by=request.user, now=timezone.now())
    return said(request, thread.coe, thread)


@login_required
@require_POST
def reopen(request: Request, pk: int, thread_pk: int) -> HttpResponse:
    """Something is left to say."""
    thread = thread_of(request, pk, thread_pk)
    commenting.reopen(thread, by=request.user)
    return said(request, thread.coe, thread)


@login_required
@require_POST
def accept(request: Request, pk: int, comment_pk: int) -> HttpResponse:
    """Write a suggestion into its section."""
    comment = comment_of(request, pk, comment_pk)
    try:
        commenting.accept(comment, by=request.user, now=timezone.now())
    except (Conflict, ValidationError) as refusal:
        problem = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
        form = ThreadForm(comment.thread.coe)
        return listing(request, comment.thread.coe, form, problem=problem, status=200 if is_htmx(request) else 409)
    return said(request, comment.thread.coe, comment.thread, text="The suggestion is in the text.")


@login_required
@require_POST
def dismiss(request: Request, pk: int, comment_pk: int) -> HttpResponse:
    """Do not take a suggestion over."""
    comment = comment_of(request, pk, comment_pk)
    commenting.dismiss(comment, by=request.user, now=timezone.now())
    return said(request, comment.thread.coe, comment.thread)


@login_required
@require_GET
def threads(request: Request, pk: int) -> JsonResponse:
    """Where the threads are in the text as it is, for marks in it; `version` changes with every comment."""
    coe = coe_of(request, pk)
    settling.settle(coe.pk, timezone.now())
    texts = dict(coe.sections.values_list("key", "text"))
    rows = [mark_of(thread, spot, texts.get(thread.place, "")) for thread, spot in located(coe)]
    said_last = Comment.objects.filter(thread__coe=coe).order_by("-pk").values_list("pk", flat=True).first()
    marks = [(row["id"], row["open"]) for row in rows]
    return JsonResponse(
        {"threads": rows, "texts": checksums(coe), "version": f"{said_last}-{hash(tuple(marks)) & 0xFFFFFFFF:x}"}
    )


def mark_of(thread: Thread, spot: Any, text: str) -> dict[str, Any]:
    """A thread as a mark in the text: where, by UTF-16 units, what was said first, and what is suggested last."""
    said = list(thread.comments.all())
    suggestions = [one.suggestion for one in said if one.suggestion is not None and not one.accepted_at]
    return {
        "id": thread.pk,
        "place": thread.place,
        "start": units(text, spot.start) if spot else None,
        "end": units(text, spot.end) if spot else None,
        "is_sure": bool(spot and spot.is_sure),
        "open": thread.resolved_at is None,
        "quote": thread.quote,
        "by": said[0].by.name if said else "",
        "text": said[0].text[:300] if said else "",
        "suggestion": suggestions[-1] if suggestions else None,
    }


def said(request: Request, coe: COE, thread: Thread, named: Mentions | None = None, text: str = "") -> HttpResponse:
    """After an act in a thread: the panel for htmx, else back to the thread; says who was named and not told."""
    tasks.remind_soon()
    problem = f"{', '.join(named.refused)} may not read this COE and was not told." if named and named.refused else ""
    if is_htmx(request):
        return listing(request, coe, ThreadForm(coe), problem=problem, done=text)
    return see(request, thread.get_absolute_url(), problem or text)


def listing(
    request: Request,
    coe: COE,
    form: ThreadForm,
    *,
    replies: dict[int, ReplyForm] | None = None,
    problem: str = "",
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    """All threads: the panel for htmx, else the screen."""
    context = {**panel_of(coe, request.user, form, replies), "problem": problem, "done": done}
    if not is_htmx(request) or request.headers.get("HX-Current-URL", "").partition("#")[0].endswith("/comments/"):
        # The text is not on this screen: places lead to where it is written, or read.
        context["goes_to"] = f"{coe.get_absolute_url()}edit/" if context["may_edit"] else coe.get_absolute_url()
    name = "coe/comments/_panel.html" if is_htmx(request) else "coe/comments/list.html"
    return render(request, name, context, status=status)


def panel_of(
    coe: COE, user: User, form: ThreadForm | None = None, replies: dict[int, ReplyForm] | None = None
) -> dict[str, Any]:
    """What the panel shows: open threads in the order of the document, then those that are resolved."""
    places, may_edit = places_of(coe), permissions.may_edit(user, coe)
    may_comment = commenting.may_comment(user, coe)
    rows = [
        {
            "thread": thread,
            "title": title_of(thread.place, places),
            "spot": spot,
            "comments": list(thread.comments.all()),
            "may_resolve": may_edit or thread.started_by_id == user.pk,
            "form": (replies or {}).get(thread.pk) or ReplyForm(place=str(thread.pk)),
        }
        for thread, spot in located(coe)
    ]
    return {
        "coe": coe,
        "open_threads": [row for row in rows if row["thread"].resolved_at is None],
        "resolved_threads": [row for row in rows if row["thread"].resolved_at],
        "thread_form": form or ThreadForm(coe),
        "may_comment": may_comment,
        "may_accept": may_edit and coe.is_editable,
        "problem": "",
        "done": "",
        "goes_to": "",
        "may_edit": may_edit and coe.is_editable,
    }


def located(coe: COE) -> list[tuple[Thread, Any]]:
    """Every thread with where its passage is now, in the order of the document. Four queries."""
    texts = dict(coe.sections.values_list("key", "text"))
    order = {place: number for number, place in enumerate(places_of(coe))}
    listed = coe.threads.select_related("resolved_by").prefetch_related("comments__by", "comments__accepted_by")
    found = []
    for thread in listed:
        thread.coe = coe
        found.append((thread, commenting.spot_of(thread, texts.get(thread.place, ""))))
    part = {"event": "timeline", "cause": "causes", "action": "actions", "graph": "graphs"}
    return sorted(
        found,
        key=lambda row: (
            order.get(part.get(row[0].place.partition("-")[0], row[0].place), len(order)),
            row[1].start if row[1] else 0,
            row[0].pk,
        ),
    )


def title_of(place: str, places: dict[str, str]) -> str:
    """What a place is called."""
    row = {"event": "A line of the timeline", "cause": "A cause", "action": "An action item", "graph": "A graph"}
    return places.get(place) or row.get(place.partition("-")[0]) or place.replace("_", " ").capitalize()


def open_count(coe: COE) -> int:
    """How many threads are open: what a tab or button says."""
    return coe.threads.open().count()

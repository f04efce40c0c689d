"""Saving the parts of a draft that have rows: timeline, causes, action items, checklist.

One form is one row; the button that was pressed says what becomes of it. htmx gets the part back, a browser without it
the whole screen, and a form that saves itself a word.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from coe import editing
from coe.editing.timeline import BY_HAND, LONGEST_SOURCE
from coe.forms.writing import ActionForm, CauseForm, ChecklistForm, EventForm, KeepsInstants, ReasonForm, rebase
from coe.models import COE, ActionItem, Cause, Revision, TimelineEvent
from coe.views.answers import is_autosave, is_htmx, not_saved, overtaken, saved, see
from coe.views.asking import Request
from coe.views.editor import draft_of, edit_url, editor, page_asked
from coe.views.editor_screen import actions_part, causes_part, checklist_part, header_part, type_forms
from coe.views.part_causes import cause_choices
from coe.views.part_graphs import graphs_part
from coe.views.part_timeline import page_of, timeline_part
from oncall.exceptions import Conflict
from oncall.times import local

PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "timeline": timeline_part,
    "causes": causes_part,
    "actions": actions_part,
    "graphs": graphs_part,
    "header": header_part,
    "checklist": checklist_part,
}


def answer(
    request: Request, coe: COE, part: str, bound: type_forms | None = None, *, row: Any = None, said: str = ""
) -> HttpResponse:
    """The part as it is now, or the whole screen; with refused forms it keeps what was typed.

    A timeline is shown where `row` stands; `said` is told beside it.
    """
    page = page_of(coe, row) if isinstance(row, TimelineEvent) else page_asked(request)
    if is_htmx(request):
        place = {"page": page, "said": said} if part == "timeline" else reader_of(request, part)
        context = {**PARTS[part](coe, bound, **place), "is_part": True}
        return render(request, f"coe/editor/_{part}.html", context, status=422 if bound else 200)
    if bound:
        return editor(request, coe, bound)
    return see(request, edit_url(coe, part, page if part == "timeline" else 1), said)


@login_required
@require_GET
def part(request: Request, pk: int, part: str) -> HttpResponse:
    """One part as it is now: somebody else changed it (static/js/cowriting/parts.js)."""
    coe = draft_of(request, pk)
    if part not in PARTS:
        raise Http404
    place = {"page": page_asked(request)} if part == "timeline" else reader_of(request, part)
    return render(request, f"coe/editor/_{part}.html", {**PARTS[part](coe, **place), "is_part": True})


def reader_of(request: Request, part: str) -> dict[str, Any]:
    """Who looks, for the part that names what not everybody may see."""
    return {"user": request.user} if part == "header" else {}


def attempt(request: Request, coe: COE, place: str, form: BaseForm, save: Callable[[], Any]) -> HttpResponse:
    """Save what the form holds; what is refused is said at the form. `place` is "causes cause-7": part and row."""
    part, _, row = place.partition(" ")
    row_saved = None
    if form.is_valid():
        try:
            row_saved = save()
        except ValidationError as error:
            form.add_error(None, error)
        except editing.RowConflict as conflict:
            if is_autosave(request):
                return overtaken(conflict)
            form.add_error(None, str(conflict))
            rebase(form, conflict.edits)
    if is_autosave(request):
        return not_saved(form.errors.get_json_data()) if form.errors else saved(**base_of(row_saved))
    said = form.converted if isinstance(form, KeepsInstants) and not form.errors else ""
    return answer(request, coe, part, {row: form} if form.errors else None, row=row_saved, said=said)


def base_of(row: Any) -> dict[str, Any]:
    """The counter that the form goes on from, if what was saved has one; of a single text the text."""
    if isinstance(row, str):
        return {"base": row}
    return {"base": row.edits} if isinstance(row, TimelineEvent | Cause | ActionItem) else {}


def read_text(form: BaseForm) -> str | None:
    """The text that stood on the screen of whoever saves; None where the form does not say it."""
    return form.cleaned_data["base"] if "base" in form.data else None


def by_whom(request: Request) -> dict[str, Any]:
    """Who does it, and when."""
    return {"by": request.user, "now": timezone.now()}


def reason_of(request: Request) -> dict[str, Any]:
    """Whether somebody saved, or the form itself."""
    return {"reason": Revision.Reason.AUTOSAVED if is_autosave(request) else Revision.Reason.SAVED}


@login_required
@require_POST
def add_event(request: Request, pk: int) -> HttpResponse:
    """A new line of the timeline."""
    coe = draft_of(request, pk)
    form = EventForm(coe, request.POST)
    return attempt(
        request,
        coe,
        "timeline event-new",
        form,
        lambda: editing.add_event(coe, **form.cleaned_data, source=source_of(form), **by_whom(request)),
    )


def source_of(form: EventForm) -> str:
    """A line that was typed in another zone says so for good."""
    source = f"{BY_HAND}, typed as {form.converted}"
    return source if form.converted and len(source) <= LONGEST_SOURCE else BY_HAND


@login_required
@require_POST
def change_event(request: Request, pk: int, event_pk: int) -> HttpResponse:
    """Another time, text or anchor; or it goes."""
    coe = draft_of(request, pk)
    if request.POST.get("do") == "remove":
        editing.remove_event(coe, event_pk, **by_whom(request))
        return answer(request, coe, "timeline")
    form = EventForm(coe, request.POST, event=coe.timeline.filter(pk=event_pk).first())
    return attempt(
        request,
        coe,
        f"timeline event-{event_pk}",
        form,
        lambda: editing.change_event(coe, event_pk, **form.cleaned_data, **by_whom(request)),
    )


@login_required
@require_POST
def add_cause(request: Request, pk: int) -> HttpResponse:
    """A new cause, at the end of the list or below another one."""
    coe = draft_of(request, pk)
    form = CauseForm(request.POST, parent=whole(request.POST.get("parent")))

    def save() -> None:
        facts = form.cleaned_data
        editing.add_cause(coe, facts["text"], facts["kind"], parent_pk=facts["parent"], **by_whom(request))

    return attempt(request, coe, f"causes cause-new-{request.POST.get('parent', '')}", form, save)


def whole(text: str | None) -> int | None:
    """The number that a hidden field holds, if it holds one."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


@login_required
@require_POST
def change_cause(request: Request, pk: int, cause_pk: int) -> HttpResponse:
    """Save what it says, then move it; or it goes."""
    coe = draft_of(request, pk)
    do = request.POST.get("do", "save")
    if do == "remove":
        editing.remove_cause(coe, cause_pk, **by_whom(request))
        return answer(request, coe, "causes")
    form = CauseForm(request.POST, cause=coe.causes.filter(pk=cause_pk).first())

    def save() -> Cause:
        facts = form.cleaned_data
        whom = {**by_whom(request), **reason_of(request), "base": facts.get("base")}
        cause = editing.change_cause(coe, cause_pk, facts["text"], facts["kind"], **whom)
        move_cause(coe, cause_pk, do, by_whom(request))
        return cause

    return attempt(request, coe, f"causes cause-{cause_pk}", form, save)


def move_cause(coe: COE, cause_pk: int, do: str, whom: dict[str, Any]) -> None:
    """What the button of a cause says."""
    if do in {"up", "down"}:
        editing.shift(coe, cause_pk, "up" if do == "up" else "down", **whom)
    elif do == "indent":
        editing.indent(coe, cause_pk, **whom)
    elif do == "outdent":
        editing.outdent(coe, cause_pk, **whom)


@login_required
@require_POST
def add_action(request: Request, pk: int) -> HttpResponse:
    """A new action item; without a date it is due when its priority says."""
    coe = draft_of(request, pk)
    form = ActionForm(request.POST, causes=cause_choices(coe))

    def save() -> ActionItem:
        facts, whom = form.cleaned_data, by_whom(request)
        today = local(whom["now"], coe.header.zone).date()
        facts["due_on"] = facts["due_on"] or ActionItem.usual_due_on(facts["priority"], today)
        return editing.add_action(coe, **facts, **whom)

    return attempt(request, coe, "actions action-new", form, save)


@login_required
@require_POST
def change_action(request: Request, pk: int, action_pk: int) -> HttpResponse:
    """Other facts; or it goes."""
    coe = draft_of(request, pk)
    if request.POST.get("do") == "remove":
        editing.remove_action(coe, action_pk, **by_whom(request))
        return answer(request, coe, "actions")
    action = coe.actions.filter(pk=action_pk).first()
    form = ActionForm(request.POST, action=action, causes=cause_choices(coe))

    def save() -> ActionItem:
        return editing.change_action(coe, action_pk, **form.cleaned_data, **by_whom(request), **reason_of(request))

    return attempt(request, coe, f"actions action-{action_pk}", form, save)


@login_required
@require_POST
def save_reason(request: Request, pk: int) -> HttpResponse:
    """Why nothing is to be corrected."""
    coe = draft_of(request, pk)
    form = ReasonForm(coe, request.POST)

    def save() -> str:
        because, base = form.cleaned_data["no_actions_because"], read_text(form)
        return editing.save_no_actions(coe, because, base=base, **by_whom(request), **reason_of(request))

    return attempt(request, coe, "actions reason", form, save)


@login_required
@require_POST
def tick(request: Request, pk: int) -> HttpResponse:
    """The ticks of the checklist, all at once."""
    coe = draft_of(request, pk)
    form = ChecklistForm(coe, request.POST)
    if not form.is_valid():
        if is_autosave(request):
            return not_saved(form.errors.get_json_data())
        raise Conflict("The checklist is not the one that was on your screen. Load it again, then tick.")
    editing.tick(coe, **form.ticks(), **by_whom(request), **reason_of(request))
    if is_autosave(request):
        return saved(seen=" ".join(form.cleaned_data["items"]))
    return see(request, edit_url(coe, "checklist"), "The checklist is saved.")

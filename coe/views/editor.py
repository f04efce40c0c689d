"""Writing a COE: the screen, and saving its header and sections. Its other parts are saved by `editor_parts.py`.

Every form works by its button; with JavaScript they save themselves a second after the last key.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from coe import comparing, editing, permissions, rendering, template
from coe.cowriting import settling
from coe.drafting import refreshing
from coe.forms.writing import HeaderForm, SectionForm, rebase
from coe.models import COE, Revision
from coe.views.answers import is_autosave, not_saved, overtaken, saved, see
from coe.views.asking import Request
from coe.views.editor_screen import screen_of, standing_of, type_forms


def draft_of(request: Request, pk: int) -> COE:
    """The COE, if this person may see it (else 404) and edit it (else 403)."""
    coe = get_object_or_404(
        COE.objects.visible_to(request.user).select_related("team", "owner", "moved_by", "template"), pk=pk
    )
    permissions.require_edit(request.user, coe)
    # What was typed together within the last second is part of whatever is shown or done now.
    if settling.settle(coe.pk, timezone.now()):
        coe.refresh_from_db(fields=["edits"])
    return coe


def asked_of(coe: COE, key: str) -> template.SectionForm:
    """What the COE's template says of a section; raises Http404 for one that it does not have."""
    if key not in coe.form.forms:
        raise Http404
    return coe.form.forms[key]


def editor(request: Request, coe: COE, bound: type_forms | None = None) -> HttpResponse:
    """The screen; with refused forms it answers 422 and keeps what was typed."""
    context = screen_of(coe, request.user, bound, page_asked(request))
    return render(request, "coe/editor/detail.html", context, status=422 if bound else 200)


def page_asked(request: Request) -> int:
    """The page of the timeline that the address names; the first one for anything odd."""
    page = request.GET.get("page", "")
    return int(page) if page.isdecimal() and len(page) < 5 else 1


def edit_url(coe: COE, place: str = "", page: int = 1) -> str:
    """The address of the editor, at a place in it, on a page of the timeline."""
    query = f"?page={page}" if page > 1 else ""
    return f"{coe.get_absolute_url()}edit/{query}" + (f"#{place}" if place else "")


@login_required
@require_GET
def edit(request: Request, pk: int) -> HttpResponse:
    """The editor; what cannot be edited any more is shown where it is decided."""
    coe = draft_of(request, pk)
    if not coe.is_editable:
        return redirect("coe:review", pk=pk)
    return editor(request, coe)


@login_required
@require_POST
def save_section(request: Request, pk: int, key: str) -> HttpResponse:
    """Save one section; whoever was overtaken gets both versions side by side."""
    coe = draft_of(request, pk)
    form = SectionForm(asked_of(coe, key), request.POST)
    if not form.is_valid():
        return refused(request, coe, key, form)
    reason = Revision.Reason.AUTOSAVED if is_autosave(request) else Revision.Reason.SAVED
    given: dict[str, Any] = {"by": request.user, "now": timezone.now(), "reason": reason}
    try:
        section = editing.save_section(coe, key, form.cleaned_data["text"], form.cleaned_data["base"], **given)
    except editing.SectionConflict as conflict:
        return overtaken(conflict) if is_autosave(request) else side_by_side(request, coe, conflict)
    except ValidationError as error:
        form.add_error("text", error)
        return refused(request, coe, key, form)
    if is_autosave(request):
        return saved(base=section.edits)
    return see(request, edit_url(coe, key), f"“{section.form.title}” is saved.")


def refused(request: Request, coe: COE, place: str, form: HeaderForm | SectionForm) -> HttpResponse:
    """What cannot be saved as it stands: nothing changed, and what was typed stays."""
    if is_autosave(request):
        return not_saved(form.errors.get_json_data())
    return editor(request, coe, {place: form})


def side_by_side(request: Request, coe: COE, conflict: editing.SectionConflict) -> HttpResponse:
    """Both versions of a section, and a form that saves what is made of them."""
    section = conflict.section
    context = {
        "coe": coe,
        "section": section,
        "conflict": conflict,
        "pieces": comparing.words(conflict.theirs, conflict.yours),
        "form": SectionForm(section.form, text=conflict.yours, base=section.edits),
    }
    return render(request, "coe/editor/conflict.html", context, status=409)


@login_required
@require_POST
def save_header(request: Request, pk: int) -> HttpResponse:
    """Save title, severity, owner, times, services."""
    coe = draft_of(request, pk)
    form, typed = header_form(request, coe)
    if not form.is_valid():
        return refused(request, coe, "header", form)
    reason = Revision.Reason.AUTOSAVED if is_autosave(request) else Revision.Reason.SAVED
    try:
        editing.save_header(coe, by=request.user, now=timezone.now(), reason=reason, **form.facts())
    except editing.RowConflict as conflict:
        if is_autosave(request):
            return overtaken(conflict)
        form.add_error(None, str(conflict))
        rebase(form, conflict.edits)
        return refused(request, coe, "header", form)
    if is_autosave(request):
        waits = f"{typed} is added when you save the header by its button." if typed else ""
        facts = {"base": coe.header_edits, "seen_incidents": form.ticked_incidents()}
        return saved(said=f"{form.converted} {waits}".strip(), **facts)
    said = f"The header is saved. {form.converted}".strip()
    if form.cleaned_data["add_incidents"] and refreshing.news_of(coe, request.user):
        return see(request, reverse("coe:refresh", args=[pk]), f"{said} Tick what it is to tell of its new incident.")
    return see(request, edit_url(coe, "header"), said)


def header_form(request: Request, coe: COE) -> tuple[HeaderForm, str]:
    """The form, and the numbers of incidents that wait for the button: half a number is that of another incident."""
    data, typed = request.POST.copy(), ""
    if is_autosave(request):
        typed = data.get("add_incidents", "").strip()[:80]
        data["add_incidents"] = ""
    return HeaderForm(coe, data, user=request.user), typed


@login_required
@require_POST
def preview(request: Request, pk: int, key: str) -> HttpResponse:
    """What a section will look like."""
    asked_of(draft_of(request, pk), key)
    try:
        html = rendering.to_html(request.POST.get("text", ""), prefix=key)
    except ValueError as error:
        return render(request, "coe/editor/_preview.html", {"html": "", "problem": str(error)})
    return render(request, "coe/editor/_preview.html", {"html": html, "problem": ""})


@login_required
@require_GET
def standing(request: Request, pk: int) -> HttpResponse:
    """What is missing before a review, as a part of the screen."""
    coe = draft_of(request, pk)
    return render(request, "coe/editor/_standing.html", standing_of(coe))

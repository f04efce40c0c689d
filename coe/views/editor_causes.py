"""Saving the edges of the graph of causes, how they join, and why nothing corrects one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from coe import editing
from coe.forms.causes import JoinForm, LinkForm, NoActionForm, choices_of
from coe.models import Cause
from coe.views.asking import Request
from coe.views.editor import draft_of
from coe.views.editor_parts import answer, attempt, by_whom, read_text, whole
from coe.views.part_causes import graph_of, graph_part


@login_required
@require_GET
def cause_graph(request: Request, pk: int) -> HttpResponse:
    """The drawing alone, after texts saved themselves."""
    coe = draft_of(request, pk)
    return render(request, "coe/causes/_drawing.html", {"coe": coe, **graph_part(coe)})


@login_required
@require_POST
def link_causes(request: Request, pk: int) -> HttpResponse:
    """Let one cause explain another, too; or no longer."""
    coe = draft_of(request, pk)
    if request.POST.get("do") == "remove":
        cause, effect = whole(request.POST.get("cause")), whole(request.POST.get("effect"))
        if cause and effect:
            editing.unlink(coe, cause, effect, **by_whom(request))
        return answer(request, coe, "causes")
    form = LinkForm(choices_of(graph_of(coe, list(coe.causes.all())).nodes), request.POST)

    def save() -> None:
        editing.link(coe, form.cleaned_data["cause"], form.cleaned_data["effect"], **by_whom(request))

    return attempt(request, coe, "causes link", form, save)


@login_required
@require_POST
def join_causes(request: Request, pk: int, cause_pk: int) -> HttpResponse:
    """Each contributes, or only together."""
    coe, form = draft_of(request, pk), JoinForm(request.POST)

    def save() -> None:
        editing.set_join(coe, cause_pk, Cause.Join(form.cleaned_data["join"]), **by_whom(request))

    return attempt(request, coe, f"causes join-{cause_pk}", form, save)


@login_required
@require_POST
def save_no_action(request: Request, pk: int, cause_pk: int) -> HttpResponse:
    """Why nothing corrects this cause."""
    coe = draft_of(request, pk)
    form = NoActionForm(request.POST, cause=get_object_or_404(coe.causes, pk=cause_pk))

    def save() -> None:
        because = form.cleaned_data["no_action_because"]
        editing.set_no_action(coe, cause_pk, because, base=read_text(form), **by_whom(request))

    return attempt(request, coe, f"causes no-action-{cause_pk}", form, save)

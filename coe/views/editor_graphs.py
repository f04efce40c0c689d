"""Saving the graphs of a draft."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from coe import editing
from coe.forms.pictures import GraphForm
from coe.views.asking import Request
from coe.views.editor import draft_of
from coe.views.editor_parts import answer, attempt, by_whom

STEPS = {"up": -1, "down": 1}


@login_required
@require_POST
def add_graph(request: Request, pk: int) -> HttpResponse:
    """A new graph, at the end."""
    coe = draft_of(request, pk)
    form = GraphForm(coe, request.POST, request.FILES)

    def save() -> None:
        editing.add_graph(coe, **form.cleaned_data, **by_whom(request))

    return attempt(request, coe, "graphs graph-new", form, save)


@login_required
@require_POST
def change_graph(request: Request, pk: int, graph_pk: int) -> HttpResponse:
    """Other facts; or it moves, or goes."""
    coe, do = draft_of(request, pk), request.POST.get("do", "save")
    if do == "remove":
        editing.remove_graph(coe, graph_pk, **by_whom(request))
        return answer(request, coe, "graphs")
    if do in STEPS:
        editing.shift_graph(coe, graph_pk, STEPS[do], **by_whom(request))
        return answer(request, coe, "graphs")
    form = GraphForm(coe, request.POST, request.FILES, graph=coe.graphs.filter(pk=graph_pk).first())

    def save() -> None:
        editing.change_graph(coe, graph_pk, **form.cleaned_data, **by_whom(request))

    return attempt(request, coe, f"graphs graph-{graph_pk}", form, save)

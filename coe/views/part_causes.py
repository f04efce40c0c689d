"""What the editor shows of the causes beyond their texts: the graph, and what stands at each row of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.forms import BaseForm

from coe import documents, graphing
from coe.forms.causes import LinkForm, NoActionForm, choices_of
from coe.models import COE, ActionItem, Cause
from coe.templatetags.figures import drawn, rows_of


def graph_of(coe: COE, causes: Sequence[Cause]) -> graphing.Graph:
    """The draft's graph as it is now. Two queries beside the causes."""
    corrected = ActionItem.corrects.through.objects.filter(actionitem__coe=coe).values_list("cause_id", flat=True)
    links = [{"cause": cause, "effect": effect} for cause, effect in coe.cause_links.values_list("cause", "effect")]
    return graphing.read(coe.header.title, documents.tree_of(causes), links, list(corrected))


def graph_part(
    coe: COE, rows: Sequence[dict[str, Any]] = (), bound: Mapping[str, BaseForm] | None = None
) -> dict[str, Any]:
    """The drawing and the form of links. Each row of the list is given its node, its references and its forms."""
    bound = bound or {}
    graph = graph_of(coe, [row["cause"] for row in rows] or list(coe.causes.all()))
    found = {row["node"].id: row for row in rows_of(graph)}
    many = {effect for effect, causes in graph.causes_of().items() if len(causes) > 1}
    for row in rows:
        cause = row["cause"]
        row |= {
            "node": found[cause.pk]["node"],
            "references": found[cause.pk]["references"],
            "is_joining": cause.pk in many,
            "no_action_form": bound.get(f"no-action-{cause.pk}") or NoActionForm(cause=cause),
        }
    link_form = bound.get("link") or LinkForm(choices_of(graph.nodes))
    return {**drawn(graph), "is_editor": True, "link_form": link_form, "is_linkable": len(graph.nodes) > 1}


def cause_choices(coe: COE) -> list[tuple[int, str]]:
    """The causes that an action item can correct, each with its number in the list."""
    return choices_of(graphing.read("", documents.tree_of(coe.causes.all())).nodes)

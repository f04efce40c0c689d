"""What the editor shows of graphs and pictures: each with its form, and an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm

from coe import documents
from coe.editing.graphs import MOST_GRAPHS
from coe.forms.pictures import AltForm, GraphForm, PictureForm
from coe.models import COE, Picture
from coe.templatetags.figures import graph_rows


def graphs_part(coe: COE, bound: Mapping[str, BaseForm] | None = None) -> dict[str, Any]:
    """The graphs as readers see them with their forms, and every picture with its Markdown."""
    bound = bound or {}
    graphs = list(coe.graphs.select_related("picture").defer("picture__data"))
    drawn = graph_rows(documents.content_of(coe), coe.pk) if graphs else []
    rows = [
        {"graph": graph, "drawn": row, "form": bound.get(f"graph-{graph.pk}") or GraphForm(coe, graph=graph)}
        for graph, row in zip(graphs, drawn, strict=True)
    ]
    pictures = [
        {
            "picture": picture,
            "markdown": markdown_of(picture),
            "form": bound.get(f"picture-{picture.pk}") or AltForm(picture=picture),
        }
        for picture in coe.pictures.defer("data")
    ]
    return {
        "coe": coe,
        "graphs": rows,
        "pictures": pictures,
        "new_graph": bound.get("graph-new") or GraphForm(coe, place=f"new{len(rows)}"),
        "picture_form": bound.get("picture-new") or PictureForm(),
        "has_room_for_graphs": len(rows) < MOST_GRAPHS,
    }


def markdown_of(picture: Picture) -> str:
    """What shows the picture in a text; its size stands in the address, so that nothing jumps when it arrives."""
    alt = picture.alt.replace("[", "(").replace("]", ")")
    return f"![{alt}]({picture.get_absolute_url()}#{picture.width}x{picture.height})"

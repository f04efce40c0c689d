"""Adding, changing, moving and removing the graphs of a draft."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Max

from coe import tabulating
from coe.editing.writing import count_on, part_of, writing
from coe.models import COE, Graph
from oncall.models import User

MOST_GRAPHS = 30
_IS_URL = URLValidator(schemes=["http", "https"])
FACTS = frozenset({"title", "description", "kind", "unit", "csv", "picture", "url"})


def add_graph(coe: COE, *, by: User, now: datetime, **facts: Any) -> Graph:
    """Add a graph at the end. Raises ValidationError for CSV that cannot be drawn and beyond MOST_GRAPHS."""
    facts = judged(coe, facts)
    with writing(coe, by, now):
        if coe.graphs.count() >= MOST_GRAPHS:
            raise ValidationError(f"A COE holds at most {MOST_GRAPHS} graphs.")
        last = coe.graphs.aggregate(last=Max("position"))["last"]
        return Graph.objects.create(coe=coe, position=0 if last is None else last + 1, **facts)


def change_graph(coe: COE, pk: int, *, base: int | None = None, by: User, now: datetime, **facts: Any) -> Graph:
    """Change a graph; `base` is its counter that the writer read.

    Raises as `add_graph` does, Conflict when it is gone, RowConflict for an older counter.
    """
    facts = judged(coe, facts)
    with writing(coe, by, now):
        graph = part_of(coe.graphs.all(), pk, "graph")
        count_on(graph, "graph", base, facts)
        for name, value in facts.items():
            setattr(graph, name, value)
        graph.save(update_fields=[*facts, "edits"])
    return graph


def shift_graph(coe: COE, pk: int, step: int, *, by: User, now: datetime) -> None:
    """Move it one place up (-1) or down (1); at an end it stays."""
    with writing(coe, by, now):
        graphs = list(coe.graphs.all())
        place = next((at for at, graph in enumerate(graphs) if graph.pk == pk), None)
        if place is None or not 0 <= place + step < len(graphs):
            return
        graphs[place], graphs[place + step] = graphs[place + step], graphs[place]
        for position, graph in enumerate(graphs):
            graph.position = position
        Graph.objects.bulk_update(graphs, ["position"])


def remove_graph(coe: COE, pk: int, *, by: User, now: datetime) -> None:
    """Remove a graph; its picture stays among those of the COE. Removed already is fine."""
    with writing(coe, by, now):
        coe.graphs.filter(pk=pk).delete()


def judged(coe: COE, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of its kind alone: what was typed for another kind is not kept unseen.

    Raises TypeError for an unknown fact, ValidationError for CSV that cannot be drawn and a picture of another COE.
    """
    if unknown := facts.keys() - FACTS:
        raise TypeError(f"not a fact of a graph: {', '.join(sorted(unknown))}")
    kind = facts.get("kind")
    facts = {
        **facts,
        **{
            name: empty
            for name, empty in (("csv", ""), ("picture", None), ("url", ""))
            if name != {"csv": "csv", "picture": "picture", "link": "url"}.get(str(kind))
        },
    }
    if kind == Graph.Kind.CSV:
        try:
            tabulating.parse(facts["csv"], coe.header.zone)
        except ValueError as error:
            raise ValidationError({"csv": str(error)}) from error
    if kind == Graph.Kind.LINK:
        try:
            _IS_URL(facts["url"])
        except ValidationError as error:
            raise ValidationError({"url": error.messages}) from error
    if kind == Graph.Kind.PICTURE and facts["picture"].coe_id != coe.pk:
        raise ValidationError({"picture": "This picture is of another COE."})
    return facts

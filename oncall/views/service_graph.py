"""The neighbourhood of a service: what it needs and what needs it, two hops both ways.

Each service stands in the column of its shortest way from the one in the middle. It is a picture of a few dozen: what
has no room is counted, and every service's own screen shows the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from oncall.models import Dependency, Incident, Service, User

HOPS = 2
# More in one column than this make a picture nobody reads.
MOST_IN_A_COLUMN = 9


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The picture, the same as lists (by hop, what it needs and what needs it), and how many had no room."""

    graph: dict[str, Any]
    needs: list[list[Service]]
    needed_by: list[list[Service]]
    left_out: int

    @property
    def is_empty(self) -> bool:
        return not any(self.needs) and not any(self.needed_by)


def neighbourhood_of(service: Service, user: User) -> Neighbourhood:
    """Two hops both ways; at most seven queries."""
    columns: dict[int, int] = {service.pk: 0}
    for direction in (1, -1):
        _spread(columns, service.pk, direction)
    visible = Service.objects.visible_to(user).select_related("team").filter(pk__in=columns)
    known = {one.pk: one for one in visible.order_by("tier", "name")}
    by_column = {place: [one for pk, one in known.items() if columns[pk] == place] for place in range(-HOPS, HOPS + 1)}
    drawn = [one for place, ones in by_column.items() for one in ones[: MOST_IN_A_COLUMN if place else 1]]
    return Neighbourhood(
        graph=_graph(service, drawn, columns, _broken(drawn, user)),
        needs=[by_column[place] for place in range(1, HOPS + 1)],
        needed_by=[by_column[-place] for place in range(1, HOPS + 1)],
        left_out=len(known) - len(drawn),
    )


def _spread(columns: dict[int, int], start: int, direction: int) -> None:
    """Give each service its column; direction 1 follows what is needed, -1 what needs."""
    edge = {start}
    here, there = ("service_id", "needs_id") if direction > 0 else ("needs_id", "service_id")
    for hop in range(1, HOPS + 1):
        found = Dependency.objects.filter(**{f"{here}__in": edge}).values_list(there, flat=True)
        edge = set(found) - columns.keys()
        columns.update(dict.fromkeys(edge, direction * hop))


def _broken(services: Iterable[Service], user: User) -> set[int]:
    open_ones = Incident.objects.visible_to(user).open().real().filter(service__in=[one.pk for one in services])
    return set(open_ones.values_list("service_id", flat=True))


def _graph(service: Service, drawn: list[Service], columns: dict[int, int], broken: set[int]) -> dict[str, Any]:
    ids = [one.pk for one in drawn]
    edges = Dependency.objects.filter(service__in=ids, needs__in=ids).values_list("service_id", "needs_id")
    return {
        "label": f"What {service.name} needs and what needs it",
        "nodes": [
            {
                "id": one.pk,
                "label": one.name if len(one.name) <= 22 else f"{one.name[:21]}…",
                "column": columns[one.pk],
                "detail": f"{'open incident' if one.pk in broken else one.team.name}, tier {one.tier}",
                "url": "" if one.pk == service.pk else one.get_absolute_url(),
                "tone": "bad" if one.pk in broken else "focus" if one.pk == service.pk else "",
            }
            for one in drawn
        ],
        "edges": list(edges),
    }

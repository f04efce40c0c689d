"""A page of found COEs with its facets, as the library and the search screen show it.

It decides how an address becomes a query and how values become words. What is found is `coe/searching/`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict

from coe import searching
from coe.models import Cause
from coe.searching import Query, Reader, Results
from coe.searching.queries import Sort, parse
from coe.searching.schema import FACET_FIELDS
from oncall.models import Service, Team, User

type_words = Callable[[str, str], str]

PER_PAGE = 20
# As many values of a facet stand in sight before it is unfolded.
IN_SIGHT = 6
# The facets beside the results, in the order in which people narrow.
FACETS = (
    ("team", "Team"),
    ("service", "Service"),
    ("severity", "Severity"),
    ("cause", "Cause"),
    ("tag", "Tag"),
    ("change", "Trigger"),
    ("source", "Source"),
    ("year", "Year"),
)
SIDES = {
    "change": {"yes": "Triggered by a change", "no": "No change confirmed"},
    "source": {"here": "Written here", "imported": "Imported"},
}


def results_of(user: User, address: QueryDict) -> dict[str, Any]:
    """What the templates of results need: results, facets with words, a page object, the chosen values."""
    query = query_of(address)
    found = searching.search(query, Reader.of(user))
    words = _words(found.facets)
    return {
        "asked": query.text,
        "results": found,
        "facets": _facets(found, query, words),
        "chips": _chips(query, address, words),
        "page": _page(found, query),
        "is_narrowed": any(address.getlist(name) for name in FACET_FIELDS),
        "sort": query.sort.value,
    }


def query_of(address: QueryDict) -> Query:
    """`?q=&sort=&page=` and the facets as a query; what makes no sense is noted, not refused."""
    number = address.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 6 else 1
    filters = {name: [value for value in address.getlist(name) if value] for name in FACET_FIELDS}
    return parse(
        address.get("q", ""),
        filters=filters,
        sort=address.get("sort", Sort.RELEVANCE),
        offset=(max(page, 1) - 1) * PER_PAGE,
        limit=PER_PAGE,
    )


def _page(found: Results, query: Query) -> Any:
    """A page object for the pagination component; the hits themselves come from the index."""
    return Paginator(range(found.total), PER_PAGE).get_page(query.offset // PER_PAGE + 1)


def _facets(found: Results, query: Query, words: type_words) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """(parameter, title, options) of every facet that offers a choice."""
    return [
        (
            name,
            title,
            [(value, words(name, value), count) for value, count in _in_sight(found.facets[name], query, name)],
        )
        for name, title in FACETS
        if found.facets.get(name)
    ]


def _in_sight(values: list[tuple[str, int]], query: Query, name: str) -> list[tuple[str, int]]:
    """The values with a chosen one that would be folded away at the front."""
    chosen = query.chosen.get(name, ())
    folded = [pair for pair in values[IN_SIGHT:] if pair[0] in chosen]
    return [*folded, *(pair for pair in values if pair not in folded)]


def _chips(query: Query, address: QueryDict, words: type_words) -> list[dict[str, str]]:
    """What narrows the listing beside the typed words, each with the address without it."""
    return [
        {"name": "" if name in SIDES else title, "value": words(name, value), "without": _without(address, name, value)}
        for name, title in FACETS
        for value in address.getlist(name)
        if value in query.chosen.get(name, ())
    ]


def _without(address: QueryDict, name: str, value: str) -> str:
    """The address that chooses everything but this; a listing that changes begins at its first page."""
    left = address.copy()
    left.setlist(name, [one for one in address.getlist(name) if one != value])
    left.pop("page", None)
    return f"?{left.urlencode()}"


def _words(facets: Mapping[str, list[tuple[str, int]]]) -> type_words:
    """How the values of facets read; two queries."""
    slugs = {name: [value for value, _ in facets.get(name, [])] for name in ("team", "service")}
    named: dict[str, Mapping[str, str]] = {
        "team": dict(Team.objects.filter(slug__in=slugs["team"]).values_list("slug", "name")),
        "service": dict(Service.objects.filter(slug__in=slugs["service"]).values_list("slug", "name")),
        "cause": dict(Cause.Kind.choices),
        **SIDES,
    }

    def word(name: str, value: str) -> str:
        return f"SEV {value}" if name == "severity" else named.get(name, {}).get(value, value)

    return word

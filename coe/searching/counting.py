"""Facets: how many of what is found have which team, service, severity, year and kind of cause.

The counts of a facet ignore the choice made in it and honour every other. Nothing is counted that the reader may not
read: `matching.py` sees to that.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import tantivy
from tantivy import Occur
from tantivy import Query as Clause

from coe.searching.matching import Matching, count
from coe.searching.queries import CAUSES, FACETS
from coe.searching.schema import JOINED, JOINT, SCHEMA

FACET_VALUES = 30  # at most listed of one facet
HELPERS = 4


@cache
def helpers(process: int) -> ThreadPoolExecutor:
    """Threads that count; those of a parent process do not survive a fork."""
    return ThreadPoolExecutor(HELPERS, thread_name_prefix=f"search-facets-{process}")


def facets(searcher: tantivy.Searcher, matching: Matching) -> dict[str, list[tuple[str, int]]]:
    """Counts of all facets: together where nothing is chosen, alone and without its own choice where something is."""
    chosen = matching.query.chosen
    free = [name for name in FACETS if name not in chosen]
    counted = _counts(searcher, matching.found(), free) if free else {}
    for name in chosen:
        counted |= _counts(searcher, matching.within(leaving_out=name), [name])
        seen = {value for value, _ in counted[name]}
        # A chosen value may be too rare for the list; it stays in sight with its own count.
        missing = [value for value in chosen[name] if value not in seen]
        counted[name] += [(value, _count(searcher, matching, name, value)) for value in missing]
    return {name: _ordered(name, counted[name]) for name in FACETS}


def _counts(searcher: tantivy.Searcher, clause: Clause, names: list[str]) -> dict[str, list[tuple[str, int]]]:
    asked = {name: {"terms": {"field": JOINED.get(name, name), "size": _size(name)}} for name in names}
    answer = searcher.aggregate(clause, asked)
    return {name: _values(name, answer[name]["buckets"]) for name in names}


def _size(name: str) -> int:
    """How many buckets are asked for; of joined values every combination is needed."""
    return 2 ** len(CAUSES) if name in JOINED else FACET_VALUES


def _values(name: str, buckets: list[dict[str, Any]]) -> list[tuple[str, int]]:
    if name not in JOINED:
        return [(bucket["key"], bucket["doc_count"]) for bucket in buckets]
    counts: Counter[str] = Counter()
    for bucket in buckets:
        for value in filter(None, bucket["key"].split(JOINT)):
            counts[value] += bucket["doc_count"]
    return list(counts.items())


def _count(searcher: tantivy.Searcher, matching: Matching, name: str, value: str) -> int:
    """How many documents one more value of a facet stands for."""
    both = [(Occur.Must, matching.within(leaving_out=name)), (Occur.Must, Clause.term_query(SCHEMA, name, value))]
    return count(searcher, Clause.boolean_query(both))


def _ordered(name: str, values: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Severities from the worst, years from the newest, all else by count."""
    if name == "severity":
        return sorted(values)
    if name == "year":
        return sorted(values, reverse=True)
    return sorted(values, key=lambda pair: (-pair[1], pair[0]))

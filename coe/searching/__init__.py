"""Finding COEs: the one door to the search index.

`search` and `suggest` bring the index up to date first, so that what was published a moment ago is found. If that takes
more than a moment they answer without the COEs that are still to be looked at: one may have become restricted. What
they find is for one reader: hits, totals, counts, suggestions, corrections and highlights come from nothing that this
person may not read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import tantivy

from coe.searching import catching_up, finding, index, schema
from coe.searching.finding import Hit, Results, Suggestion
from coe.searching.generations import Damaged, naming_damage
from coe.searching.queries import Query, Sort, parse
from coe.searching.readers import Reader

__all__ = [
    "Hit",
    "Query",
    "Reader",
    "Results",
    "Sort",
    "Suggestion",
    "alike",
    "catch_up",
    "newest_of_any",
    "parse",
    "pending",
    "rebuild",
    "search",
    "stems",
    "suggest",
]

logger = logging.getLogger(__name__)
type_answer = TypeVar("type_answer")
type_question = Callable[[tantivy.Searcher, frozenset[int]], type_answer]


def search(query: Query, reader: Reader) -> Results:
    """What this reader finds; `parse` makes the query of what was typed and chosen. Two queries to the database."""
    return _answer(
        lambda searcher, hidden: finding.find(searcher, query, replace(reader, hidden=hidden)),
        Results(notes=query.notes),
    )


def newest_of_any(
    wishes: Sequence[tuple[Query, ...]], reader: Reader, limit: int, among: Iterable[int] | None = None
) -> list[int]:
    """Ids of what satisfies any of these wishes, the newest first: one question to the index, however many they are.

    A wish is satisfied by what each of its queries finds. `among` names the only ids that matter; None is all.
    """
    return _answer(
        lambda searcher, hidden: finding.newest_of_any(
            searcher, wishes, replace(reader, hidden=hidden), limit=limit, among=among
        ),
        [],
    )


def suggest(prefix: str, reader: Reader) -> list[Suggestion]:
    """What may be meant by what is typed so far: titles of COEs, and longer texts to search for."""
    return _answer(lambda searcher, hidden: finding.suggest(searcher, prefix, replace(reader, hidden=hidden)), [])


def alike(text: str, limit: int) -> list[int]:
    """The COEs for the whole organisation that are most like a text, the best first, as far as the index is now.

    It never waits for the index to be brought up to date: whoever asks looks the ids up again.
    """
    searcher = index.default().searcher()
    return finding.alike(searcher, text, limit) if searcher else []


def stems(text: str) -> frozenset[str]:
    """The words of a text as the index compares them: stemmed, without stop words."""
    return frozenset(schema.stemmed.analyze(text))


def catch_up(seconds: float = catching_up.IN_PASSING) -> catching_up.Progress:
    """Apply what changed; for ticks, so that the next search need not. Raises Damaged when nothing can be written."""
    return catching_up.catch_up(index.default(), seconds=seconds)


def rebuild() -> int:
    """Make the index anew while the old one is read; returns how many COEs it holds."""
    return catching_up.rebuild(index.default())


def pending(before: datetime) -> int:
    """How many changes made before this instant the index of this node has not applied; it stops at a batch."""
    return catching_up.pending(index.default(), before)


def _answer(ask: type_question[type_answer], nothing: type_answer) -> type_answer:
    """Ask the newest state of the index. A damaged one is made anew once; `nothing` while there is none at all."""
    try:
        return _asked(ask, nothing)
    except Damaged:
        if not catching_up.mend(index.default()):
            raise
        logger.exception("search.index.damaged")
        return _asked(ask, nothing)


def _asked(ask: type_question[type_answer], nothing: type_answer) -> type_answer:
    current = index.default()
    try:
        is_complete = catching_up.catch_up(current).is_complete
    except Damaged:
        # A full disk, for instance: what was written before can still be read.
        logger.exception("search.index.not_written")
        is_complete = False
    hidden: frozenset[int] = frozenset() if is_complete else catching_up.changed_since(current)
    searcher = current.searcher()
    if searcher is None:
        return nothing
    with naming_damage(current.root):
        return ask(searcher, hidden)

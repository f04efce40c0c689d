"""Answering a search: hits, how many, facets with counts, what was probably meant, suggestions while typing.

It reads one searcher, which somebody else has brought up to date, and needs no database.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import tantivy
from tantivy import Occur, Order
from tantivy import Query as Clause

from coe.searching import counting, schema
from coe.searching.correcting import Vocabulary, corrections
from coe.searching.highlighting import Highlighter
from coe.searching.matching import Matching, audience
from coe.searching.queries import MOST_WORDS, Query, Sort, replaced, words_of
from coe.searching.readers import Reader
from coe.searching.schema import SCHEMA

MOST_SUGGESTIONS = 8
SHORTEST_PREFIX = 2
# Whoever it is: no account has this number, so it is told what the whole organisation may read.
EVERYBODY = Reader(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found COE. `title_html` and `snippet_html` are safe HTML with <mark>; `score` only orders, do not show it."""

    coe_id: int
    title: str
    title_html: str
    snippet_html: str
    score: float
    team: str
    team_name: str
    services: tuple[str, ...]
    tags: tuple[str, ...]
    severity: int | None
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was found. `facets` maps each facet to (value, count) pairs; a chosen value is there even with count 0.

    The counts of a facet ignore the choice made in it: they say what choosing another value as well would add.
    `did_you_mean` is the text that was searched instead, when a word of the typed one is nowhere.
    """

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    did_you_mean: str = ""
    took_ms: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be meant by what is typed so far: a COE by its title, or a longer text to search for."""

    text: str
    coe_id: int | None = None


def find(searcher: tantivy.Searcher, query: Query, reader: Reader) -> Results:
    """Answer a query for a reader from this searcher."""
    started = time.perf_counter()
    meant = corrections(query, Vocabulary(searcher, reader))
    matching = Matching(query, meant, reader, searcher)
    by_date = query.sort is Sort.DATE or not query.has_text
    # Counting takes as long as finding; both run outside Python's lock, so side by side.
    counted = counting.helpers(os.getpid()).submit(counting.facets, searcher, matching)
    found = searcher.search(
        matching.found(),
        limit=query.limit or 1,
        offset=query.offset,
        order_by_field="published_at" if by_date else None,
        order=Order.Desc,
    )
    hits = found.hits if query.limit else []
    return Results(
        hits=_hits(searcher, matching, hits, by_date=by_date),
        total=found.count,  # type: ignore[attr-defined]  # absent from the stub
        facets=counted.result(),
        did_you_mean=replaced(query, meant) if meant else "",
        took_ms=round((time.perf_counter() - started) * 1_000, 2),
        notes=query.notes,
    )


def alike(searcher: tantivy.Searcher, text: str, limit: int) -> list[int]:
    """Ids of what everybody may read and has words of a text, the best first; the text has no operators."""
    query = Query(text=text, words=tuple(words_of(text)[:MOST_WORDS]))
    if not query.words:
        return []
    found = searcher.search(Matching(query, {}, EVERYBODY, searcher).found(), limit=limit, count=False)
    return [searcher.doc(address)["coe_id"][0] for _, address in found.hits]


def newest_of_any(
    searcher: tantivy.Searcher,
    wishes: Sequence[tuple[Query, ...]],
    reader: Reader,
    *,
    limit: int,
    among: Iterable[int] | None = None,
) -> list[int]:
    """Ids of what satisfies any of the wishes, each of which is queries that all must hold; the newest first.

    Nothing but ids is made: no facets, no highlights. `among` names the only ids that matter; None is all.
    """
    known = Vocabulary(searcher, reader)
    each = [
        Clause.boolean_query(
            [(Occur.Must, Matching(query, corrections(query, known), reader, searcher).within()) for query in wish]
        )
        for wish in wishes
    ]
    wanted = Clause.boolean_query([(Occur.Should, clause) for clause in each])
    if among is not None:
        named = Clause.term_set_query(SCHEMA, "key", [str(coe_id) for coe_id in among])
        wanted = Clause.boolean_query([(Occur.Must, wanted), (Occur.Must, named)])
    found = searcher.search(wanted, limit=limit, count=False, order_by_field="published_at", order=Order.Desc)
    return [searcher.doc(address)["coe_id"][0] for _, address in found.hits]


def suggest(searcher: tantivy.Searcher, prefix: str, reader: Reader) -> list[Suggestion]:
    """Up to MOST_SUGGESTIONS for a text whose last word is perhaps unfinished, all from what the reader may read."""
    words = [folded[0] for word in words_of(prefix[:200]) if (folded := schema.plain.analyze(word.text))]
    if not words or len(words[-1]) < SHORTEST_PREFIX:
        return []
    readable = audience(reader, searcher)
    before, last = words[:-1], words[-1]
    finished = [_term("title_words", word) for word in before]
    context = Clause.boolean_query([(Occur.Must, clause) for clause in [readable, *finished]])
    ends = searcher.terms_with_prefix("title_words", last, context, MOST_SUGGESTIONS)
    titles = _titles(searcher, [readable, *finished], [word for word, _ in ends]) if ends else []
    if not ends:
        ends = searcher.terms_with_prefix("words", last, readable, MOST_SUGGESTIONS)
    start = prefix[: words_of(prefix[:200])[-1].start]
    texts = [Suggestion(start + word) for word, _ in ends if word != last]
    return [*titles, *texts][:MOST_SUGGESTIONS]


def _hits(
    searcher: tantivy.Searcher,
    matching: Matching,
    hits: list[tuple[float, tantivy.DocAddress]],
    *,
    by_date: bool,
) -> list[Hit]:
    highlighter = Highlighter(searcher, matching.within())
    made = []
    for score, address in hits:
        document = searcher.doc(address)
        severity = document.get_first("severity")
        made.append(
            Hit(
                coe_id=document["coe_id"][0],
                title=document.get_first("title") or "",
                title_html=highlighter.title(document),
                snippet_html=highlighter.passage(document),
                score=0.0 if by_date else score,
                team=document.get_first("team") or "",
                team_name=document.get_first("team_name") or "",
                services=tuple(document.get_all("service")),
                tags=tuple(document.get_all("tag")),
                severity=int(severity) if severity else None,
                published_at=document["published_at"][0],
            )
        )
    return made


def _titles(searcher: tantivy.Searcher, must: list[Clause], ends: list[str]) -> list[Suggestion]:
    any_end = Clause.boolean_query([(Occur.Should, _term("title_words", word)) for word in ends])
    clause = Clause.boolean_query([(Occur.Must, one) for one in [any_end, *must]])
    found = searcher.search(clause, limit=MOST_SUGGESTIONS // 2, count=False, order_by_field="published_at").hits
    documents = [searcher.doc(address) for _, address in found]
    return [Suggestion(document["title"][0], document["coe_id"][0]) for document in documents]


def _term(field: str, word: str) -> Clause:
    return Clause.const_score_query(Clause.term_query(SCHEMA, field, word), 0.0)

"""From a query and a reader to what Tantivy evaluates.

It decides what must hold (audience, filters, phrases) and what makes a document better (words, closeness). Everything
asked of the index goes through `Matching.within`, so that nothing is found or counted that the reader may not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import tantivy
from tantivy import Occur
from tantivy import Query as Clause

from coe.searching import schema
from coe.searching.queries import Period, Query, Sort, Word
from coe.searching.readers import Reader
from coe.searching.schema import SCHEMA

# Measured (docs/decisions/0007): a title word counts half, being in the body as well more often than not.
TITLE_WEIGHT = 0.5
# Two words that stand together in the query do so in what is meant: a sequential dependence model (Metzler and Croft,
# SIGIR 2005), with room for one word more or less between them.
PAIR_WEIGHT = 0.5
PAIR_SLOP = 1
# A pair costs as much as its rarer word has documents. Pairs of very frequent words say little and cost most.
PAIR_DOCUMENTS = 10_000
# Newest first is worthless when any one of the words is enough.
SHARE_BY_DATE = 2 / 3


@dataclass(frozen=True, slots=True)
class Term:
    """A word as the index compares it, and which word of the query it is."""

    text: str
    position: int


def audience(reader: Reader, searcher: tantivy.Searcher) -> Clause:
    """What this reader may read; costs nothing in the ranking."""
    known = [token for token in reader.tokens if searcher.doc_freq("readers", token)]
    if not known:
        return Clause.empty_query()
    readable = _any_of("readers", known)
    if not reader.hidden:
        return readable
    hidden = Clause.term_set_query(SCHEMA, "key", [str(coe_id) for coe_id in reader.hidden])
    return Clause.boolean_query([(Occur.Must, readable), (Occur.MustNot, hidden)])


def terms_of(text: str) -> list[Term]:
    """The words of a text without stop words, stemmed, with their places."""
    return [Term(token.text, token.position) for token in schema.stemmed.pre_tokenize(text).tokens]


def count(searcher: tantivy.Searcher, clause: Clause) -> int:
    """How many documents there are of this clause."""
    return int(searcher.search(clause, limit=1).count)  # type: ignore[attr-defined]  # absent from the stub


class Matching:
    """What one query of one reader means in one searcher; `meant` replaces words by their place in the text."""

    def __init__(self, query: Query, meant: Mapping[int, str], reader: Reader, searcher: tantivy.Searcher) -> None:
        self.query = query
        self.searcher = searcher
        self.audience = audience(reader, searcher)
        self.terms = terms_of(_text(query.words, meant))
        self.phrases = [_together(_text(phrase, meant)) for phrase in query.phrases]
        self.wanted = self._wanted()

    def found(self) -> Clause:
        """What is listed, in order: everything within, better for words that stand together."""
        is_by_date = self.query.sort is Sort.DATE
        bonus = [] if is_by_date else [(Occur.Should, pair) for pair in self._pairs()]
        return Clause.boolean_query([(Occur.Must, self.within()), *bonus])

    def within(self, leaving_out: str = "") -> Clause:
        """What is counted: all that must hold, but for the choice in one facet whose other values are counted."""
        must = [(Occur.Must, clause) for clause in self._required(leaving_out)]
        never = [(Occur.MustNot, clause) for clause in self._refused()]
        wanted = [(Occur.Must, self.wanted)] if self.wanted is not None else []
        return Clause.boolean_query([*wanted, *must, *never])

    def _wanted(self) -> Clause | None:
        """The words and numbers of which one is enough; None when none was typed."""
        words = [_word(term.text) for term in self.terms]
        numbers = [Clause.term_query(SCHEMA, "coe_id", number) for number in self.query.numbers]
        if self.query.words and not words and not numbers and not self.query.phrases:
            # Only stop words: nothing to look for, so nothing is found, rather than everything.
            return Clause.empty_query()
        if self.query.sort is Sort.DATE and len(words) > 1 and not numbers:
            return Clause.boolean_query(
                [(Occur.Should, word) for word in words], minimum_number_should_match=ceil(len(words) * SHARE_BY_DATE)
            )
        # A number that was asked for comes first.
        clauses = [*words, *(Clause.boost_query(number, 1_000.0) for number in numbers)]
        return Clause.boolean_query([(Occur.Should, clause) for clause in clauses]) if clauses else None

    def _pairs(self) -> Iterable[Clause]:
        """Bonus for neighbours of the query that are neighbours in the document."""
        for first, second in pairwise(self.terms):
            rarer = min(self.searcher.doc_freq("body", term.text) for term in (first, second))
            if 0 < rarer <= PAIR_DOCUMENTS:
                distance = second.position - first.position
                pair = Clause.phrase_query(SCHEMA, "body", [(0, first.text), (distance, second.text)], PAIR_SLOP)
                yield Clause.boost_query(pair, PAIR_WEIGHT)

    def _required(self, leaving_out: str) -> list[Clause]:
        query = self.query
        facets = [_any_of(name, values) for name, values in query.chosen.items() if name != leaving_out]
        flags = [_any_of("flags", [flag]) for flag in query.flags]
        periods = [_published(period) for period in query.periods]
        return [self.audience, *facets, *flags, *periods, *self.phrases]

    def _refused(self) -> list[Clause]:
        query = self.query
        facets = [_any_of(name, values) for name, values in query.refused.items()]
        flags = [_any_of("flags", [flag]) for flag in query.refused_flags]
        periods = [_published(period) for period in query.refused_periods]
        return [*facets, *flags, *periods, *(_together(text) for text in query.without)]


def _text(words: Iterable[Word], meant: Mapping[int, str]) -> str:
    return " ".join(meant.get(word.start, word.text) for word in words)


def _word(text: str) -> Clause:
    """One word, in the body or, for half, in the title."""
    body, title = (Clause.term_query(SCHEMA, name, text) for name in ("body", "title"))
    return Clause.boolean_query([(Occur.Should, body), (Occur.Should, Clause.boost_query(title, TITLE_WEIGHT))])


def _together(text: str) -> Clause:
    """These words next to each other, in the body or the title."""
    terms = terms_of(text)
    if not terms:
        return Clause.empty_query()
    if len(terms) == 1:
        return _word(terms[0].text)
    words: list[str | tuple[int, str]] = [(term.position - terms[0].position, term.text) for term in terms]
    return Clause.boolean_query(
        [(Occur.Should, Clause.phrase_query(SCHEMA, name, words)) for name in ("body", "title")]
    )


def _any_of(field: str, values: Sequence[str]) -> Clause:
    """A filter: one of the values, without weight."""
    clauses = [Clause.term_query(SCHEMA, field, value) for value in values]
    clause = clauses[0] if len(clauses) == 1 else Clause.boolean_query([(Occur.Should, one) for one in clauses])
    return Clause.const_score_query(clause, 0.0)


def _published(period: Period) -> Clause:
    return Clause.const_score_query(
        Clause.range_query(
            SCHEMA,
            "published_at",
            tantivy.FieldType.Date,
            period.start,
            period.end,
            include_lower=True,
            include_upper=False,
        ),
        0.0,
    )

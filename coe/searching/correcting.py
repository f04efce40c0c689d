"""Slips of the finger: words that nothing readable contains, and what was probably meant.

Only such words are corrected, by one edit (a letter too many, too few, another, or two swapped: Damerau 1964), to the
most frequent word. Correcting words that are known ruins clean queries (measured, docs/decisions/0007).

What is known is judged by what *this reader* may read. A word that stands only in restricted documents must neither be
offered to a stranger nor silently keep a stranger's word from being corrected: both would tell that it is there.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator

import tantivy
from tantivy import Occur
from tantivy import Query as Clause

from coe.searching import schema
from coe.searching.matching import audience, count
from coe.searching.queries import Query, Word
from coe.searching.readers import Reader
from coe.searching.schema import OPEN, RESTRICTED, SCHEMA

SHORTEST = 4  # letters; shorter words have too many neighbours
LONGEST = 24
MOST = 12  # words of one query that are corrected
LETTERS = string.ascii_lowercase + string.digits


class Vocabulary:
    """The words that the documents within an audience contain."""

    def __init__(self, searcher: tantivy.Searcher, reader: Reader) -> None:
        self.searcher = searcher
        self.audience = audience(reader, searcher)
        # Frequencies of the index count restricted and hidden documents, and deleted ones not merged away yet. A word
        # in more documents than those is certainly in a readable one; any other is looked up among what is readable.
        restricted = searcher.doc_freq("audience", RESTRICTED)
        deleted = searcher.doc_freq("audience", OPEN) + restricted - searcher.num_docs + 1
        self.doubtful = restricted + max(deleted, 0) + len(reader.hidden)

    def knows(self, word: str) -> bool:
        """Whether a readable document contains the word, or another form of it."""
        if self._has("words", word):
            return True
        return any(self._has(field, stem) for stem in schema.stemmed.analyze(word) for field in ("body", "title"))

    def frequency(self, word: str) -> int:
        """In how many readable documents the word stands."""
        if not self.searcher.doc_freq("words", word):
            return 0
        return count(self.searcher, self._within("words", word))

    def _has(self, field: str, term: str) -> bool:
        frequency = self.searcher.doc_freq(field, term)
        if not frequency or frequency > self.doubtful:
            return bool(frequency)
        return bool(self.searcher.search(self._within(field, term), limit=1, count=False).hits)

    def _within(self, field: str, term: str) -> Clause:
        term_clause = Clause.const_score_query(Clause.term_query(SCHEMA, field, term), 0.0)
        return Clause.boolean_query([(Occur.Must, term_clause), (Occur.Must, self.audience)])


def corrections(query: Query, vocabulary: Vocabulary) -> dict[int, str]:
    """For the place of each unknown word of the query what was probably meant; empty when all is well."""
    made: dict[int, str] = {}
    for word in _correctable(query.all_words):
        folded = schema.plain.analyze(word.text)
        if len(folded) != 1 or vocabulary.knows(folded[0]):
            continue
        meant = _best(neighbours(folded[0]), vocabulary)
        if meant is not None:
            made[word.start] = meant.capitalize() if word.text[:1].isupper() else meant
        if len(made) == MOST:
            break
    return made


def neighbours(word: str) -> Iterator[str]:
    """Every string one edit away, in lower-case ASCII letters and digits."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in LETTERS)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in LETTERS if letter != after[0])
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]


def _correctable(words: Iterable[Word]) -> Iterator[Word]:
    for word in words:
        if SHORTEST <= len(word.text) <= LONGEST and not any(letter.isdigit() for letter in word.text):
            yield word


def _best(candidates: Iterable[str], vocabulary: Vocabulary) -> str | None:
    """The most frequent candidate; of equals the first in the alphabet.

    A stop word only when there is nothing else: it is frequent everywhere, and finding nothing by it costs most.
    """
    frequencies = {word: vocabulary.frequency(word) for word in candidates}
    known = [(not schema.stemmed.analyze(word), -many, word) for word, many in frequencies.items() if many]
    return min(known)[-1] if known else None

"""Passages of a document with the found words marked, as safe HTML.

Everything of the document is escaped; the only tag ever made is <mark>.
"""

from __future__ import annotations

import tantivy
from django.utils.html import escape
from tantivy import Query as Clause

from coe.searching.schema import SCHEMA

SNIPPET_CHARACTERS = 260
TITLE_CHARACTERS = 2_000  # longer than any title


class Highlighter:
    """Marks the words of one query in the fields of documents."""

    def __init__(self, searcher: tantivy.Searcher, clause: Clause) -> None:
        self._generators = {
            name: tantivy.SnippetGenerator.create(searcher, clause, SCHEMA, name) for name in ("title", "body")
        }
        self._generators["title"].set_max_num_chars(TITLE_CHARACTERS)
        self._generators["body"].set_max_num_chars(SNIPPET_CHARACTERS)

    def title(self, document: tantivy.Document) -> str:
        """The whole title, with marks where words of it were found."""
        marked = self._marked("title", document)
        return marked or escape(document.get_first("title") or "")

    def passage(self, document: tantivy.Document) -> str:
        """The passage with most found words, else the beginning."""
        return self._marked("body", document) or beginning(document.get_first("body") or "")

    def _marked(self, name: str, document: tantivy.Document) -> str:
        snippet = self._generators[name].snippet_from_doc(document)
        return marked(snippet.fragment(), [(mark.start, mark.end) for mark in snippet.highlighted()])


def marked(text: str, ranges: list[tuple[int, int]]) -> str:
    """The text as HTML with <mark> around the ranges, which count bytes of UTF-8."""
    raw, at, parts = text.encode(), 0, []
    for start, end in sorted(ranges):
        if start < at:
            continue
        parts += [escape(raw[at:start].decode()), "<mark>", escape(raw[start:end].decode()), "</mark>"]
        at = end
    return "".join([*parts, escape(raw[at:].decode())]).strip()


def beginning(text: str) -> str:
    """The first words of a text as HTML."""
    text = " ".join(text[: SNIPPET_CHARACTERS * 2].split())
    if len(text) > SNIPPET_CHARACTERS:
        text = text[:SNIPPET_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return escape(text)

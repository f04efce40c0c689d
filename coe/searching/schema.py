"""What the index holds of a COE, and how its words are made.

Analyzer and weights were measured on 1 729 documents with 192 known-item queries (docs/decisions/0007): lower case,
ASCII folding, English stop words and stemmer. It decides nothing about files (`index.py`) or ranking (`matching.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import tantivy

# Raise it when a field, an analyzer or the order of a text changes: an index of another version is made anew.
VERSION = 4
STEMMED = "errata_stemmed"
PLAIN = "errata_plain"
LONGEST_WORD = 40  # bytes; longer ones are keys and hashes nobody types
EVERYBODY = "all"
ADMINISTRATORS = "administrators"
FACET_FIELDS = ("team", "service", "severity", "cause", "tag", "change", "source", "year")
# Facets of a handful of values, several for each document: all of them as one value are counted three times as fast.
JOINED = {"cause": "causes"}
JOINT = "|"
OPEN, RESTRICTED = "open", "restricted"
CHANGE_TRIGGERED, OPEN_ACTIONS = "change-triggered", "open-actions"
YES, NO = "yes", "no"
HERE, IMPORTED = "here", "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is searched of one published COE.

    `readers` are the tokens of those who may read it (see `readers.py`); an empty one is for administrators alone.
    `published_at` must have a zone.
    """

    coe_id: int
    title: str
    body: str
    published_at: datetime
    readers: tuple[str, ...] = (EVERYBODY,)
    team: str = ""
    team_name: str = ""
    services: tuple[str, ...] = ()
    severity: int | None = None
    cause_kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    has_open_actions: bool = False
    is_change_triggered: bool = False
    is_imported: bool = False


def _builder() -> tantivy.TextAnalyzerBuilder:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
    )


# Words as they are written, for what the index knows, for corrections and for suggestions.
plain = _builder().build()
# Words as they are compared.
stemmed = _builder().filter(tantivy.Filter.stopword("english")).filter(tantivy.Filter.stemmer("english")).build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # A text key: deletion by an integer term does not match in tantivy 0.27.
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("coe_id", stored=True, indexed=True, fast=True)
    builder.add_text_field("title", stored=True, tokenizer_name=STEMMED)
    builder.add_text_field("body", stored=True, tokenizer_name=STEMMED)
    builder.add_text_field("title_words", tokenizer_name=PLAIN, index_option="basic")
    builder.add_text_field("words", tokenizer_name=PLAIN, index_option="basic")
    for name in ("readers", "audience", "flags"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACET_FIELDS:
        is_counted = name not in JOINED
        builder.add_text_field(name, stored=True, fast=is_counted, tokenizer_name="raw", index_option="basic")
    for name in JOINED.values():
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("team_name", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_date_field("published_at", stored=True, indexed=True, fast=True)
    # The one document that says up to which change the index is: written in the same commit as what it speaks of.
    builder.add_text_field("position", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _schema()


def register(index: tantivy.Index) -> None:
    """Tell an opened index of the analyzers; they are not part of its files."""
    index.register_tokenizer(STEMMED, stemmed)
    index.register_tokenizer(PLAIN, plain)


def indexable(document: Document) -> tantivy.Document:
    """The COE as the index takes it. Raises ValueError for a time without zone."""
    if document.published_at.tzinfo is None:
        raise ValueError(f"COE-{document.coe_id} has a publication time without zone.")
    made = tantivy.Document()
    made.add_text("key", str(document.coe_id))
    made.add_unsigned("coe_id", document.coe_id)
    made.add_text("title", document.title)
    made.add_text("body", document.body)
    made.add_text("title_words", document.title)
    made.add_text("words", f"{document.title}\n{document.body}")
    for token in {*document.readers, ADMINISTRATORS}:
        made.add_text("readers", token)
    made.add_text("audience", OPEN if EVERYBODY in document.readers else RESTRICTED)
    for flag in _flags(document):
        made.add_text("flags", flag)
    for name, values in _facets(document).items():
        for value in values:
            made.add_text(name, value)
    made.add_text(JOINED["cause"], JOINT.join(sorted(set(document.cause_kinds))))
    made.add_text("team_name", document.team_name)
    made.add_date("published_at", document.published_at)
    return made


def _flags(document: Document) -> list[str]:
    flags = {
        RESTRICTED: EVERYBODY not in document.readers,
        OPEN_ACTIONS: document.has_open_actions,
        CHANGE_TRIGGERED: document.is_change_triggered,
    }
    return [flag for flag, holds in flags.items() if holds]


def _facets(document: Document) -> dict[str, tuple[str, ...]]:
    return {
        "team": (document.team,) if document.team else (),
        "service": document.services,
        "severity": () if document.severity is None else (str(document.severity),),
        "year": (f"{document.published_at.astimezone(UTC):%Y}",),
        "cause": document.cause_kinds,
        "tag": document.tags,
        "change": (YES if document.is_change_triggered else NO,),
        "source": (IMPORTED if document.is_imported else HERE,),
    }

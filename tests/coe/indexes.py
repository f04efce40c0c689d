"""Small real indexes for tests, without any database."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

from coe.searching import Reader, parse
from coe.searching.finding import find
from coe.searching.generations import Generation
from coe.searching.position import Position
from coe.searching.schema import Document
from tests.make import MONDAY

ANYBODY = Reader(1)


def document(coe_id, title="", body="", **facts):
    facts.setdefault("published_at", MONDAY)
    return Document(coe_id=coe_id, title=title, body=body, **facts)


@contextmanager
def searcher_of(*documents):
    """A searcher of an index that holds these documents."""
    with tempfile.TemporaryDirectory() as home:
        generation = Generation.create(Path(home) / "index")
        generation.write(documents, [], Position())
        yield generation.searcher()


def search(documents, text, reader=ANYBODY, **asked):
    """What a reader finds among these documents."""
    with searcher_of(*documents) as searcher:
        return find(searcher, parse(text, **asked), reader)


def ids(results):
    return [hit.coe_id for hit in results.hits]

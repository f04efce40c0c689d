"""One opened Tantivy index: reading the newest commit, writing many changes in one commit.

It decides nothing about which index is the current one (`index.py`) nor about what is written (`catching_up.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy

from coe.searching import schema
from coe.searching.position import Position
from coe.searching.schema import FACET_FIELDS, JOINED, Document

HEAP = 64_000_000  # bytes the writer may fill before it writes a segment


class Damaged(Exception):
    """The files of a generation cannot be read or written."""


class Generation:
    """An opened index with the state its files had when it was last looked at. Safe for threads."""

    def __init__(self, path: Path, index: tantivy.Index) -> None:
        schema.register(index)
        index.config_reader(reload_policy="manual")
        self.path = path
        self.index = index
        self._seen: tuple[int, int] | None = None
        self._guard = threading.Lock()

    @classmethod
    def create(cls, path: Path) -> Generation:
        """An empty index in a directory that must not exist yet."""
        path.mkdir(parents=True)
        return cls(path, tantivy.Index(schema.SCHEMA, str(path), reuse=False))

    @classmethod
    def open(cls, path: Path) -> Generation:
        """Raises FileNotFoundError when the directory is gone and Damaged when it cannot be read."""
        path.stat()
        with naming_damage(path):
            opened = cls(path, tantivy.Index.open(str(path)))
            opened.probe()
        return opened

    def searcher(self) -> tantivy.Searcher:
        """A view of the newest commit, whoever made it. Raises FileNotFoundError when the directory is gone."""
        with self._guard:
            status = (self.path / "meta.json").stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp != self._seen:
                self.index.reload()
                self._seen = stamp
            return self.index.searcher()

    def probe(self) -> None:
        """Touch every kind of file once: damage is better found now than in the middle of a search."""
        searcher = self.searcher()
        everything = tantivy.Query.all_query()
        counted = [JOINED.get(name, name) for name in FACET_FIELDS]
        searcher.aggregate(everything, {name: {"terms": {"field": name, "size": 1}} for name in counted})
        for _, address in searcher.search(everything, limit=1).hits:
            searcher.doc(address)
        for name in ("title", "body", "words", "readers", "key"):
            searcher.search(tantivy.Query.term_query(schema.SCHEMA, name, "a"), limit=1)
        self.position()

    def position(self) -> Position:
        """Up to which change this index is; the very beginning when nothing was written yet."""
        searcher = self.searcher()
        hits = searcher.search(tantivy.Query.term_query(schema.SCHEMA, "key", "position"), limit=1).hits
        return Position.from_json(searcher.doc(hits[0][1])["position"][0]) if hits else Position()

    def write(self, documents: Iterable[Document], withdrawn: Iterable[int], position: Position) -> int:
        """Replace `documents`, remove `withdrawn` and note the position: in one commit, or nothing.

        Returns how many documents were written. Raises Damaged when the files cannot be written; what raises in
        `documents` passes through.
        """
        with naming_damage(self.path):
            writer = self.index.writer(HEAP, 1)
        written = 0
        try:
            for coe_id in withdrawn:
                writer.delete_documents_by_term("key", str(coe_id))
            for document in documents:
                writer.delete_documents_by_term("key", str(document.coe_id))
                writer.add_document(schema.indexable(document))
                written += 1
            writer.delete_documents_by_term("key", "position")
            writer.add_document(_marker(position))
            with naming_damage(self.path):
                writer.commit()
        finally:
            # Without waiting, merges are thrown away and the segments pile up. What is not committed is dropped.
            writer.wait_merging_threads()
        return written


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """Turn what Tantivy raises over its files into Damaged."""
    try:
        yield
    except (ValueError, KeyError, OSError) as error:
        if isinstance(error, FileNotFoundError) and not path.exists():
            raise
        raise Damaged(f"{path.name}: {error}") from error
    except BaseException as error:
        # A panic inside Tantivy arrives as pyo3's PanicException: a BaseException that no module exports.
        if type(error).__name__ != "PanicException":
            raise
        raise Damaged(f"{path.name}: {error}") from error


def _marker(position: Position) -> tantivy.Document:
    marker = tantivy.Document()
    marker.add_text("key", "position")
    marker.add_text("position", position.to_json())
    return marker

"""The index directory: which generation is read, who may write, and how a new one takes its place.

    <ERRATA_SEARCH_DIR>/
        lock             held (flock) by whoever writes or swaps
        current          a symbolic link to the generation that is read
        v1-<random>/     one generation: a Tantivy index of schema version 1
        new-<random>/    one that is being made

Any number of processes and threads read; each sees a commit at its next search. It decides nothing about what is
written: that is `catching_up.py`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy
from django.conf import settings

from coe.searching import schema
from coe.searching.generations import Generation

ABANDONED = 86_400  # seconds after which an unfinished generation is nobody's
STEP = 0.005  # seconds between two looks at a lock that is taken


class SearchIndex:
    """The index of one directory. Safe for threads; opens its files anew after a fork."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._generation: Generation | None = None
        self._process = 0
        self._guard = threading.Lock()

    def current(self) -> Generation | None:
        """The generation that is read, or None when there is none. Raises Damaged when it cannot be opened."""
        while (name := self.current_name()) is not None:
            with self._guard:
                known = self._generation
                if known is not None and known.path.name == name and self._process == os.getpid():
                    return known
                try:
                    self._generation, self._process = Generation.open(self.root / name), os.getpid()
                except FileNotFoundError:
                    if self.current_name() == name:
                        return None  # the link points nowhere: somebody removed the directory by hand
                    continue  # swapped between the two looks
                return self._generation
        return None

    def searcher(self) -> tantivy.Searcher | None:
        """The newest commit of the current generation, or None when there is no index yet."""
        while (generation := self.current()) is not None:
            try:
                return generation.searcher()
            except FileNotFoundError:
                with self._guard:
                    self._generation = None  # swapped, or removed by hand
        return None

    def current_name(self) -> str | None:
        """The name of the current generation if it has the schema of this program."""
        try:
            name = (self.root / "current").readlink().name
        except FileNotFoundError:
            return None
        return name if name.startswith(f"v{schema.VERSION}-") else None

    @contextmanager
    def lock(self, wait: float) -> Iterator[bool]:
        """Be the one who writes. Yields False when somebody else still is after `wait` seconds."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as file:
            taken = _flock(file.fileno(), wait)
            try:
                yield taken
            finally:
                if taken:
                    fcntl.flock(file.fileno(), fcntl.LOCK_UN)

    def begin(self) -> Generation:
        """A new, empty generation that nobody reads yet."""
        return Generation.create(self.root / f"new-{secrets.token_hex(6)}")

    def swap(self, made: Generation) -> Generation:
        """Read this one from now on and remove the others; returns it as it is read. The lock must be held.

        Who still reads an old one keeps its files until the next search: they are mapped.
        """
        path = made.path.rename(self.root / f"v{schema.VERSION}-{made.path.name.removeprefix('new-')}")
        link = self.root / f"link-{secrets.token_hex(6)}"
        link.symlink_to(path.name)
        link.replace(self.root / "current")
        self._sweep(keep=path.name)
        return Generation.open(path)

    def discard(self, name: str) -> None:
        """Read the generation of this name no more, unless it is not the current one any more. Needs the lock."""
        if self.current_name() == name:
            (self.root / "current").unlink(missing_ok=True)
        with self._guard:
            self._generation = None

    def _sweep(self, keep: str) -> None:
        for path in [*self.root.glob("v*-*"), *self.root.glob("new-*")]:
            is_over = not path.name.startswith("new-") or time.time() - path.stat().st_mtime > ABANDONED
            if path.name != keep and is_over:
                shutil.rmtree(path, ignore_errors=True)


def _flock(descriptor: int, wait: float) -> bool:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(STEP)
        else:
            return True


_opened: dict[Path, SearchIndex] = {}


def default() -> SearchIndex:
    """The index of this installation, in `settings.ERRATA_SEARCH_DIR`. Opened once a process: it only caches files."""
    root = Path(settings.ERRATA_SEARCH_DIR)
    return _opened.setdefault(root, SearchIndex(root))

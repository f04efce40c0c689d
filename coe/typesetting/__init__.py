"""HTML to PDF, by WeasyPrint in a process of its own; diagrams for it are drawn in another (`diagrams.py`).

It decides how much a document may cost: time, memory, how many at once in the whole installation. What is in it is
decided by `coe/exporting.py`. A process of its own is killed when it takes too long, and keeps the libraries out of
every web process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coe.places import place

SECONDS = 40
AT_ONCE = 2
# What pg_try_advisory_lock locks, a number per place and one per person; any that nobody else uses.
LOCK, LOCK_OF_PERSON = 40_360, 40_361
MISSING, REFUSED = 3, 4
PROGRAM = Path(__file__).parent / "page.py"


class NotInstalled(Exception):
    """WeasyPrint or a library of the system that it needs is not there; the message says which."""


class Failed(Exception):
    """The document took too long, or more memory than it may."""


def pdf_of(html: str, css: str) -> bytes:
    """The document as PDF. It may load nothing: pictures are in it as data. Raises NotInstalled, Failed.

    Whoever asks has a `turn`.
    """
    try:
        done = subprocess.run(  # noqa: S603 (our own program, no shell)
            [sys.executable, "-I", str(PROGRAM)],
            input=json.dumps({"html": html, "css": css}).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"It took more than {SECONDS} seconds.") from error
    if done.returncode == MISSING:
        raise NotInstalled(done.stderr.decode(errors="replace").strip()[-300:])
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise Failed("The document could not be set.")
    return done.stdout


@contextmanager
def turn(person: int) -> Iterator[None]:
    """A document of a person may be made: one at a time of each, so many in all. Raises `places.Busy`."""
    mine = place(LOCK_OF_PERSON, [person], "Another document that you asked for is being made.")
    with mine, place(LOCK, range(AT_ONCE), "Other documents are being made at this moment."):
        yield

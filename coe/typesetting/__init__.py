"""HTML to PDF, by WeasyPrint in a process of its own; diagrams for it are drawn in another (`diagrams.py`).

It decides how much a document may cost: time, memory, how many at once in the whole installation. What is in it is
decided by `coe/exporting.py`. A process of its own is killed when it takes too long, and keeps the libraries out of
every web process; the locks live in the database, for there are many web processes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

SECONDS = 40
AT_ONCE = 2
# What pg_try_advisory_lock locks; any number that nobody else uses.
LOCK = 40_360
MISSING, REFUSED = 3, 4
PROGRAM = Path(__file__).parent / "page.py"


class NotInstalled(Exception):
    """WeasyPrint or a library of the system that it needs is not there; the message says which."""


class Busy(Exception):
    """As many documents as may be are being set at this moment."""


class Failed(Exception):
    """The document took too long, or more memory than it may."""


def pdf_of(html: str, css: str) -> bytes:
    """The document as PDF. It may load nothing: pictures are in it as data. Raises NotInstalled, Busy, Failed."""
    with place():
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
def place() -> Iterator[None]:
    """One of the places there are in the whole installation; lost with the connection, so never kept by the dead."""
    with connection.cursor() as cursor:
        for slot in range(AT_ONCE):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, slot])
            if cursor.fetchone()[0]:
                break
        else:
            raise Busy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, slot])

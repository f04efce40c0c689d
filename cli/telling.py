"""What is printed: a sentence, a short table, or the JSON of the API for scripts.

Titles and notes come from outside, so nothing in them reaches the terminal as a command to it.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

# What is piped is never cut to the width of a terminal that is not there.
PIPED = 10_000


def clean(text: object) -> str:
    """One line without control characters, escape sequences and marks that turn the direction of text."""
    spaced = " ".join(str(text).split())
    return "".join(letter for letter in spaced if letter.isprintable())


def say(text: object) -> None:
    """One line for whoever reads."""
    _console().print(Text(clean(text)), soft_wrap=True)


def complain(text: str) -> None:
    """On stderr, line by line."""
    for line in text.splitlines():
        Console(stderr=True, highlight=False).print(Text(clean(line)), soft_wrap=True)


def tell_json(answer: Any) -> None:
    """As the API said it; ASCII, so that no terminal or script stumbles."""
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns without lines, easy to read and to cut."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        made.add_column(head, overflow="fold")
    for row in rows:
        made.add_row(*(Text(clean(cell)) for cell in row))
    _console().print(made)


def _console() -> Console:
    width = None if sys.stdout.isatty() else PIPED
    return Console(highlight=False, markup=False, emoji=False, width=width)

"""Lines of a timeline in what people paste: a chat, or a table as CSV.

Decides which lines it understands; nothing is dropped: every line is an entry, belongs to the entry before it, says
which day begins, or is reported. Pure. Times without a date or zone are taken on the given day and zone; what may mean
several instants is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from coe.pasting.chats import of_chat
from coe.pasting.lines import Line, Pasted
from coe.pasting.tables import of_table, table_of
from oncall.times import is_zone

__all__ = ["MOST_LINES", "Line", "Pasted", "TooMuch", "parse"]

MOST_LINES = 10_000


class TooMuch(ValueError):
    """More lines than anybody reads; carries one sentence."""


def parse(text: str, day: date, zone: str, meant: Mapping[int, str] | None = None) -> Pasted:
    """The entries of a paste, in its order. `meant` is, by the number of a line, the reading that somebody chose.

    Raises TooMuch beyond MOST_LINES lines, ValueError for an unknown zone.
    """
    rows = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    if len(rows) > MOST_LINES:
        raise TooMuch(f"This has {len(rows)} lines; at most {MOST_LINES} are read at once. Paste a part of it.")
    if not is_zone(zone):
        raise ValueError(f"“{zone}” is not a time zone.")
    table = table_of(rows)
    return of_table(table, day, zone, meant or {}) if table else of_chat(rows, day, zone, meant or {})

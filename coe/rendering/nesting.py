"""Lists below lists, as most people and programs indent them: as far as the text of the item above.

CommonMark puts what begins below the text of an item into the item, two or three blanks in; Python-Markdown wants four
for each level and runs everything else together. What is indented by four and more already stays as it is. Pure.
Source: CommonMark 0.31, 5.2 List items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markdown.preprocessors import Preprocessor

LEVEL = 4  # blanks of a level in Python-Markdown
DEEPEST = 10  # what stands deeper is read as it is typed
# Three and more of one sign, with blanks or without: a rule, not an item (CommonMark 0.31, 4.1).
_RULE = re.compile(r" {0,3}([-*_])(?: *\1){2,} *$")
_ITEM = re.compile(r" *(?:[-*+]|\d{1,9}[.)])( +)(?=\S)")


class Nested(Preprocessor):
    """Moves items, and paragraphs of items, in as far as Python-Markdown wants them. Fences are gone before it."""

    def run(self, lines: list[str]) -> list[str]:
        return list(nested(lines))


def nested(lines: Iterable[str]) -> Iterator[str]:
    """The same lines; of a list below another each level is four blanks."""
    starts: list[int] = []  # where the text of each open item begins
    above, was_moved = "", False
    for line in lines:
        indent, moved = len(line) - len(line.lstrip(" ")), line
        is_rule = _RULE.match(line) is not None
        item = _ITEM.match(line) if (starts or indent < LEVEL) and not is_rule else None
        if is_rule:
            starts = [start for start in starts if start <= indent]  # it ends the list that it stands beside
        if item or (line.strip() and not above.strip()):
            starts = [start for start in starts if start <= indent]
            moved = _moved(line, indent, LEVEL * len(starts))
        if item:
            starts.append(_start(item))
            if was_moved:
                yield ""  # the paragraph above ends here
        was_moved = not item and bool(line.strip()) and (moved != line or was_moved)
        above = line
        yield moved


def _moved(line: str, indent: int, wanted: int) -> str:
    return " " * wanted + line[indent:] if indent < wanted <= LEVEL * DEEPEST else line


def _start(item: re.Match[str]) -> int:
    """Where the text of an item begins; what follows five blanks and more is code, which begins after one."""
    gap = len(item[1])
    return item.end() if gap <= LEVEL else item.end() - gap + 1

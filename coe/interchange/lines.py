"""What keeps texts of others from being taken for markup of ours: marks between parts, and words in one line.

Pure. Plain words become Markdown that shows exactly them, whatever they hold; a text that is Markdown itself stays as
it is, but for lines that look like a mark of ours.
"""

from __future__ import annotations

import re
import string

MARK = "<!-- errata: {} -->"
_MARK = re.compile(r"<!-- errata: ([a-z]+)(?: ([A-Za-z0-9_-]*))? -->")
_LIKE_MARK = re.compile(r"^(<!-- errata\\*)(:)", re.MULTILINE)
_HIDDEN_MARK = re.compile(r"^(<!-- errata\\*)\\(:)", re.MULTILINE)
_ENDS = re.compile(r"\r\n?")
# Markup anywhere in a line; `_` between letters is none, `&` and `~` only with what follows.
_MARKUP = re.compile(r"[\\`*\[\]<>|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=[A-Za-z#])|~(?=~)|(?<=~)~|!(?=\[)")
_WRITTEN = re.compile(r"\\([" + re.escape(string.punctuation) + r"])|<br>")
_NUMBERED = re.compile(r"^(\d+)([.)])")


def mark(kind: str, name: str = "") -> str:
    """The line before a part; an HTML comment, so that no reader shows it."""
    return MARK.format(f"{kind} {name}".strip())


def marked(line: str) -> tuple[str, str] | None:
    """Kind and name of a mark; None for any other line."""
    found = _MARK.fullmatch(line)
    return (found[1], found[2] or "") if found else None


def block(text: str) -> str:
    """A text of several lines as it stands in a file: one kind of line end, none around it, no mark of ours."""
    text = _ENDS.sub("\n", text)
    return _LIKE_MARK.sub(r"\1\\\2", text.strip("\n")) if text.strip() else ""


def unblock(text: str) -> str:
    """The text that `block` was given."""
    return _HIDDEN_MARK.sub(r"\1\2", text.strip("\n"))


def words(text: str) -> str:
    """Plain words as one line of Markdown that shows them: markup escaped, a new line as `<br>`."""
    text = _ENDS.sub("\n", text).strip()
    text = _MARKUP.sub(lambda found: "\\" + found[0], text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    text = "\\" + text if text[:1] in tuple("#+=-") else text
    return text.replace("\n", "<br>")


def unwords(line: str) -> str:
    """The words that `words` was given."""
    return _WRITTEN.sub(lambda found: found[1] or "\n", line.strip()).strip()


def row(cells: list[str]) -> str:
    """A row of a table; the cells are escaped here."""
    return "| " + " | ".join(words(cell) for cell in cells) + " |"


def cells(line: str) -> list[str]:
    """The cells of a row as they were given to `row`."""
    inner = line.strip().removeprefix("|").removesuffix("|")
    found, start, index = list[str](), 0, 0
    while index < len(inner):
        if inner[index] == "\\":
            index += 2
            continue
        if inner[index] == "|":
            found.append(unwords(inner[start:index]))
            start = index + 1
        index += 1
    return [*found, unwords(inner[start:])]


def fence(text: str, language: str) -> list[str]:
    """A fenced block that the text cannot close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return [f"{ticks}{language}", text, ticks]

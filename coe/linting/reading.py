"""A draft as the rules read it: its places, each with the exact text and the same text without what nobody wrote there.

It decides what counts as prose. Code, quotations, addresses and markup are blanked with as many blanks, so that an
offset into the prose is one into the text. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

type_node = Mapping[str, Any]

# What is not the author's own prose. The longest run of anything is bounded, so that no text takes quadratic time.
_FENCE = re.compile(r"^[ \t>]{0,20}(?P<mark>```|~~~).*$", re.MULTILINE)
_BLANKED = re.compile(
    r"(?P<quoteline>^[ \t]{0,8}>.*$)"
    r"|(?P<code>(?<!`)(?P<ticks>`{1,3})(?!`)[^\n]{1,400}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<image>!\[[^\]\n]{0,300}\](?:\([^)\n]{0,500}\))?)"
    r"|(?P<address>(?<=\])(?:\([^)\n]{0,800}\)|\[[^\]\n]{0,100}\]))"
    r"|(?P<definition>^[ ]{0,3}\[[^\]\n]{1,100}\]:[ \t]*\S+.*$)"
    r"|(?P<url>\b(?:https?|ftp|ssh|mailto):[^\s<>]{1,2000})"
    r"|(?P<tag></?[a-zA-Z][^<>\n]{0,300}>)"
    r"|(?P<quoted>[“„][^“”„\n]{1,300}[”“]|(?<![\w\"])\"(?=\S)[^\"\n]{1,300}(?<=\S)\"(?!\w)|«[^«»\n]{1,300}»"
    r"|(?<![\w'’])'(?=\S)[^'\n]{1,200}(?<=\S)'(?!\w))",
    re.MULTILINE,
)
_COMMENT = re.compile(r"(?<!`)<!--")
LONGEST_COMMENT = 4_000
_SENTENCE_END = re.compile(r"[.!?:](?=[\s*_)\]]|$)|\n[ \t]{0,8}(?=\n|[-*+|#>]|\d{1,3}[.)])|\|")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
LONGEST_SENTENCE = 600
# Of one pattern in one place: whoever repeats a word ten thousand times is told of the first.
MOST_LOOKED_AT = 1_000
LONGEST_TITLE = 500
# A hundred pages: what is longer is a paste gone wrong, and may not keep a server busy.
MOST_READ = 400_000


def prose_of(markdown: str) -> str:
    """The text with everything blanked that is not prose; exactly as long as the text."""
    return _BLANKED.sub(lambda found: _blank(found[0]), _without_comments(_without_fences(markdown)))


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _without_comments(markdown: str) -> str:
    """HTML comments blanked. By hand: a pattern would look for the end again from every “<!--” that has none."""
    parts, done = list[str](), 0
    end = markdown.find("-->")
    for start in _COMMENT.finditer(markdown):
        if start.start() < done:
            continue
        if end < start.end():
            end = markdown.find("-->", start.end())
        if end < 0:
            break
        if end - start.start() <= LONGEST_COMMENT:
            parts += [markdown[done : start.start()], _blank(markdown[start.start() : end + 3])]
            done = end + 3
    return "".join((*parts, markdown[done:]))


def _without_fences(markdown: str) -> str:
    """Fenced code blanked; a fence that is never closed reaches to the end, as CommonMark has it."""
    parts, done, opened = list[str](), 0, ""
    for fence in _FENCE.finditer(markdown):
        if opened and fence["mark"] != opened:
            continue
        before = markdown[done : fence.start()]
        parts.append(_blank(before) if opened else before)
        parts.append(" " * len(fence[0]))
        opened, done = ("" if opened else fence["mark"]), fence.end()
    rest = markdown[done:]
    parts.append(_blank(rest) if opened else rest)
    return "".join(parts)


@dataclass(frozen=True)
class Place:
    """One text of the document with the name of where it stands."""

    key: str
    text: str
    # How much of the text is read, in characters.
    read: int = MOST_READ

    @cached_property
    def prose(self) -> str:
        """As long as the text; what is not prose, or not read, is blank."""
        return prose_of(self.text[: self.read]).ljust(len(self.text))

    def finds(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Where a pattern occurs in the prose, the first MOST_LOOKED_AT times."""
        return islice(pattern.finditer(self.prose), MOST_LOOKED_AT)

    def sentence_at(self, start: int, end: int) -> tuple[int, int]:
        """The bounds of the sentence, list entry or table cell in which a span stands."""
        low = max(0, start - LONGEST_SENTENCE)
        begin = low
        for stop in _SENTENCE_END.finditer(self.prose, low, start):
            begin = stop.end()
        stop_after = _SENTENCE_END.search(self.prose, end, min(len(self.prose), end + LONGEST_SENTENCE))
        return begin, stop_after.start() if stop_after else min(len(self.prose), end + LONGEST_SENTENCE)

    def is_sentence_start(self, start: int) -> bool:
        """Whether only markup stands between a place and the beginning of its sentence."""
        begin, _ = self.sentence_at(start, start)
        return not re.search(r"\w", self.prose[begin:start])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the directory. `role` is what a COE says instead; `is_near` means had a part in this incident."""

    name: str
    email: str = ""
    role: str = "a colleague"
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Whom the directory knows: people and customers."""

    people: tuple[Person, ...] = ()
    customers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """The snapshot of a draft (`coe/documents.py`, any shape) and the names that may occur in it."""

    content: Mapping[str, Any]
    names: Names = field(default_factory=Names)

    @cached_property
    def title(self) -> str:
        """As it is; rules look at the first LONGEST_TITLE characters."""
        return str(self.content.get("title") or "")

    @cached_property
    def sections(self) -> dict[str, Place]:
        """The written sections."""
        texts = self.content.get("sections") or {}
        some = [(key, text) for key, text in texts.items() if isinstance(text, str)]
        return {place.key: place for place in _limited(some, MOST_READ)}

    @cached_property
    def events(self) -> list[type_node]:
        """The lines of the timeline with a time, oldest first; each has its instant under "instant"."""
        found = []
        for event in self.content.get("timeline") or ():
            instant = instant_of(event.get("at"))
            if instant:
                found.append({**event, "instant": instant})
        return sorted(found, key=lambda event: event["instant"])

    @cached_property
    def causes(self) -> list[type_node]:
        """Every cause, in reading order."""
        return list(_walk(self.content.get("causes") or ()))

    @cached_property
    def actions(self) -> list[type_node]:
        return list(self.content.get("actions") or ())

    @cached_property
    def form(self) -> list[type_node]:
        """What the template asks, in order; empty for a document without one."""
        return list(self.content.get("form") or ())

    @cached_property
    def waived(self) -> Mapping[str, str]:
        return self.content.get("waived") or {}

    @cached_property
    def by_anchor(self) -> dict[str, type_node]:
        """The line that is each anchor."""
        return {event["anchor"]: event for event in reversed(self.events) if event.get("anchor")}

    @cached_property
    def places(self) -> list[Place]:
        """Every text that somebody wrote, in reading order."""
        rows = [
            *((f"event-{event.get('id')}", str(event.get("text") or "")) for event in self.events),
            *((f"cause-{cause.get('id')}", str(cause.get("text") or "")) for cause in self.causes),
            *((f"action-{action.get('id')}", str(action.get("title") or "")) for action in self.actions),
        ]
        left = MOST_READ - sum(len(place.text) for place in self.sections.values())
        title = Place("header", self.title, LONGEST_TITLE)
        return [title, *self.sections.values(), *_limited(rows, max(0, left))]

    @cached_property
    def by_key(self) -> dict[str, Place]:
        return {place.key: place for place in self.places}

    def text_at(self, key: str) -> str:
        """The exact text into which offsets of a place point; empty where a place has none."""
        place = self.by_key.get(key)
        return place.text if place else ""

    @cached_property
    def length(self) -> float:
        """Seconds from the first to the last line of the timeline."""
        return (self.events[-1]["instant"] - self.events[0]["instant"]).total_seconds() if self.events else 0.0


def _limited(texts: Iterable[tuple[str, str]], left: int) -> Iterator[Place]:
    """The places of which `left` characters are read together, the first ones first."""
    for key, text in texts:
        yield Place(key, text, min(left, len(text)))
        left = max(0, left - len(text))


def instant_of(iso: object) -> datetime | None:
    """An aware instant of ISO 8601 text; None for anything else."""
    try:
        made = datetime.fromisoformat(str(iso))
    except ValueError:
        return None
    return made if made.tzinfo else None


def _walk(nodes: Any) -> Iterator[type_node]:
    """Nodes before their children; without recursion, for a list may be nested deeper than the stack."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.get("children") or ())


def words_of(text: str) -> list[str]:
    """The words of a text, lower-cased."""
    return [word.lower() for word in _WORD.findall(text)]


def candidates(content: Mapping[str, Any]) -> set[str]:
    """Every word and handle of a draft, lower-cased: whoever has none of them as a name cannot be named in it."""
    texts = " ".join(place.text for place in Document(content).places)
    return {word.lower() for word in re.findall(r"[^\W\d_][\w.'’+-]*", texts)} | {
        word.lower() for word in re.findall(r"[^\W\d_]+", texts)
    }

"""What a rule is, what it finds, and the one registry of all rules.

It decides the shape of a finding and its fingerprint; what is wrong with a document is said by the other files of this
package, one function a rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from coe.linting.reading import Document

# Of one rule at one place: more of the same teaches nobody anything.
MOST_PER_PLACE = 20
LONGEST_EXCERPT = 120


class Severity(StrEnum):
    """How much a finding weighs: a *must* keeps a COE from being submitted for review until it is mended or waived."""

    MUST = "must"
    SHOULD = "should"
    CONSIDER = "consider"


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule saw: a place, and there a span (`start`, `end`) unless it is about something absent.

    `about` tells two hits without a span apart; `offer` is the text that may take the span's place.
    """

    place: str
    message: str
    start: int | None = None
    end: int | None = None
    offer: str | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, weight, name, reason with source, and how to mend what it finds."""

    id: str
    severity: Severity
    name: str
    why: str
    source: str
    mend: str
    look: Callable[[Document], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the linter says about a draft, with the place it means.

    `place` is "header", the key of a section, "timeline", "causes", "actions", "event-7", "cause-7" or "action-7".
    `start` and `end` are offsets, in Unicode characters, into the exact text of that place and None where something is
    absent; `words` are the characters between them. `offer` would mend it when put there. `fingerprint` stays the same
    when other places, or other words of the same place, change.
    """

    rule: str
    severity: Severity
    place: str
    start: int | None
    end: int | None
    words: str
    message: str
    why: str
    source: str
    mend: str
    offer: str | None
    fingerprint: str


RULES: dict[str, Rule] = {}


def rule(
    id: str, severity: Severity, name: str, *, why: str, source: str, mend: str
) -> Callable[[Callable[[Document], Iterator[Hit]]], Callable[[Document], Iterator[Hit]]]:
    """Register the decorated function as a rule. Raises ValueError for an id that is taken."""

    def register(look: Callable[[Document], Iterator[Hit]]) -> Callable[[Document], Iterator[Hit]]:
        if id in RULES:
            raise ValueError(f"Two rules are called “{id}”.")
        RULES[id] = Rule(id, severity, name, why, source, mend, look)
        return look

    return register


def found_by(rule: Rule, document: Document) -> Iterator[Finding]:
    """The findings of one rule, at most MOST_PER_PLACE at a place; the same words are one fingerprint."""
    counts: dict[str, int] = {}
    for hit in rule.look(document):
        counts[hit.place] = counts.get(hit.place, 0) + 1
        if counts[hit.place] > MOST_PER_PLACE:
            continue
        words = "" if hit.start is None else document.text_at(hit.place)[hit.start : hit.end]
        yield Finding(
            rule=rule.id,
            severity=rule.severity,
            place=hit.place,
            start=hit.start,
            end=hit.end,
            words=words,
            message=hit.message,
            why=rule.why,
            source=rule.source,
            mend=rule.mend,
            offer=hit.offer,
            fingerprint=fingerprint(rule.id, hit.place, hit.about or words),
        )


def fingerprint(rule_id: str, place: str, words: str) -> str:
    """16 hexadecimal digits; letters' case and blanks do not count."""
    plain = " ".join(words.casefold().split())
    return hashlib.sha256(f"{rule_id}\n{place}\n{plain}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def more_here(count: int) -> str:
    """What a finding of the first of several says of the others; nothing where there is none."""
    return f" {count} more like it {'is' if count == 1 else 'are'} here." if count else ""


def excerpt(text: str, limit: int = LONGEST_EXCERPT) -> str:
    """The text on one line, cut at a word, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rsplit(" ", 1)[0] + "…"

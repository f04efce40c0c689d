"""Commands as people write them back to a page: "ack", "ACK 12", "snooze 12 30", "add 12 bob@example.com".

Pure: a text in, what is meant out. Who may do it and what it changes is decided by `oncall/answering.py`.
"""

import re
from dataclasses import dataclass

HELP = "Write ACK, RESOLVE, ESCALATE, SNOOZE 30, ADD or ASSIGN with an e-mail address; a number names the incident."
WORDS = {
    "acknowledge": ("ack", "acknowledge", "a", "yes", "4"),
    "resolve": ("resolve", "res", "r", "resolved", "6"),
    "escalate": ("escalate", "esc", "e", "no", "8"),
    "snooze": ("snooze", "sn", "s"),
    "add": ("add", "help from"),
    "reassign": ("assign", "reassign"),
    "status": ("status", "list", "?"),
}
VERBS = {word: verb for verb, words in WORDS.items() for word in words}
# "INC-12", "inc12", "#12"; a bare number too, where no minutes are meant.
NUMBER = re.compile(r"^(?:inc-?|#)(\d{1,9})$", re.IGNORECASE)
# Minutes of a snooze that names none, and the longest one.
SNOOZE, LONGEST_SNOOZE = 30, 24 * 60


class Unclear(ValueError):
    """What was written names no command; the message says what can be written."""


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants: `incident` is None for the one they were paged about last."""

    verb: str
    incident: int | None = None
    minutes: int = SNOOZE
    person: str = ""


def read(text: str) -> Command:
    """What is meant. Raises Unclear with a sentence that helps."""
    words = text.replace(",", " ").split()[:8]
    verb = VERBS.get(words[0].lower()) if words else None
    if verb is None:
        raise Unclear(HELP)
    person = next((word for word in words[1:] if "@" in word), "").lower()
    named = [int(found[1]) for word in words[1:] if (found := NUMBER.match(word))]
    bare = [int(word) for word in words[1:] if word.isdecimal() and word.isascii() and len(word) <= 9]
    if verb in {"add", "reassign"} and not person:
        raise Unclear(f"Whom? Write {words[0].upper()}, then the person's e-mail address.")
    if verb == "snooze":
        return _snooze(named, bare)
    return Command(verb, next(iter(named or bare), None), person=person)


def _snooze(named: list[int], bare: list[int]) -> Command:
    """One bare number is minutes; of two the first is the incident."""
    if not named and len(bare) > 1:
        named, bare = bare[:1], bare[1:]
    minutes = bare[0] if bare else SNOOZE
    if not 1 <= minutes <= LONGEST_SNOOZE:
        raise Unclear(f"A snooze lasts 1 to {LONGEST_SNOOZE} minutes.")
    return Command("snooze", named[0] if named else None, minutes=minutes)

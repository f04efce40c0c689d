"""How the words of senders become SEV 1 to 5.

The table is the product's default for every dialect; docs/integrations/ shows it. It does not decide who is paged.
"""

import re
from collections.abc import Mapping

from oncall.payloads import first_of

SEVERITY_LABELS = ("severity", "priority", "level", "sev")

WORDS = {
    "emergency": 1,
    "disaster": 1,
    "fatal": 1,
    "critical": 2,
    "crit": 2,
    "error": 2,
    "high": 2,
    "major": 2,
    "page": 2,
    "urgent": 2,
    "warning": 3,
    "warn": 3,
    "medium": 3,
    "moderate": 3,
    "average": 3,
    "minor": 4,
    "info": 4,
    "information": 4,
    "informational": 4,
    "notice": 4,
    "low": 4,
    "ticket": 4,
    "debug": 5,
    "none": 5,
}
NUMBERED = re.compile(r"(?:sev|severity|s|p|priority)?[\s_-]?([1-5])")


def from_word(word: str) -> int | None:
    """The severity that a word means, such as critical, P1 or sev-2; None for a word that is not known."""
    plain = word.strip().lower()
    if plain in WORDS:
        return WORDS[plain]
    numbered = NUMBERED.fullmatch(plain)
    return int(numbered[1]) if numbered else None


def from_labels(labels: Mapping[str, str]) -> int | None:
    """The severity that labels name, or None when they name none that is known."""
    return from_word(first_of(labels, SEVERITY_LABELS))

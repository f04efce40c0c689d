"""Rules about the causes: there are some, none ends at a human, and each last one is corrected or has a reason.

It decides which cause is a last one: nothing explains it, neither below it in the list nor by a further “because”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coe.linting.findings import Hit, Severity, excerpt, rule
from coe.linting.reading import Document, type_node
from coe.linting.title import AWS_COE
from coe.linting.wording import ROLES

COOK = (
    "Richard I. Cook, “How Complex Systems Fail”, 7 and 8; Sidney Dekker, The Field Guide to Understanding Human Error"
)
SLIPS = (
    r"forgot(?:ten)?|failed|neglected|misread|mistyped|misunderstood|misconfigured|overlooked|ignored|missed|mistook"
    r"|misjudged|(?:ran|executed|typed|entered|used|applied|picked|chose|selected|deployed) (?:the |a |an )?wrong"
    r"|made an?"
    r"|was (?:careless|distracted|tired|unaware|not aware|inexperienced)|(?:did not|didn['’]t) (?:follow|check"
    r"|notice|test"
    r"|read|verify|remember|realis?z?e|pay|look|think|update|review|communicate)"
    r"|(?:accidentally|mistakenly|inadvertently|erroneously|wrongly|unintentionally) \w+"
)
_HUMAN = re.compile(
    r"\b(?:human|operator|user|manual|pilot|engineer) (?:error|mistake)s?\b"
    rf"|(?:\b(?:he|she|somebody|someone|we|I)|\b(?:[\w-]+ )?{ROLES}) (?:\w+ly )?(?:{SLIPS})\b"
    r"|\b(?:by (?:mistake|accident)|typos?|fat[- ]finger\w*|inattention|carelessness|negligence|oversight)\b"
    r"|\b(?:accidental(?:ly)?|mistakenly|inadvertently|unintentionally) (?:\w+ly )?(?:delet|remov|destroy|disabl"
    r"|execut|ran\b"
    r"|appl(?:ied|y)|merg|push|deploy|revert|overw|drop|chang|publish|commit)\w*",
    re.IGNORECASE,
)
# What let a human slip through is a property of the system: such a cause goes on.
_SYSTEM = re.compile(
    r"\b(?:no|nothing|none|without|missing|lack(?:s|ed|ing)?|allow\w*|possible|permit\w*|could|can|prevent\w*"
    r"|nobody is told"
    r"|protect\w*|guard\w*|check(?:s|ed) (?:for|that)|pipeline|validation|because|since|so that|absence|easy to"
    r"|prone)\b"
    r"|n['’]t (?:prevent|stop|catch|detect)|not (?:prevent|stop|catch|detect|validated)",
    re.IGNORECASE,
)


def leaves(document: Document) -> list[type_node]:
    """The causes that nothing explains."""
    explained = {link.get("effect") for link in document.content.get("links") or ()}
    return [cause for cause in document.causes if not cause.get("children") and cause.get("id") not in explained]


@rule(
    "causes-missing",
    Severity.MUST,
    "No cause",
    why="Without causes only what was seen this time is corrected.",
    source=AWS_COE,
    mend="Write why it happened, then why that.",
)
def no_causes(document: Document) -> Iterator[Hit]:
    """Not one cause with a word in it."""
    if not any(str(cause.get("text") or "").strip() for cause in document.causes):
        yield Hit("causes", "It names no cause.", about="causes")


@rule(
    "cause-human",
    Severity.MUST,
    "Cause that ends at a human",
    why="People did what looked right with what they saw; what made it look right and what let it through can be "
    "corrected.",
    source=COOK,
    mend="Ask why once more: what did the tool show, which check was not there, what made the other way harder?",
)
def ends_at_human(document: Document) -> Iterator[Hit]:
    """A last cause that says what somebody did wrong."""
    for cause in leaves(document):
        place = document.by_key.get(f"cause-{cause.get('id')}")
        found = _HUMAN.search(place.prose) if place else None
        if place and found and not _SYSTEM.search(place.prose):
            yield Hit(place.key, f"The causes end at a human: “{found[0]}”.", found.start(), found.end())


@rule(
    "cause-uncorrected",
    Severity.SHOULD,
    "Cause without a correction",
    why="A cause that nobody corrects brings the incident back.",
    source=AWS_COE,
    mend="Link the action item that corrects it, or say why none does.",
)
def uncorrected(document: Document) -> Iterator[Hit]:
    """A last cause that no action item corrects, without a reason; documents from before such links are let be."""
    if not any("corrects" in action for action in document.actions):
        return
    corrected = {pk for action in document.actions for pk in action.get("corrects") or ()}
    for cause in leaves(document):
        if cause.get("id") not in corrected and not str(cause.get("no_action_because") or "").strip():
            message = f"No action item corrects “{excerpt(str(cause.get('text') or ''))}”."
            yield Hit(f"cause-{cause.get('id')}", message, about="correction")

"""Rules about words: blame, what would have been, and sentences in which nobody acts.

It decides which words are meant. Machines are not blamed: “the pods failed to start” is a fact, “we failed to start
the pods” is a judgement in hindsight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coe.linting.findings import Hit, Severity, rule
from coe.linting.names import GOOGLE
from coe.linting.reading import Document

ALLSPAW = "John Allspaw, “Blameless PostMortems and a Just Culture” (2012)"
DEKKER = "Sidney Dekker, The Field Guide to Understanding Human Error, on counterfactuals"
ROLES = (
    r"(?:on-?call|SREs?|engineers?|developers?|operators?|administrators?|admins?|responders?|colleagues?|managers?"
    r"|staff"
    r"|employees?|team(?:\s?mates?)?s?|maintainers?|reviewers?|authors?|person|people|somebody|someone)"
)
WHO = rf"\b(?:we|they|he|she|I|you|nobody|no[ -]one|everyone|everybody|{ROLES})"
NOT_WORK = r"(?:n't|n’t| not)"
_BLAME = re.compile(
    r"\b(?:careless(?:ly|ness)?|negligen(?:t|tly|ce)|sloppy|sloppiness|incompeten(?:t|ce)|stupid(?:ly|ity)?"
    r"|reckless(?:ly)?"
    r"|inexcusabl[ey]|irresponsibl[ey]|foolish(?:ly)?|unprofessional(?:ly)?"
    r"|(?:human|operator|pilot) (?:error|mistake|failure)s?|screwed up|messed up|rookie mistake"
    r"|(?:my|our|his|her|their) (?:own )?(?:fault|mistake)|(?:is|was|are|were) at fault\b|inattenti(?:on|ve)"
    rf"|(?:the )?fault of (?:the |our |an? )?{ROLES}|should(?:n't)? have known(?: better)?"
    r"|not (?:paying|pay) attention|paid no attention|lack of (?:attention|care|diligence|discipline))\b",
    re.IGNORECASE,
)
# What guards against an error does not blame anybody for one.
_AGAINST = re.compile(
    r"\b(?:unless|avoid\w*|prevent\w*|reduc\w*|risk of|prone to|room for|eliminat\w*|possib\w+(?: of)?|against"
    r"|without|no|not"
    r"|robust to|in case of|minimi[sz]\w*|potential|chance of)(?: \w+){0,2} $",
    re.IGNORECASE,
)
DONE = (
    r"(?:avoided|caught|checked|communicated|considered|coordinated|discussed|documented|done|escalated|investigated"
    r"|monitored|noticed|notified|planned|prevented|reviewed|rolled back|spotted|tested|told|updated|verified"
    r"|announced|fixed|detected|foreseen|anticipated|handled|acted upon|raised|reported|added|removed|set)"
)
# Of people: the subject is looked for before the verb, which is much faster than looking for every “we”.
_SUBJECT = re.compile(rf"{WHO}(?: \w+ly| also| all| really| had)? $", re.IGNORECASE)
_OMITTED = re.compile(
    rf"\b(?:(?:should|ought to)(?:{NOT_WORK})?(?: have|['’]ve)(?: \w+ly)?"
    r" (?!been able|no |an? |some|more |the |better |our |this |that |at )\w+"
    r"|(?:failed|forgot|forgotten|neglected|omitted) to(?: \w+)?"
    rf"|(?:did|do|had){NOT_WORK} (?:bother|think|care|remember) to(?: \w+)?)",
    re.IGNORECASE,
)
_UNDONE = re.compile(
    rf"\b(?:should|ought to|could)(?:{NOT_WORK})?(?: have|['’]ve) (?:\w+ly )?been (?:\w+ly )?{DONE}\b", re.IGNORECASE
)


@rule(
    "blame",
    Severity.SHOULD,
    "Blame",
    why="A word that judges a person ends the search for what made the act look right at the time.",
    source=ALLSPAW,
    mend="Say what the person saw and what the system let happen.",
)
def blame(document: Document) -> Iterator[Hit]:
    """Words that judge people."""
    for place in document.places:
        for found in _BLAME.finditer(place.prose):
            if _AGAINST.search(place.prose, max(0, found.start() - 40), found.start()):
                continue
            yield Hit(place.key, f"“{found[0]}” judges a person.", found.start(), found.end())


@rule(
    "counterfactual",
    Severity.SHOULD,
    "What would have been",
    why="What people did not do explains nothing: it describes a world that was not there. What they did, and why it "
    "made "
    "sense then, can be corrected.",
    source=DEKKER,
    mend="Say what was done and known at the time; put what is to change into an action item.",
)
def counterfactuals(document: Document) -> Iterator[Hit]:
    """“We should have”, “the engineer failed to”, “could have been avoided”."""
    for place in document.places:
        for start, end in _hindsight(place.prose):
            yield Hit(place.key, f"“{place.text[start:end]}” tells what did not happen.", start, end)


def _hindsight(prose: str) -> list[tuple[int, int]]:
    spans = [found.span() for found in _UNDONE.finditer(prose)]
    for found in _OMITTED.finditer(prose):
        subject = _SUBJECT.search(prose, max(0, found.start() - 40), found.start())
        if subject and not any(start <= found.start() < end for start, end in spans):
            spans.append((subject.start(), found.end()))
    return sorted(spans)


# Acts that only people do, and words that say that nobody, or a machine, did it.
ACTS = (
    r"(?:deployed|merged|misconfigured|overlooked|forgotten|dismissed|approved|pushed to|rolled out|skipped"
    r"|mistyped|misread|misunderstood|postponed|silenced|muted|turned off|switched off|executed manually|run manually"
    r"|manually (?:\w+ed|run|made|set))"
)
_PASSIVE = re.compile(
    rf"\b(?:was|were|been|got) (?:also |then |already |initially |first |again )?{ACTS}\b"
    r"|\b(?:was|were|been|got) (?:accidentally|mistakenly|inadvertently|unintentionally) (?:\w+ed|made|run|set|put"
    r"|left|built|taken|written|sent)\b"
    r"|\b(?:mistakes?|decisions?|manual changes?|configuration changes?|code changes?|misjudge?ments?) (?:was"
    r"|were) made\b",
    re.IGNORECASE,
)
# What did not happen had no actor.
_SUPPOSED = re.compile(
    r"\b(?:if|had (?:this|it|we|they|the)|unless|would|could|should|before (?:it|they|this|that)"
    r"|not|never|until|whether)\b|n['’]t\b",
    re.I,
)
_ACTOR = re.compile(r"\bby (?!(?:mistake|accident|hand|default|\d|\w+ing)\b)\w+|\bautomatic|\bcron\b", re.IGNORECASE)


@rule(
    "hidden-actor",
    Severity.CONSIDER,
    "Nobody acts",
    why="“Was merged” hides which role, or which machine, did it, and with it what that role saw and what could have "
    "stopped it.",
    source=f"{GOOGLE}; AWS, “Why you should develop a correction of error (COE)”",
    mend="Name the role or the machine: “the on-call engineer merged”, “the pipeline merged”.",
)
def hidden_actors(document: Document) -> Iterator[Hit]:
    """The passive voice of acts that people do, where the sentence names no actor."""
    for place in (*document.sections.values(), *(place for place in document.places if place.key.startswith("cause-"))):
        for found in _PASSIVE.finditer(place.prose):
            begin, end = place.sentence_at(found.start(), found.end())
            is_told = _ACTOR.search(place.prose, begin, end) or _SUPPOSED.search(place.prose, begin, found.start())
            if not is_told:
                yield Hit(place.key, f"“{found[0]}” does not say who did it.", found.start(), found.end())

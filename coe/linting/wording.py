"""Rules about words: blame, what would have been, and sentences in which nobody acts.

It decides which words are meant. Machines are not blamed: “the pods failed to start” is a fact, “we failed to start
the pods” is a judgement in hindsight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coe.linting.findings import Hit, Severity, rule
from coe.linting.names import GOOGLE
from coe.linting.reading import Document, Place

ALLSPAW = "John Allspaw, “Blameless PostMortems and a Just Culture” (2012)"
DEKKER = "Sidney Dekker, The Field Guide to Understanding Human Error, on counterfactuals"
ROLES = (
    r"(?:on-?call|SREs?|engineers?|developers?|operators?|administrators?|admins?|responders?|colleagues?|managers?"
    r"|staff|employees?|team(?:\s?mates?)?s?|maintainers?|reviewers?|authors?|person|people|somebody|someone"
    r"|technicians?|deployers?|devs?|humans?|committers?|contributors?|DBAs?|ops)"
)
WHO = rf"\b(?:we|they|he|she|I|you|nobody|no[ -]one|everyone|everybody|{ROLES})"
NOT_WORK = r"(?:n't|n’t| not)"
WORKED = r"(?:planned|reviewed|tested|communicated|coordinated|executed|thought through|considered|verified)"
_BLAME = re.compile(
    r"\b(?:careless(?:ly|ness)?|negligen(?:t|tly|ce)|sloppy|sloppiness|incompeten(?:t|ce)|stupid(?:ly|ity)?"
    r"|reckless(?:ly)?"
    r"|inexcusabl[ey]|irresponsibl[ey]|foolish(?:ly)?|unprofessional(?:ly)?"
    r"|(?:human|operator|pilot) (?:error|mistake|failure)s?|screwed up|messed up|rookie mistake"
    r"|(?:my|our|his|her|their) (?:own )?(?:fault|mistake)|(?:is|was|are|were) at fault\b|inattenti(?:on|ve)"
    rf"|(?:the )?fault of (?:the |our |an? )?{ROLES}|should(?:n't)? have known(?: better)?"
    r"|not (?:paying|pay) attention|paid no attention|lack of (?:attention|care|diligence|discipline)"
    r"|(?<!assumed )(?<!suspected )(?<!as )user error|laziness|in haste|hastily \w+ed|rushed (?:in)?to production"
    r"|poor (?:planning|communication|judge?ment|management|decisions?|(?:release |deployment )?strategy)"
    rf"|(?:poorly|inadequately|insufficiently|hastily) {WORKED}"
    rf"|not (?:been )?(?:properly|adequately|sufficiently|thoroughly|carefully|fully) {WORKED}"
    rf"|not {WORKED} (?:properly|adequately|sufficiently|thoroughly|carefully))\b",
    re.IGNORECASE,
)
# Of people only: a parser is wrong without blame.
_JUDGED = re.compile(
    r"\b(?:(?:mistakenly|wrongly|incorrectly|erroneously|naively) (?:assumed|thought|believed|concluded)"
    r"|made an? (?:\w+ )?(?:mistake|error))\b",
    re.IGNORECASE,
)
_JUST_BEFORE = re.compile(rf"{WHO} (?:had )?$", re.IGNORECASE)
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
    r"|announced|fixed|detected|foreseen|anticipated|handled|acted upon|raised|reported|added|removed|set|addressed"
    r"|rushed|deployed|merged|discovered|found|shortened|averted|mitigated|applied|scheduled|migrated|backported|left)"
)
PARTICIPLE = (
    r"(?:\w+ed|\w+en|\w+wn|caught|found|done|made|told|sent|run|set|put|led|kept|built|thought|brought|gone|begun|spent"
    r"|had|been(?! able)|read|understood|left|held|cut|shut)"
)
# Of people: the subject is looked for before the verb, which is much faster than looking for every “we”.
_ADVERB = r"(?: \w+ly| also| all| really| had| at least)?"
_SUBJECT = re.compile(
    rf"{WHO}(?: \w+ing(?: (?!that\b|which\b|who\b|and\b|but\b|it\b|they\b)[\w-]+){{1,4}})?{_ADVERB} $", re.IGNORECASE
)
# “They could have” is mostly an attacker.
_ONESELF = re.compile(rf"(?:\b(?:we|I|the team)|\bthe [\w-]+ (?:{ROLES})){_ADVERB} $", re.IGNORECASE)
# Only people forget; of another verb a word that begins like a name may be a program.
_NAMED = re.compile(r"(?<![.!?] )\b[A-Z][a-z]+(?: \w+ly)? $")
_OMITTED = re.compile(
    rf"\b(?:(?P<modal>should|ought to|could)(?:{NOT_WORK})?(?: have|['’]ve)(?: \w+ly| also| just"
    rf"| at least)? {PARTICIPLE}\b"
    r"|(?:failed|neglected|omitted) to(?: \w+)?"
    r"|(?P<forgot>forgot(?:ten)?)(?: to \w+| that\b| about\b|\b)|overlooked\b"
    rf"|(?:did|do|had){NOT_WORK} (?:bother|think|care|remember) to(?: \w+)?"
    rf"|did{NOT_WORK} (?:\w+ly )?(?:test|check|verify|follow|review|communicate|document|announce|coordinate|escalate"
    r"|validate|audit|double-check|read)\b)",
    re.IGNORECASE,
)
_UNDONE = re.compile(
    rf"\b(?:should|ought to|could)(?:{NOT_WORK})?(?: have|['’]ve) (?:\w+ly |already )?been (?:\w+ly )?{DONE}\b",
    re.IGNORECASE,
)
SUBJECT_WITHIN = 90


@rule(
    "blame",
    Severity.SHOULD,
    "Blame",
    why="A verdict ends the search for what made the act look right at the time.",
    source=ALLSPAW,
    mend="Say what the person saw and what the system let happen.",
)
def blame(document: Document) -> Iterator[Hit]:
    """Words that judge people."""
    for place in document.places:
        for start, end in _verdicts(place.prose):
            if not _AGAINST.search(place.prose, max(0, start - 40), start):
                yield Hit(place.key, f"“{place.text[start:end]}” is a verdict on people, not a fact.", start, end)


def _verdicts(prose: str) -> list[tuple[int, int]]:
    spans = [found.span() for found in _BLAME.finditer(prose)]
    for found in _JUDGED.finditer(prose):
        if who := _JUST_BEFORE.search(prose, max(0, found.start() - 40), found.start()):
            spans.append((who.start(), found.end()))
    return sorted(spans)


@rule(
    "counterfactual",
    Severity.SHOULD,
    "Hindsight",
    why="What people did not do explains nothing; what they did, and why it made sense then, can be corrected.",
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
        subject = _who(prose, found)
        if subject and not any(start <= found.start() < end for start, end in spans):
            spans.append((subject.start(), found.end()))
    return sorted(spans)


def _who(prose: str, found: re.Match[str]) -> re.Match[str] | None:
    """The person or role that a verb is about, if it is about one."""
    begin = max(0, found.start() - SUBJECT_WITHIN)
    is_could = (found["modal"] or "").lower() == "could"
    if is_could and re.search(NOT_WORK, found[0], re.IGNORECASE):
        return None  # “we could not have known” defends
    subject = (_ONESELF if is_could else _SUBJECT).search(prose, begin, found.start())
    return subject or (_NAMED.search(prose, begin, found.start()) if found["forgot"] else None)


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
# What people do to a running system, and what they think: with or without a hand of theirs in it.
DEEDS = (
    r"(?:rolled back|reverted|disabled|deleted|paused|suspended|resumed|halted|depooled|revoked|power-?cycled"
    r"|reimaged|upgraded|downgraded|lowered|corrected|modified|switched (?:off|over|to)|taken (?:down|out|offline)"
    r"|decided|deemed|assumed|suspected|misdiagnosed|(?:noticed|spotted)(?! because)|missed (?:in|during|by))"
)
_DEED = re.compile(
    rf"\b(?:was|were|been|got) (?:\w+ly |also |then |already |first |again |later |soon )?{DEEDS}\b"
    r"|\bit (?:was|had been|has been) (?:\w+ly |also |then )?(?:discovered|determined|found|reali[sz]ed|noted|thought"
    r"|believed|felt|agreed)\b",
    re.IGNORECASE,
)
# In a clause of time the act is known already, and what is done to a pod a machine mostly did.
_ASIDE = re.compile(
    r"\b(?:when|once|after|before|because|while|since|as|until|no|confirms|by the time|whose|pods?"
    r"|containers?|images?|instances?|process(?:es)?"
    r"|snapshots?|jobs?|builds?)(?: [\w'’-]+){0,4} $",
    re.IGNORECASE,
)
# What did not happen had no actor.
_SUPPOSED = re.compile(
    r"\b(?:if|had (?:this|it|we|they|the)|unless|would|could|should|before (?:it|they|this|that)"
    r"|not|never|until|whether)\b|n['’]t\b",
    re.I,
)
_ACTOR = re.compile(
    r"\bby (?!(?:mistake|accident|hand|default|\d|\w+ing)\b)\w+|\bautomatic|\bcron\b"
    r"|\bdiscussions? (?:between|among|with)\b"
    r"|\b(?:at|in) (?:the|our|an?) (?:\w+ )?meeting\b|\bdue to (?:this|the|an?) (?:\w+ )?bug\b",
    re.IGNORECASE,
)


@rule(
    "hidden-actor",
    Severity.CONSIDER,
    "Hidden actor",
    why="Who or what did it decides what they saw and what could have stopped it.",
    source=f"{GOOGLE}; AWS, “Why you should develop a correction of error (COE)”",
    mend="Name the role or the machine, as in “the on-call engineer merged” or “the pipeline merged”.",
)
def hidden_actors(document: Document) -> Iterator[Hit]:
    """The passive voice of acts that people do, where the sentence names no actor."""
    for place in (*document.sections.values(), *(place for place in document.places if place.key.startswith("cause-"))):
        for found in _passives(place):
            begin, end = place.sentence_at(found.start(), found.end())
            is_told = _ACTOR.search(place.prose, begin, end) or _SUPPOSED.search(place.prose, begin, found.start())
            if not is_told:
                yield Hit(place.key, f"“{found[0]}” does not say who did it.", found.start(), found.end())


def _passives(place: Place) -> list[re.Match[str]]:
    """Each passive once, in reading order."""
    first = list(place.finds(_PASSIVE))
    taken = {found.start() for found in first}
    more = [
        found
        for found in place.finds(_DEED)
        if found.start() not in taken and not _ASIDE.search(place.prose, max(0, found.start() - 50), found.start())
    ]
    return sorted((*first, *more), key=re.Match.start)

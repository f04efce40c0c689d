"""Rules about the title: it says the impact, for it is all that most readers see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coe.linting.findings import Hit, Severity, rule
from coe.linting.reading import LONGEST_TITLE, Document

AWS_COE = "AWS, “Why you should develop a correction of error (COE)”"
# A title with one of these says what readers or customers felt.
_IMPACT = re.compile(
    r"unavailab|\bdown\b|downtime|outage|offline|unreach|slow|latenc|delay|degrad|fail|error|broke|\bloss\b|\blost\b"
    r"|interrupt|disrupt|declin|stuck|time-?outs?\b|timed out|unable|cannot|can['’]?t\b|could ?n[o'’]t|missing|wrong"
    r"|incorrect|inaccess|\bnot \w+|stopp?|exposed|data leak|breach|unrespons|reduc|stale|duplicat|crash|reject|refus"
    r"|\bno\b|\d ?%|unusable|blank|\b[45]0\d\b|vulnerab|compromis|spam|reset|suspend|lock(?:ed|s)? out|unexpected"
    r"|impact|affect",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:due to|caused by|because of|as a result of)\b.*"
    r"|\bmisconfigur\w+|\b(?:wrong|bad|faulty|invalid) (?:config\w*|deploy\w*|release|image|query|rollout|change)\b"
    r"|\bexpir(?:ed|y|ation|ing) (?:of )?(?:\w+ ){0,3}?(?:cert\w*|tokens?|keys?|secrets?|credentials?|domain)\b"
    r"|\b(?:cert\w*|tokens?|keys?|secrets?|credentials?|domain) (?:ha[sd] )?expir(?:ed|y|ation|ing)\b"
    r"|\bcertificate renewal\b"
    r"|\bbug in\b.*|\btypos?\b|\bhuman error\b|\b(?:full|filled) disks?\b|\bdisks? (?:\w+ )?(?:full|filled|pressure)\b"
    r"|\bdisk space\b|\bout of (?:memory|disk)\b|\bOOM\w*|\bmemory (?:leak|pressure)\b|\brace condition\b|\bdeadlock\b"
    r"|\b(?:accidental(?:ly)?|unintended) \w+|\b(?:\w+ )?(?:exhaustion|starvation)\b|\binfinite (?:recursion|loop)\b"
    r"|\bregression in\b.*|\bDDoS\b|\bconnection (?:pool|leak)\b.*",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\s*(?:#+ )?(?:[\w.-]+['’]s )?(?:(?:the|a|an|new|draft|major|minor|our|service|production|prod)\s+)*"
    r"(?:incident|outage|post[ -]?mortem|issue|problem|coe|correction of errors?|report|rca|root cause analysis"
    r"|untitled)s?"
    r"(?:\s+(?:report|review|post[ -]?mortem|analysis|summary))?"
    r"(?:\s*[-–:#,]?\s*(?:(?:on|of|from|for|at|in|the|number|no\.?|id)\s+)*[-\d\s:./#a-z]*?\d[-\d\s:./#]*"
    r"(?:\s*(?:\(?UTC\)?|am|pm))?)?\s*",
    re.IGNORECASE,
)

# One word, which a hyphen may not make into more.
_NAME = re.compile(r"[\w.]{2,60}")


@rule(
    "title-empty",
    Severity.MUST,
    "No title",
    why="Lists, letters and search show the title alone.",
    source=AWS_COE,
    mend="Say what customers felt, how many of them, and for how long.",
)
def no_title(document: Document) -> Iterator[Hit]:
    """A title without a letter."""
    if not re.search(r"\w", document.title):
        yield Hit("header", "It has no title.", about="title")


@rule(
    "title-says-nothing",
    Severity.SHOULD,
    "Title that says nothing",
    why="A date, a number or a bare name does not tell readers whether this COE concerns them.",
    source=AWS_COE,
    mend="Say what customers felt, how many of them, and for how long.",
)
def empty_title(document: Document) -> Iterator[Hit]:
    """“Incident on 2020-02-12”, and the bare name of one thing."""
    words = document.title[:LONGEST_TITLE].strip()
    if words and _NOTHING.fullmatch(document.title[:LONGEST_TITLE]):
        yield Hit("header", "The title says when, not what.", 0, len(document.title))
    elif _NAME.fullmatch(words) and not _IMPACT.search(words):
        yield Hit("header", f"“{words}” names a thing, not what happened to it.", 0, len(document.title))


@rule(
    "title-names-cause",
    Severity.SHOULD,
    "Title that names a cause",
    why="Readers look for what was felt, and a title with one cause closes the search for others.",
    source=AWS_COE,
    mend="Say what customers felt; the cause is told under “Causes”.",
)
def cause_in_title(document: Document) -> Iterator[Hit]:
    """A cause without any impact; “checkout was down after a bad deployment” says the impact and passes."""
    found = _CAUSE.search(document.title[:LONGEST_TITLE])
    if found and not _IMPACT.search(document.title[:LONGEST_TITLE]):
        yield Hit("header", f"The title names a cause, “{found[0]}”, and no impact.", found.start(), found.end())

"""Rules about action items: one owner, a date, a test of the effect, and a verb that can be finished.

It decides which words promise nothing. Whether an item was done is followed up elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from coe.linting.findings import Hit, Severity, excerpt, rule
from coe.linting.reading import LONGEST_TITLE, Document, Place, type_node, words_of
from coe.linting.title import AWS_COE

OPS = "AWS Well-Architected, OPS11-BP02 “Perform post-incident analysis”"
GOOGLE_ACTIONS = "Google, The Site Reliability Workbook, ch. 10, on action items"


@rule(
    "actions-missing",
    Severity.MUST,
    "No action item",
    why="Corrections are what a COE is written for.",
    source=AWS_COE,
    mend="Add an action item, or say why nothing is to be corrected.",
)
def no_actions(document: Document) -> Iterator[Hit]:
    """No action item, and no reason for none."""
    if not document.actions and not str(document.content.get("no_actions_because") or "").strip():
        yield Hit("actions", "It has no action item, and no reason why nothing is to be corrected.", about="actions")


def _lacking(document: Document, field: str, what: str) -> Iterator[Hit]:
    for action in document.actions:
        if not action.get(field):
            yield Hit(f"action-{action.get('id')}", f"The action item “{_name(action)}” lacks {what}.", about=field)


def _name(action: type_node) -> str:
    return excerpt(str(action.get("title") or ""), 80)


@rule(
    "action-owner",
    Severity.MUST,
    "Action item without an owner",
    why="What belongs to everybody is done by nobody: of 447 public action items 1.1 % name an owner.",
    source=OPS,
    mend="Choose one person who sees to it.",
)
def no_owner(document: Document) -> Iterator[Hit]:
    """Nobody owns it."""
    return _lacking(document, "owner", "an owner")


@rule(
    "action-due",
    Severity.MUST,
    "Action item without a due date",
    why="Without a date nobody is reminded, and nobody can tell that it is late.",
    source=OPS,
    mend="Set the day until which it is done: by default 30, 60 or 90 days by priority.",
)
def no_due_date(document: Document) -> Iterator[Hit]:
    """No day is set."""
    return _lacking(document, "due_on", "a due date")


@rule(
    "action-exit-test",
    Severity.SHOULD,
    "Action item without an exit test",
    why="Done is a claim; a test, an alarm, a drill or a period without recurrence shows that it works.",
    source=GOOGLE_ACTIONS,
    mend="Say what will show that it works.",
)
def no_exit_test(document: Document) -> Iterator[Hit]:
    """Nothing shows that it works."""
    for action in document.actions:
        if not str(action.get("exit_test") or "").strip():
            message = f"Nothing will show that “{_name(action)}” works."
            yield Hit(f"action-{action.get('id')}", message, about="exit test")


_VAGUE = re.compile(
    r"[\W_]{0,8}(?:(?:(?:we|the team) )?(?:should|will|need to|must|are going to|plan to"
    r"|want to) )?(?:please )?(?:to )?(?P<verb>"
    r"(?:further |better )?investigate|consider|look (?:into|at)|explore|think (?:about|of)|discuss|evaluate"
    r"|research|examine"
    r"|assess|reconsider|revisit|try (?:to|and)|improve|enhance|strengthen|optimi[sz]e|figure out|find out|understand"
    r"|raise awareness|work on|better|be better|see (?:if|whether)|continue to (?:monitor|improve|investigate)"
    r"|devise a (?:plan|strategy|way)|come up with an? \w+|reflect (?:on|if|whether)|find a (?:better )?(?:path|way)"
    r"|(?:have a )?talk (?:with|to|about)|keep an eye|check (?:if|whether)|looking into|investigating"
    r"|exploring|considering|improving|evaluating"
    r"|investigation|improvements? (?:of|to|in))\b",
    re.IGNORECASE,
)
# A number, a unit or a named result makes it concrete.
_CONCRETE = re.compile(
    r"(?<![\w#.-])\d+(?![\w-]|\.\w)|\bfrom\b.+\bto\b|\bby (?!default\b)(?:\w+ ){0,1}\w+ing\b|\bso that\b|\bsuch that\b"
    r"|\band (?:fix|add|remove|implement|document|write|set|create|enable|replace|deploy|limit|alert|automate)\b",
    re.IGNORECASE,
)


@rule(
    "action-vague",
    Severity.SHOULD,
    "Vague verb",
    why="Nobody can tell when an investigation or an improvement is done, so it is closed or forgotten.",
    source=GOOGLE_ACTIONS,
    mend="Begin with a verb that has an end, such as add, remove, limit, alert, test, or decide (what, until when).",
)
def vague_verbs(document: Document) -> Iterator[Hit]:
    """The first word promises no result, and nothing in the title does."""
    for place in _titles(document):
        found = _VAGUE.match(place.text[:LONGEST_TITLE])
        if found and not _CONCRETE.search(place.text[:LONGEST_TITLE], found.end()) and not _is_made_with(place, found):
            yield Hit(
                place.key, f"“{found['verb']}” does not say when it is done.", found.start("verb"), found.end("verb")
            )


def _is_made_with(place: Place, found: re.Match[str]) -> bool:
    """“Enhance the pipeline with a check” says what is added."""
    return found["verb"].lower() in {"improve", "enhance", "strengthen"} and " with " in place.text


def _titles(document: Document) -> list[Place]:
    return [place for place in document.places if place.key.startswith("action-")]


_CARE = re.compile(
    r"\b(?:be (?:more |extra |very )?(?:careful|mindful|vigilant|attentive|cautious|aware|thorough)|(?:pay"
    r"|paying) (?:\w+ )?attention"
    r"|take (?:more |extra |better |special )?care|(?:ensure|make sure) (?:that )?[\w ]{1,30} (?:is"
    r"|are) aware|remember to|double[- ]check|remind (?:people|everyone|everybody"
    r"|the|all|engineers"
    r"|developers|staff|ourselves)|do(?:n['’]t| not) forget|make sure (?:to|we|you|everyone|everybody"
    r"|people) (?:remember|check|know"
    r"|are aware|don['’]t))\b",
    re.IGNORECASE,
)


# In prose only what is resolved for the future: that somebody was careful is a fact.
_RESOLVED = re.compile(
    r"(?:^[\W_]{0,8}(?:always |please )?|[.;:] |\b(?:we|everybody|everyone|the team|engineers|developers"
    r"|operators|people|one)"
    r" (?:all )?(?:should|must|ought to|(?:need|have|want) to|will) (?:all |also |always )?)"
    r"(?:be (?:more |extra |very )?(?:careful|mindful|vigilant|attentive|cautious|aware|thorough|diligent)"
    r"|pay (?:more |closer |better )?attention|take (?:more |extra |better |special )?care|exercise (?:more )?caution"
    r"|(?:do(?:n['’]t| not)|never) forget)\b"
    r"|\b(?:more|extra|greater|better|special) (?:care|caution|attention) (?:should|must|needs to|has to|will) be \w+"
    r"|\bexercis(?:e|ing) (?:more|greater|extra) caution\b",
    re.IGNORECASE | re.MULTILINE,
)


@rule(
    "action-asks-care",
    Severity.SHOULD,
    "Correction that asks for care",
    why="People were careful the last time too; a mechanism works when they are tired.",
    source="Jeff Bezos, as quoted by AWS, on mechanisms; Google, Site Reliability Engineering, ch. 15",
    mend="Name the check, the limit or the tool that makes care unnecessary.",
)
def asks_for_care(document: Document) -> Iterator[Hit]:
    """A correction that people are to keep in mind: an action item, or a resolution in a section."""
    for place in _titles(document):
        if found := _CARE.search(place.prose):
            yield Hit(place.key, f"“{found[0]}” relies on memory.", found.start(), found.end())
    for place in document.sections.values():
        for found in _RESOLVED.finditer(place.prose):
            start = found.end() - len(found[0].lstrip(" .;:-*+_\n\t•"))
            yield Hit(place.key, f"“{place.text[start : found.end()]}” relies on memory.", start, found.end())


_POINT = re.compile(
    r"^[ ]{0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+(?P<text>\S.*(?:\n(?![ ]{0,3}(?:[-*+#]|\d{1,3}[.)])[ \t]|\n).*)*)",
    re.MULTILINE,
)
_NONE = re.compile(r"\W*(?:none|nothing|n/?a|[-–])\b[^\n]{0,20}$", re.IGNORECASE)
_SMALL_WORDS = """
able about added adding after again also another because been before being better could couldn't didn't does don't
during each from have incident into isn't issue just long longer made make many more most much need needs only other
over problem same should some such team than that their them then there these they this those through time took
under until very want was wasn't were weren't what when where which while with would your
"""
SMALL_WORDS = frozenset(_SMALL_WORDS.split())
MOST_POINTS = 60
# Words of one matter, by their first five letters.
MATTERS = {
    "noticing": {
        "notic",
        "unnot",
        "reali",
        "detec",
        "alert",
        "alarm",
        "monit",
        "email",
        "paged",
        "pages",
        "uptim",
        "visib",
        "dashb",
        "metri",
        "awar",
    },
    "writing": {"docum", "runbo", "guide", "instr", "docs", "know", "knowl", "train"},
    "shipping": {"deplo", "relea", "rollo", "merge", "pipel", "stagi", "canar", "tests", "testi"},
}


@rule(
    "badly-without-action",
    Severity.CONSIDER,
    "Went badly, no action",
    why="What went badly once goes badly again until something is changed.",
    source=AWS_COE,
    mend="Add an action item for it, or waive it with the reason for none.",
)
def badly_without_action(document: Document) -> Iterator[Hit]:
    """A point of “What went badly” that shares no word with any action item."""
    place = document.sections.get("went_badly")
    if not place or not document.actions:
        return  # what is missing altogether is said once
    covered = {
        stem
        for action in document.actions
        for stem in _stems(f"{action.get('title') or ''} {action.get('exit_test') or ''}")
    }
    for point in islice(_POINT.finditer(place.text, 0, place.read), MOST_POINTS):
        stems = _stems(point["text"])
        if stems and not stems & covered and not _NONE.match(point["text"]):
            start, end = point.span("text")
            end = start + len(place.text[start:end].rstrip())
            yield Hit(place.key, "No action item seems to be about this point.", start, end)


def _stems(text: str) -> set[str]:
    """The first five letters of each word that means something; words for one matter are one."""
    found = {word[:5] for word in words_of(text) if len(word) > 3 and word not in SMALL_WORDS}
    return found | {matter for matter, words in MATTERS.items() if found & words}

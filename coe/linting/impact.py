"""Rules about the customer impact: a number with a unit over a period, and an estimate that says that it is one.

It decides what counts as a number, a unit and a period. They look at the section “impact”, estimates also at the
summary; an empty section is for `completeness.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from coe.linting.findings import Hit, Severity, rule
from coe.linting.reading import MOST_LOOKED_AT, Document, Place
from coe.linting.title import AWS_COE

MANY = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundreds?|half"
    r"|quarter|third"
)
_CLOCK = r"\b\d{1,2}[:.]\d\d(?!\s?%)(?::\d\d)?(?:\s?[ap]m)?\b|\b\d{1,2}\s?[ap]m\b"
_DATE = (
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    r"|\b(?:\d{1,2}(?:st|nd|rd|th)? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?(?: \d{1,2}(?:st"
    r"|nd|rd|th)?\b)?(?:,? \d{4})?"
)
_LASTING = (
    rf"\b(?:\d[\d.,]{{0,12}}|{MANY}|an?|several|few|couple of|multiple|some)[ -]?(?:s|secs?|seconds?|m|mins?|minutes?|h"
    rf"|hrs?|hours?"
    r"|days?|weeks?|months?|nights?|weekends?|evenings?)\b"
)
_PERIOD = re.compile(
    rf"{_CLOCK}|{_DATE}|{_LASTING}|\b(?:until|since|throughout|overnight|all day|the whole (?:day|night|time)|briefly"
    r"|between\b.{1,60}\band|no (?:\w+ )?(?:impact|downtime|outage))\b",
    re.IGNORECASE,
)
_NOT_COUNT = re.compile(
    rf"{_CLOCK}|{_DATE}|{_LASTING}|\bv?\d{{1,9}}(?:\.\d{{1,9}}){{2,5}}\b|\bv\d[\d.]*\b|#\d+|\b[A-Z]+-\d+\b"
    rf"|\b\w{{0,40}}?[a-z]\d\w*"
    rf"|^[ \t]*\d+[.)] "
    r"|\b\d+\.\d+\b(?!\s*(?:%|\w))",
    re.IGNORECASE | re.MULTILINE,
)
_COUNT = re.compile(
    rf"\d|\b(?:{MANY}|all|every(?:one|body)?|any(?:one|body)?|entire|whole|no|none|nobody|zero|complete(?:ly)?"
    rf"|total(?:ly)?"
    r"|each|both|single|only|full(?:y)?|dozens?|thousands?|millions?|100)\b|%",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,/-])\d{1,15}(?:[.,  ]\d{3}){0,5}(?:[.,]\d{1,15})?(?![\w/-])")
_UNIT = re.compile(r"\s*(?:%|[€$£¥]|[^\W\d_]|[*_]{1,2}[^\W\d_])")


def _impact(document: Document) -> Place | None:
    """The section, if it says anything."""
    place = document.sections.get("impact")
    return place if place and re.search(r"\w", place.prose) else None


def _counts(place: Place) -> str:
    """The prose without times, dates, versions and numbers of things."""
    return _NOT_COUNT.sub(lambda found: " " * len(found[0]), place.prose)


@rule(
    "impact-without-number",
    Severity.SHOULD,
    "Impact without a number",
    why="Without a number nobody can tell what it is worth to correct it, or whether it got better.",
    source=AWS_COE,
    mend="Say how many customers or requests, of how many.",
)
def no_number(document: Document) -> Iterator[Hit]:
    """Neither a number nor “all” nor “none” in the whole section."""
    place = _impact(document)
    if place and not _COUNT.search(_counts(place)):
        yield Hit("impact", "The customer impact has no number: how many, of how many?", about="number")


@rule(
    "impact-without-unit",
    Severity.SHOULD,
    "Number without a unit",
    why="A bare number may be customers, requests or money.",
    source=AWS_COE,
    mend="Write what was counted behind the number.",
)
def no_unit(document: Document) -> Iterator[Hit]:
    """Every number of the section stands alone."""
    place = _impact(document)
    if not place:
        return
    prose = _counts(place)
    numbers = list(islice(_NUMBER.finditer(prose), MOST_LOOKED_AT))
    bare = [number for number in numbers if not _has_unit(prose, number)]
    if numbers and len(bare) == len(numbers):
        first = bare[0]
        yield Hit("impact", f"{first[0]} of what?", first.start(), first.end())


def _has_unit(prose: str, number: re.Match[str]) -> bool:
    begin = max(prose.rfind("\n", 0, number.start()) + 1, number.start() - 60)
    line = prose[begin : number.start()]
    return bool(_UNIT.match(prose, number.end()) or re.search(r"[^\W\d_][^\W\d_ ]*[*_]*:[*_ ]*$|[€$£¥]\s?$", line))


@rule(
    "impact-without-period",
    Severity.SHOULD,
    "Impact without a period",
    why="A minute and a day are not the same harm to a customer.",
    source=AWS_COE,
    mend="Say from when to when, or set both times of the impact in the header.",
)
def no_period(document: Document) -> Iterator[Hit]:
    """Neither a time nor a duration in the section, nor both times in the header."""
    place = _impact(document)
    content = document.content
    is_in_header = bool(content.get("impact_started_at") and content.get("impact_ended_at"))
    if place and not is_in_header and not _PERIOD.search(place.prose):
        yield Hit("impact", "The customer impact has no period: from when to when?", about="period")


THINGS = (
    r"(?:users?|customers?|clients?|visitors?|requests?|orders?|payments?|(?:API )?calls?|sessions?|tenants?"
    r"|students?|farmers?|subscribers?|merchants?|workloads?|organi[sz]ations?|repositories|services"
    r"|readers?|editors?|players?|members|teams|accounts?|(?:wiki |web ?)?(?:pages?|sites?)|wikis|builds?|jobs"
    r"|transactions?|e-?mails?|records|articles|notifications|projects|applications)"
)
_VAGUE = re.compile(
    r"(?<!\bby )(?<!\bfrom )(?<!\bto )(?<!\bhow )(?<!\bas )(?<!\bso )(?<!\btoo )\b(?:many|most|some|several"
    r"|(?:quite )?a (?:few|lot of|handful of|couple of)|lots of|numerous|various"
    r"|(?:an?|some) (?:(?:very )?(?:small|large|significant|limited|unknown|great|certain|huge|serious|tiny|substantial"
    r"|considerable) )?(?:number|subset|fraction|amount|percentage|portion|proportion|handful|variety) of"
    rf"|a (?:minority|majority) of) (?:of )?(?:the |our |their )?(?:(?!of |being |and )[\w-]+ ){{0,2}}?{THINGS}\b"
    r"(?! (?:came forward|may|might|could|will|would|contact|data|information)\b)"
    r"|\ban? (?:very )?(?:small|large|tiny|significant) percentage\b(?! of)"
    r"|\b(?:minimal|minor|partial|limited|significant|some) data loss\b",
    re.IGNORECASE,
)


_HARM = re.compile(
    r"\b(?:affect\w*|impact\w*|unable|unavailab\w+|errors?|fail\w*|down|degrad\w+|slow\w*|could ?n[o'’]t|cannot"
    r"|not able"
    r"|los[ets]\w*|disrupt\w*|time(?:d|s)?[ -]?outs?|timing out|denied|denying|interrupt\w*|inaccessible|unreachable"
    r"|received no|declin\w+|delay\w*|suffer\w*|experienc\w+|getting|disappear\w*|missing|broke|corrupt\w*|crash\w*"
    r"|stuck|stale|wrong|incorrect\w*|exposed|leaked|blank|reject\w*|block\w*|unusable|unresponsive|stopp\w+)\b",
    re.I,
)
_NO_HARM = re.compile(
    r"\b(?:would|could|should|if|at least|improv\w+|restor\w+|recover\w+|fix\w+|unaffected|mitigat\w+|resolv\w+)\b",
    re.I,
)


# A line of a timeline, which says what was known just then.
_LINE = re.compile(r"[\W_]{0,8}\d{1,2}[:.]\d\d\b")


@rule(
    "vague-quantity",
    Severity.CONSIDER,
    "Vague quantity",
    why="“Some users” may be two or two million; every reader takes another number away.",
    source=AWS_COE,
    mend="Give the number; where nobody counted, an estimate that says so and how it was made.",
)
def vague_quantities(document: Document) -> Iterator[Hit]:
    """“Many users” in the title, the impact or the summary, without a number in the same sentence."""
    for place in (document.by_key["header"], *_told(document)):
        for found in place.finds(_VAGUE):
            begin, end = place.sentence_at(found.start(), found.end())
            is_counted = re.search(r"\d", _counts(place)[begin:end])
            is_harm = place.key in {"impact", "header"} or _HARM.search(
                place.prose, max(begin, found.start() - 80), end
            )
            if (
                is_harm
                and not is_counted
                and not _is_line(place, found)
                and not _NO_HARM.search(place.prose, begin, end)
            ):
                yield Hit(place.key, f"“{found[0]}”: how many?", found.start(), found.end())


def _is_line(place: Place, found: re.Match[str]) -> bool:
    return bool(_LINE.match(place.prose, place.prose.rfind("\n", 0, found.start()) + 1))


def _told(document: Document) -> list[Place]:
    return [place for key in ("summary", "impact") if (place := document.sections.get(key))]


_ROUND = re.compile(
    rf"(?<![\w.,/:#$€£-])(?:\d{{1,3}}(?:[, ]000)+|[1-9]\d?0{{2,6}}|\d{{1,3}}(?:\.\d)? ?(?:k|K|million"
    rf"|thousand))(?![\w.,/-]*\d)"
    rf" (?:[a-z]+ )?{THINGS}\b",
)
_MARKED = re.compile(
    r"~|≈|±|\b(?:about|around|approx\w*|roughly|circa|ca\.|estimat\w*|nearly|almost|over|more than|up to|at (?:least"
    r"|most)"
    r"|less than|fewer than|under|exactly|measured|counted|logs? shows?|some|maximum|minimum|limit\w*|max|min|per|every"
    r"|quota|an?|close to|probably|in the (?:order|region) of|guess\w*|each)\b",
    re.IGNORECASE,
)


# “The about 500 customers” is no English.
_DEFINITE = re.compile(
    r"\b(?:the|these|those|all|our|its|their|another|other|first|last|next|only|just|both|same) $", re.I
)


@rule(
    "estimate-unmarked",
    Severity.CONSIDER,
    "Round number",
    why="A round number is mostly an estimate; taken for a measurement it is compared with one.",
    source=AWS_COE,
    mend="Write “about” and how it was estimated, or the exact number and where it was counted.",
)
def unmarked_estimates(document: Document) -> Iterator[Hit]:
    """Numbers of people or requests in whole hundreds, without a word that says how they are known."""
    for place in _told(document):
        for found in place.finds(_ROUND):
            begin, end = place.sentence_at(found.start(), found.end())
            if not _MARKED.search(place.prose, begin, end) and not _is_line(place, found):
                about = "About" if place.is_sentence_start(found.start()) else "about"
                is_free = not _DEFINITE.search(place.prose, max(0, found.start() - 12), found.start())
                offer = f"{about} {found[0]}" if is_free else None
                yield Hit(place.key, f"“{found[0]}”: counted or estimated?", found.start(), found.end(), offer)

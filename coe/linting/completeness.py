"""Rules about what is not written yet: empty sections, text of the template, open questions, and too much of it.

It decides when a section counts as written. What the template asks is part of the document (`form`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coe.linting.findings import Hit, Severity, rule
from coe.linting.reading import Document, type_node
from coe.linting.title import AWS_COE

WORDS_A_PAGE, MOST_PAGES = 500, 6
# A prompt shorter than this may occur in a text by chance.
SHORTEST_PROMPT = 20


def _asked(document: Document) -> Iterator[tuple[type_node, str]]:
    """Each written section of the template with its text."""
    for form in document.form:
        if str(form.get("kind") or "text") == "text":
            place = document.sections.get(str(form.get("key")))
            yield form, place.text if place else ""


@rule(
    "section-empty",
    Severity.MUST,
    "Empty section",
    why="The template asks it of every COE before a review.",
    source=AWS_COE,
    mend="Answer what the section asks.",
)
def empty_sections(document: Document) -> Iterator[Hit]:
    """A required section without a word; a question may be waived with a reason."""
    for form, text in _asked(document):
        is_waived = form.get("is_question") and document.waived.get(str(form.get("key")))
        if form.get("is_required") and not re.search(r"\w", text) and not is_waived:
            yield Hit(str(form["key"]), f"“{form.get('title')}” is empty.", about="empty")


@rule(
    "question-open",
    Severity.MUST,
    "Open question",
    why="How it was detected, diagnosed, mitigated and prevented next time are the questions that find corrections.",
    source="AWS Systems Manager Incident Manager, post-incident analysis: questions",
    mend="Answer it, or waive the question with a reason.",
)
def open_questions(document: Document) -> Iterator[Hit]:
    """A question that is neither answered nor waived; a required one is for `section-empty`."""
    for form, text in _asked(document):
        key = str(form.get("key"))
        is_asked = form.get("is_question") and not form.get("is_required") and not document.waived.get(key)
        if is_asked and not re.search(r"\w", text):
            yield Hit(key, f"“{form.get('title')}” is neither answered nor waived.", about="question")


_PLACEHOLDER = re.compile(
    r"\b(?:TBD|TBC|TODO|FIXME)\b|(?i:\blorem ipsum\b|\bto be (?:determined|written|completed|filled(?: in)?)\b"
    r"|\[(?:insert|fill in|your|describe|enter|add) [^\]\n]{0,80}\]|<(?:insert|fill in|your|describe"
    r"|enter) [^>\n]{1,80}>)"
    # What widely copied templates of postmortems say of their own sections.
    r"|^(?:List of things that went (?:well|badly|wrong)\.|Things that could have gone better\. Ideally"
    r"|These are good things that happened to us|These are only sample subheadings)[^\n]*",
    re.MULTILINE,
)


_TASK = re.compile(r"(?:status:|\[ \]|^[ \t]*[-*+•]|\u2022)[ *_]*$", re.IGNORECASE | re.MULTILINE)


@rule(
    "template-text",
    Severity.MUST,
    "Text of the template",
    why="Reviewers would read a gap.",
    source=AWS_COE,
    mend="Write it, or take it out.",
)
def placeholders(document: Document) -> Iterator[Hit]:
    """“TBD”, “lorem ipsum”, “[insert …]”, and what a section asks standing in it as its text."""
    for place in document.places:
        for found in _PLACEHOLDER.finditer(place.prose):
            if _TASK.search(place.prose, max(0, found.start() - 20), found.start()) and found[0] == "TODO":
                continue  # a list of tasks, not a gap in the text
            if found[0].endswith("]") and place.text[found.end() : found.end() + 1] in {"(", "["}:
                continue  # a link
            yield Hit(place.key, f"“{found[0]}” is still to be written.", found.start(), found.end())
    for form, text in _asked(document):
        prompt = str(form.get("prompt") or "").strip()
        start = text.find(prompt) if len(prompt) >= SHORTEST_PROMPT else -1
        if start >= 0:
            message = f"“{form.get('title')}” still holds what the template asks."
            yield Hit(str(form.get("key")), message, start, start + len(prompt))


@rule(
    "too-long",
    Severity.CONSIDER,
    "More than six pages",
    why="Only what is read to its end teaches, and six pages are what a room reads in half an hour.",
    source="Amazon's six-page narrative, as described by AWS; Working Backwards, ch. 4",
    mend="Move logs and detail into links; keep what a reader of another team can use.",
)
def too_long(document: Document) -> Iterator[Hit]:
    """More than 3,000 words, of 500 a page; code, quotations and addresses do not count."""
    words = sum(len(place.prose.split()) for place in document.places)
    if words > WORDS_A_PAGE * MOST_PAGES:
        pages = -(-words // WORDS_A_PAGE)
        yield Hit("header", f"It has {words:,} words, about {pages} pages.", about="length")

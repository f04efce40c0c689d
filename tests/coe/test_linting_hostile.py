"""The linter on texts that nobody means well with: its work grows with the text, not with its square, and is bounded.

Work is counted in processor time of this process, ten times as much text against once, with generous room: what is
looked for is an expression that goes back over the text from every place, which needs a hundred times as much.
"""

import time

import pytest

from coe.linting import RULES, Document, Names, Person, lint
from coe.linting.findings import found_by
from coe.linting.reading import MOST_READ

PEOPLE = Names((Person("Alice Moreau", "alice@example.com", "the on-call engineer", is_near=True),), ("Acme",))
SMALL, LARGE = 1_000, 10_000
PATTERNS = [
    "a", "word ", "|", "[", "](", "[a](", "![a](", "<", "<!--", "<a ", "`", "a`b", "```\n", "> ", "“", '" a', "' a",
    "«a", "*", "_", "\n", "- ", "1. ", "1.", "1.1.", "1:1:", "00:00", "1 ", "1,000 ", "10 000 ", "12:34 ", "a.b-", "@a",
    "a@", "Alice ", "alice@example.com ", "he ", "TBD ", "[insert ", "we ", "should have ", "was merged ", "it was ",
    "engineer working the ", "many of the ", "a number of ", "no ", "when ", "in A ", "Aa Bb ", "due to ", "made a ",
    "\u202eabc", "e\u0301", "\u0300", "\x00", "😀", "İ", "\ufdfa", "http://a", "- [ ] ", "be more ", "not been ",
]  # fmt: skip


def content_of(text):
    return {
        "title": text,
        "sections": {"summary": text, "impact": text, "went_badly": text},
        "timeline": [{"id": 1, "at": "2026-11-16T14:00:00+00:00", "text": text, "anchor": "detected"}],
        "causes": [{"id": 1, "text": text}],
        "actions": [{"id": 1, "title": text, "corrects": []}],
    }


def seconds_by_rule(text):
    """Processor time of each rule; the preparation of the text counts as one."""
    document, spans, began = Document(content_of(text), PEOPLE), {}, time.process_time()
    assert all(len(place.prose) == len(place.text) for place in document.places)
    for name, rule in RULES.items():
        spans["prose" if not spans else name] = time.process_time() - began
        began = time.process_time()
        list(found_by(rule, document))
    return spans


@pytest.mark.parametrize("pattern", PATTERNS)
def test_ten_times_the_text_is_not_a_hundred_times_the_work(pattern):
    small = seconds_by_rule(pattern * (SMALL // len(pattern)))
    large = seconds_by_rule(pattern * (LARGE // len(pattern)))

    assert not {rule: spent for rule, spent in large.items() if spent > 0.2 + 30 * small[rule]}


def test_of_five_megabytes_no_more_than_a_part_is_read():
    document = Document({"sections": {"summary": "we should have tested it. " * 200_000, "impact": "human error"}})

    assert sum(len(place.prose.rstrip()) for place in document.places) <= MOST_READ


def test_what_a_draft_lacks_is_told_however_long_it_is():
    filler = {"sections": {"summary": "word " * (MOST_READ // 4)}, "actions": [{"id": 1, "title": "Add an alarm"}]}

    assert {"causes-missing", "action-owner", "too-long"} <= {finding.rule for finding in lint(filler)}


def test_causes_may_be_nested_deeper_than_the_stack():
    cause = {"id": 0, "text": "human error"}
    for number in range(1, 5_000):
        cause = {"id": number, "text": "It was slow", "children": [cause]}

    assert [one.place for one in lint({"causes": [cause]}) if one.rule == "cause-human"] == ["cause-0"]


@pytest.mark.parametrize("mark", ["\u202e", "e\u0301", "\x00", "😀", "\ufdfa", "İ"])
def test_a_span_cuts_exactly_what_it_quotes_behind_strange_characters(mark):
    text = f"{mark} It was human error {mark}, said שלום. At 14:05{mark} it was rolled back."

    found = [one for one in lint({"sections": {"summary": text}}) if one.start is not None]

    assert {"blame", "hidden-actor"} <= {one.rule for one in found}
    assert all(text[one.start : one.end] == one.words for one in found)

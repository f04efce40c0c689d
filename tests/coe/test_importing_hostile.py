"""Files that are made to cost: what is read of them grows with their length, whatever stands in one line."""

import time

import pytest

from coe.interchange import reading, reports
from coe.interchange.files import SHOWN
from coe.interchange.sorting import HEADING

MANY = 20_000
LINES = {
    "a heading full of blanks": "# a" + " " * MANY + "x",
    "a heading full of signs": "# a" + " #" * MANY + "x",
    "a time far behind": "## Timeline\n\n- Fault" + " " * MANY + "x",
    "a line of blanks": "## Timeline\n\n" + " " * MANY + "x",
    "words without a time": "## Timeline\n\n- F" + " a" * MANY + "x 2026-11-16",
    "brackets": "## Timeline\n\n14:05 " + "(" * MANY,
    "brackets that never close": "[" * 5 * MANY,
    "links that never close": "[a](" * 2 * MANY,
    "rules": "-" * MANY + " x\n" + "= " * MANY,
    "bold": "- **" * MANY,
    "a table": "## Timeline\n\n|" + "|" * MANY + "\n|" + "-|" * MANY,
    "fences": "```\n" * MANY,
    "numbers": "1. " * MANY,
}


@pytest.mark.parametrize("name", LINES)
def test_a_hostile_report_is_read_within_seconds(name):
    began = time.process_time()

    reports.understood(LINES[name], "report.md")

    assert time.process_time() - began < 3


def test_pictures_are_looked_for_within_bounds():
    began = time.process_time()

    assert [address for _, address in SHOWN.findall("![" * 5 * MANY + "![a](b.png)")] == ["b.png"]
    assert time.process_time() - began < 3


def test_a_hostile_cause_of_a_file_of_ours_is_said_to_have_no_form():
    began = time.process_time()
    done = reading.Read(content={})

    reading._causes(done, ["- **C1** " + " _(" * MANY])

    assert done.problems
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("line", "words"),
    [("# a", "a"), ("## a b ##", "a b"), ("# ", ""), ("### ##", ""), ("# C# is old", "C# is old"), ("#a", None)],
)
def test_the_words_of_a_heading(line, words):
    found = HEADING.match(line)

    assert (found[2] if found else None) == words

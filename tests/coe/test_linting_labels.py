"""Precision of the linter on real documents: findings that were read in context and judged, kept in lint_labels.jsonl.

Excerpts are from postmortems under MIT, BSD and Apache licences (demo/data/postmortems/NOTICE.md), with names replaced;
labels of other documents carry no text. `make bench-lint` runs the rules over the documents and counts.
"""

from collections import Counter

import pytest

from benchmarks._recall import expected, recalls
from benchmarks.lint import labels, precisions
from coe.linting import RULES, lint

LABELS = labels()
# Rules whose findings can be seen in the words alone.
BY_WORDS = {"counterfactual", "hidden-actor", "vague-quantity"}


def test_at_least_two_hundred_findings_were_read():
    assert len(LABELS) >= 200
    assert {label["rule"] for label in LABELS} <= set(RULES)
    assert len({(label["document"], label["fingerprint"]) for label in LABELS}) == len(LABELS)


@pytest.mark.parametrize("rule", sorted({label["rule"] for label in LABELS}))
def test_what_a_rule_says_is_right(rule):
    right, read = precisions(LABELS)[rule]

    assert right / read >= (0.95 if rule == "personal-name" else 0.9)


def test_documents_on_which_no_rule_was_made_are_among_them():
    samples = Counter(label["sample"] for label in LABELS)

    assert samples["held-out"] >= 100
    first = [label["is_right"] for label in LABELS if label["sample"] == "held-out"]
    assert sum(first) / len(first) >= 0.9


@pytest.mark.parametrize(
    "label", [one for one in LABELS if one["rule"] in BY_WORDS and one["words"] and one["is_right"]]
)
def test_words_that_were_judged_right_are_still_found(label):
    text = f"{label['words']}, and users were affected."

    found = lint({"sections": {"summary": text, "impact": text}})

    assert label["rule"] in {finding.rule for finding in found}


def test_whole_documents_were_read_for_what_is_missed():
    read = expected()

    assert len(read) >= 20
    assert {place["rule"] for document in read for place in document["expected"]} <= set(RULES)
    assert {document["sample"] for document in read} == {"tuning", "held-out"}


@pytest.mark.parametrize("sample", ["tuning", "held-out"])
def test_most_of_what_a_reader_expects_is_said(sample):
    counts = recalls(expected(), sample).values()

    assert sum(given for given, _ in counts) / sum(every for _, every in counts) >= 0.6


def test_documents_that_may_not_be_copied_are_not():
    read = [place for document in expected() if document["document"].startswith(("icco/", "wikitech/"))
            for place in document["expected"]]  # fmt: skip

    assert read
    assert not [place for place in read if place["words"]]


def test_excerpts_are_short_and_name_nobody():
    assert all(len(label["context"]) <= 120 and len(label["words"]) <= 80 for label in LABELS)
    assert not [label for label in LABELS if label["rule"] == "personal-name" and (label["words"] or label["context"])]

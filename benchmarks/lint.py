"""What the linter finds in 399 real postmortems, how long it takes, and how often it is right.

What it measures: `coe/linting` alone, on the postmortems as drafts (`benchmarks/_drafts.py`), a directory of the people
whom each source names, and names that are words as a trap. Precision is that of the findings which the linter gives
today and which somebody has read and judged (`tests/coe/lint_labels.jsonl`); rules that only look whether something is
there, such as an owner, are exact and were not read. Recall is that of whole documents in which a reader wrote down
every place where a rule should speak (`benchmarks/_recall.py` says how).

How the findings were chosen: in the postmortems every finding of every rule that judges words was read, of the same
name in one place one; in the fresh documents (`fresh_drafts`) all findings that a mended rule gave anew, but of
`title-says-nothing` the first 60 of `random.Random(4).shuffle` over the sorted list, and a part of the older ones.
"held-out" are findings in documents on which no rule had been made when they were read. A finding is right where a
demanding engineer who writes would say both that it is so and that it is worth saying. Findings that a mended rule no
longer gives stay in the file with `is_given` false.

    python -m benchmarks.lint [folder of the postmortems] [--refresh]

`--refresh` writes into the labels which of them the linter still gives, and what it still misses.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import _recall
from benchmarks._corpus import CHECKOUT, SHARED
from benchmarks._drafts import Draft, drafts, fresh_drafts
from coe.linting import RULES, Finding, lint

LABELS = CHECKOUT / "tests" / "coe" / "lint_labels.jsonl"


def labels() -> list[dict[str, Any]]:
    """What was read and judged."""
    return [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


def measured(some: Iterable[Draft]) -> tuple[list[tuple[str, Finding]], list[float]]:
    """Findings with their document, and milliseconds per document: the best of two runs."""
    found, times = [], []
    for draft in some:
        spans = []
        for _ in range(2):
            started = time.perf_counter()
            findings = lint(draft.content, draft.names)
            spans.append((time.perf_counter() - started) * 1000)
        found += [(draft.id, finding) for finding in findings]
        times.append(min(spans))
    return found, times


def precisions(judged: Iterable[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """(right, read) by rule, of those that the linter still gives."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for label in judged:
        if label["is_given"]:
            counts[label["rule"]][0] += label["is_right"]
            counts[label["rule"]][1] += 1
    return {rule: (right, read) for rule, (right, read) in counts.items()}


def refresh(given: set[tuple[str, str]], known: set[str]) -> None:
    """Write down which judged findings are still given; documents that are not here keep what they had."""
    judged = labels()
    for label in judged:
        if label["document"] in known:
            label["is_given"] = (label["document"], label["fingerprint"]) in given
    LABELS.write_text("".join(json.dumps(label, ensure_ascii=False) + "\n" for label in judged), encoding="utf-8")


def report(found: list[tuple[str, Finding]], times: list[float]) -> dict[str, Any]:
    """Print the table; returns the figures."""
    by_rule = Counter(finding.rule for _, finding in found)
    documents = {rule: len({document for document, finding in found if finding.rule == rule}) for rule in by_rule}
    read = precisions(labels())
    held_out = precisions(label for label in labels() if label["sample"] == "held-out")
    recalled = _recall.recalls(_recall.expected())
    print(f"{'rule':24} {'weight':9} findings documents  right/read  of these held out  given/expected")
    for rule in RULES.values():
        right, held = read.get(rule.id, (0, 0)), held_out.get(rule.id, (0, 0))
        shown = "exact" if rule.id not in read else f"{right[0]}/{right[1]}"
        fresh = f"{held[0]}/{held[1]}" if held[1] else ""
        given = "/".join(map(str, recalled.get(rule.id, ())))
        counts = f"{by_rule[rule.id]:8} {documents.get(rule.id, 0):9}"
        print(f"{rule.id:24} {rule.severity:9} {counts} {shown:>11} {fresh:>18} {given:>15}")
    ordered = sorted(times)
    mean, p99 = sum(times) / len(times), ordered[int(len(times) * 0.99)]
    print(f"milliseconds a document: mean {mean:.2f}, p99 {p99:.1f}, largest {ordered[-1]:.1f}")
    right, total = (sum(column) for column in zip(*read.values(), strict=True))
    fresh_right, fresh_total = (sum(column) for column in zip(*held_out.values(), strict=True))
    first = [label["is_right"] for label in labels() if label["sample"] == "held-out"]
    print(f"precision {right}/{total} of what was read; held out {fresh_right}/{fresh_total}, when first read "
          f"{sum(first)}/{len(first)}")  # fmt: skip
    parts = [_recall.total(_recall.recalls(_recall.expected(), sample)) for sample in ("tuning", "held-out")]
    print(f"recall {_recall.total(recalled)} of what was expected; tuning {parts[0]}, held out {parts[1]}")
    return {
        "documents": len(times),
        "ms_per_document": round(sum(times) / len(times), 2),
        "findings": len(found),
        "precision": round(right / total, 3),
    }


def main() -> None:
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("--")]
    try:
        some = drafts(*folders[:1])
    except FileNotFoundError as error:
        sys.exit(str(error))
    found, times = measured(some)
    if "--refresh" in sys.argv:
        search = folders[0].parent / "search" if folders else SHARED / "search"
        fresh = fresh_drafts(search)
        every = [*found, *measured(fresh)[0]]
        given = {(document, finding.fingerprint) for document, finding in every}
        known = {draft.id for draft in (*some, *fresh)}
        refresh(given, known)
        _recall.refresh(every, known)
    print(json.dumps({"name": "lint", "figures": report(found, times)}))


if __name__ == "__main__":
    main()

"""What the linter misses: every place of some whole documents where a rule should speak, written down by a reader.

What it decides: which expected place a finding hits (the same rule and place, and a span that overlaps). What it does
not: where a rule should speak; `tests/coe/lint_expected.jsonl` says that, one line a document, also where nothing is
expected.

How the documents were chosen: `random.Random(4).sample` of 14 among the postmortems and of 14 among the fresh documents
(`benchmarks/_drafts.py`), each list sorted by id, with 150 to 1,500 words of prose. The first seven of each are
"tuning": rules were mended after they had been read. The others are "held-out": they were read before the rules were
mended, and no rule was made for a word that stands only there. How they were read: from the first word to the last,
with the rule's own description beside; a place is expected where a demanding engineer would want it said. Rules that
only look whether something is there (an owner, an anchor) miss nothing and are not expected; people whom no directory
knows are not expected either.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from benchmarks._corpus import CHECKOUT
from coe.linting import Finding

EXPECTED = CHECKOUT / "tests" / "coe" / "lint_expected.jsonl"


def expected() -> list[dict[str, Any]]:
    """The documents that were read whole, with what the reader expected of the linter."""
    return [json.loads(line) for line in EXPECTED.read_text(encoding="utf-8").splitlines()]


def is_hit(place: dict[str, Any], findings: Iterable[Finding]) -> bool:
    """Whether a finding says what was expected; what is about something absent has no span."""
    return any(
        finding.rule == place["rule"]
        and finding.place == place["place"]
        and (
            finding.start is None
            or finding.end is None
            or place["start"] is None
            or (finding.start < place["end"] and place["start"] < finding.end)
        )
        for finding in findings
    )


def recalls(read: Iterable[dict[str, Any]], sample: str = "") -> dict[str, tuple[int, int]]:
    """(given, expected) by rule, of one sample or of all."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for document in read:
        if sample in ("", document["sample"]):
            for place in document["expected"]:
                counts[place["rule"]][0] += place["is_given"]
                counts[place["rule"]][1] += 1
    return {rule: (given, every) for rule, (given, every) in counts.items()}


def total(counts: dict[str, tuple[int, int]]) -> str:
    """“61/91”."""
    return f"{sum(given for given, _ in counts.values())}/{sum(every for _, every in counts.values())}"


def refresh(found: Iterable[tuple[str, Finding]], known: set[str]) -> None:
    """Write down which expected places are given now; documents that are not here keep what they had."""
    by_document: dict[str, list[Finding]] = defaultdict(list)
    for document, finding in found:
        by_document[document].append(finding)
    read = expected()
    for document in read:
        for place in document["expected"] if document["document"] in known else ():
            place["is_given"] = is_hit(place, by_document[document["document"]])
    EXPECTED.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in read), encoding="utf-8")

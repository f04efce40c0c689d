"""How much of 399 real postmortems the import understands: `python -m benchmarks.importing [FOLDER] [-v]`.

What is right is judged by `_imports.py`. Prints one JSON line of figures; `-v` also what is wrong.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks._corpus import SHARED
from benchmarks._imports import Document, Judgement, documents, judged, understood

FOLDER = SHARED / "postmortems"


def main(folder: Path = FOLDER, is_verbose: bool = False) -> dict[str, Any]:
    """Read every document; returns and prints the figures."""
    if not (folder / "corpus.jsonl").is_file():
        sys.stdout.write(json.dumps({"documents": 0, "missing": "corpus.jsonl"}) + "\n")
        return {}
    right, asked, parsed = Counter[str](), Counter[str](), Counter[str]()
    count = lines = known = 0
    seconds = 0.0
    for document in documents(folder):
        began = time.perf_counter()
        report = understood(document)
        seconds += time.perf_counter() - began
        found = judged(document, report)
        if is_verbose:
            _tell(document, found)
        count += 1
        right.update(title=found.is_title_right, date=found.is_date_right, body=found.is_body_right)
        right.update(all_three=found.is_right)
        asked[document.source] += found.is_timeline_right is not None
        parsed[document.source] += bool(found.is_timeline_right)
        lines, known = lines + len(report.lines), known + report.understood
    figures = {
        "documents": count,
        **{name: round(rate / count, 4) for name, rate in right.items()},
        **{f"timelines_{name}": f"{parsed[name]}/{asked[name]}" for name in asked},
        "lines_understood": round(known / lines, 3),
        "ms_per_document": round(1000 * seconds / count, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return figures


def _tell(document: Document, found: Judgement) -> None:
    wrong = [name for name in ("title", "date", "body", "timeline") if getattr(found, f"is_{name}_right") is False]
    if wrong:
        words = f": {dict(found.missing.most_common(12))}" if "body" in wrong else ""
        sys.stdout.write(f"{document.id}: {', '.join(wrong)}{words}\n")


if __name__ == "__main__":
    main(*[Path(one) for one in sys.argv[1:] if not one.startswith("-")][:1], is_verbose="-v" in sys.argv)

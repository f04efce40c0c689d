"""How much of 399 real postmortems the import understands: `python -m benchmarks.importing [FOLDER]`.

Each is read as it would be uploaded: the original file where the folder has it, else the text of the corpus under the
name it had. Title, date and body are compared with the corpus. A body is right when at most one word in a hundred (of
four letters or more; headings and words of time that named a part aside) is not found in the result. A title is also
right when the corpus has only the heading of a section there (“Issue summary”) and the file name is used. Prints one
JSON line of figures; `-v` also what is wrong.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from coe.interchange import reports
from coe.interchange.sorting import normalised, part_of

FOLDER = Path("../shared/data/postmortems")
FOLDERS = {"moj": "moj-cloud-platform"}
# What a person who imports them would say: a British team writes British wall-clock time.
ZONES = {"moj": "Europe/London", "dfds": "Europe/Copenhagen"}
_WORDS = re.compile(r"[^\W\d_]{4,}")
# Heads of tables, days of the week, "all times in": they became the time of a line.
OF_TIME = {"event", "times", "date", "thur", "tues", "monday", "tuesday", "wednesday", "thursday", "friday", "sunday"}


def files_of(folder: Path) -> dict[str, str]:
    """Originals by their name."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return {path.name: path.read_text(errors="replace") for path in found if path.is_file()}


def _opens(line: str) -> bool:
    """Whether it is a heading that named a part, which now stands under the part's own heading."""
    return line.startswith("#") and bool(part_of(line.lstrip("# ")))


def judged(document: dict[str, Any], report: reports.Report) -> Counter[str]:
    """Which facts of a document are right, as counts of 0 and 1."""
    title, letters = str(document["title"]), reports.letters
    is_heading = bool(part_of(title)) or bool(reports._GENERIC.fullmatch(title))
    texts = [report.title, *report.sections.values(), *(row["text"] for row in report.timeline)]
    texts += [row["text"] for row in report.causes] + [str(row["title"]) for row in report.actions]
    held = set(_WORDS.findall(" ".join(texts).lower()))
    lines = [line for line in normalised(str(document["body"])).splitlines() if not _opens(line)]
    words = {word for line in lines for word in _WORDS.findall(line.lower())}
    missing = words - held - OF_TIME
    if len(missing) > len(words) / 100 and "-v" in sys.argv:
        print("missing", document["id"], len(words), sorted(missing)[:20])
    right = {
        "title": letters(report.title) == letters(title) or (is_heading and report.title != "Untitled"),
        "date": str(report.day) == str(document["date"]),
        "body": len(missing) <= len(words) / 100,
    }
    return Counter(name for name, is_right in right.items() if is_right)


def main(folder: Path = FOLDER) -> dict[str, Any]:
    """Read every document; returns and prints the figures."""
    if not (folder / "corpus.jsonl").is_file():
        sys.stdout.write(json.dumps({"documents": 0, "missing": "corpus.jsonl"}) + "\n")
        return {}
    texts = {name: files_of(folder / FOLDERS.get(name, name)) for name in ("chia", "jenkins-status", "mybinder", "moj",
             "dfds", "posthog", "pypi", "2i2c")}  # fmt: skip
    totals, right, asked, parsed = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    lines = understood = 0
    began = time.perf_counter()
    for raw in (folder / "corpus.jsonl").read_text().splitlines():
        document = json.loads(raw)
        source, name = document["source"], document["id"].split("/", 1)[1]
        text = texts[source].get(name) or document["body"]
        report = reports.understood(text, name, ZONES.get(source, "UTC"))
        totals[source] += 1
        found = judged(document, report)
        right.update(found)
        right["all three"] += found.total() == 3
        if found.total() < 3 and "-v" in sys.argv:
            print(document["id"], "|", document["title"], "→", report.title, document["date"], report.day, set(found))
        lines += len(report.lines)
        understood += report.understood
        if re.search(r"(?im)^#+.*timeline|key events", text):
            asked[source] += 1
            parsed[source] += len(report.timeline) >= 2
            if len(report.timeline) < 2 and "-v" in sys.argv:
                print("timeline", document["id"])
    seconds = time.perf_counter() - began
    figures = {
        "documents": totals.total(),
        **{
            name.replace(" ", "_"): round(right[name] / totals.total(), 4)
            for name in ("title", "date", "body", "all three")
        },
        **{f"timelines_{name}": f"{parsed[name]}/{asked[name]}" for name in asked},
        "lines_understood": round(understood / lines, 3),
        "ms_per_document": round(1000 * seconds / totals.total(), 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return figures


if __name__ == "__main__":
    main(*[Path(one) for one in sys.argv[1:2] if not one.startswith("-")])

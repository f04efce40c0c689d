"""Judges what the import understood of a real postmortem: for `benchmarks/importing.py` and the tests.

A folder holds `corpus.jsonl` (id, source, title, date and body of each document) and, in folders by source, the
original files as far as they are there. Each document is read as it would be uploaded: the original file, else the
body under the name it had.

* A title is right when it has the letters of the stated one, or when the corpus has only the heading of a section there
  (“Issue summary”) and another name was found.
* A date is right when it is the day that the corpus states, or none where it states none.
* A body is right when at most one word in a hundred (of four letters or more, each as often as it is there; headings
  that named a part and words of time aside) is not found in the result.
* A timeline is asked of documents that have a heading for it. It is right when there are two rows or more, and a row
  for at least nine in ten of the lines below that heading that begin with a clock time.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coe.interchange import reports
from coe.interchange.sorting import normalised, part_of

# What a person who imports them would say: a British team writes British wall-clock time.
ZONES = {"moj": "Europe/London", "dfds": "Europe/Copenhagen"}
_FOLDERS = {"moj": "moj-cloud-platform"}
_WORDS = re.compile(r"[^\W\d_]{4,}")
# Heads of tables, days of the week, "all times in": they became the time of a line.
_OF_TIME = {"event", "times", "date", "thur", "tues", "monday", "tuesday", "wednesday", "thursday", "friday", "sunday"}
_HAS_TIMELINE = re.compile(r"(?im)^#+.*timeline|key events")
_FENCED = re.compile(r"(?ms)^```.*?^```")
_CLOCKED = re.compile(r"^[\s>|#*_+–-]*(?:20\d\d-\d\d-\d\d[T ,|]*)?~?\d{1,2}:\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Document:
    """A real postmortem as it would be uploaded, and what the corpus says of it."""

    id: str
    source: str
    title: str
    date: str | None
    body: str
    text: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.id.split("/", 1)[1]

    @property
    def zone(self) -> str:
        """The zone of times that name none."""
        return ZONES.get(self.source, "UTC")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which facts of a document are right. `is_timeline_right` is None where none is asked."""

    is_title_right: bool
    is_date_right: bool
    is_body_right: bool
    is_timeline_right: bool | None
    missing: Counter[str]

    @property
    def is_right(self) -> bool:
        """Whether title, date and body all are."""
        return self.is_title_right and self.is_date_right and self.is_body_right


def documents(folder: Path) -> Iterator[Document]:
    """Every document of the corpus, in its order. Raises FileNotFoundError when the corpus is missing."""
    originals: dict[str, dict[str, str]] = {}
    for raw in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(raw)
        source = row["source"]
        if source not in originals:
            originals[source] = _files_of(folder / _FOLDERS.get(source, source))
        text = originals[source].get(row["id"].split("/", 1)[1]) or row["body"]
        yield Document(**{name: row[name] for name in ("id", "source", "title", "date", "body")}, text=text)


def understood(document: Document) -> reports.Report:
    """What the import makes of it."""
    return reports.understood(document.text, document.name, document.zone)


def judged(document: Document, report: reports.Report) -> Judgement:
    """Which facts of the document are right in the report."""
    letters, title = reports.letters, document.title
    is_heading = bool(part_of(title)) or bool(reports._GENERIC.fullmatch(title))
    asked, missing = _missing(document, report)
    return Judgement(
        is_title_right=letters(report.title) == letters(title) or (is_heading and report.title != "Untitled"),
        is_date_right=(report.day.isoformat() if report.day else None) == document.date,
        is_body_right=missing.total() <= asked / 100,
        is_timeline_right=_is_timeline_right(document, report),
        missing=missing,
    )


def _missing(document: Document, report: reports.Report) -> tuple[int, Counter[str]]:
    """How many words the body has, and those of them that the report has less often."""
    texts = [report.title, *report.sections.values(), *(row["text"] for row in report.timeline)]
    texts += [row["text"] for row in report.causes] + [str(row["title"]) for row in report.actions]
    held = Counter(_WORDS.findall(" ".join(texts).lower()))
    lines = [line for line in normalised(document.body).splitlines() if not _opens(line)]
    words = Counter(word for line in lines for word in _WORDS.findall(line.lower()) if word not in _OF_TIME)
    return words.total(), words - held


def _opens(line: str) -> bool:
    """Whether it is a heading that named a part, which now stands under the part's own heading."""
    return line.startswith("#") and bool(part_of(line.lstrip("# ")))


def _is_timeline_right(document: Document, report: reports.Report) -> bool | None:
    if not _HAS_TIMELINE.search(document.text):
        return None
    clocked, is_inside = 0, False
    for line in _FENCED.sub("", normalised(document.text)).splitlines():
        is_inside = part_of(line.lstrip("# ")) == "timeline" if _opens(line) else is_inside
        clocked += is_inside and bool(_CLOCKED.match(line))
    return len(report.timeline) >= max(2, 0.9 * clocked)


def _files_of(folder: Path) -> dict[str, str]:
    """Originals by their name."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in found if path.is_file()}

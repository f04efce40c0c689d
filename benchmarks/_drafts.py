"""The 399 real postmortems as drafts for the linter: the snapshot of a COE each, and a directory of who is named.

What it decides: how a postmortem becomes a snapshot, with the rules of the demonstration but with names, links and code
left as they were written. What it does not: whether a finding is right; `tests/coe/lint_labels.jsonl` says that.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks._corpus import SHARED
from coe.interchange import parts as pieces
from coe.interchange.dating import ZONES, stated_zone
from coe.interchange.sorting import plain, sorted_parts
from coe.linting import Names, Person
from coe.template import BUILT_IN
from demo import gathering
from demo.anonymising import Names as Known

_WORD = re.compile(r"[^\W_]+")
# People who are in no text, with names that are words of the trade: whoever takes one for a person cries wolf.
TRAPS = (
    "Will Turner", "Mark Page", "Grace Long", "April Summers", "Max Power", "Art Binder", "Jenkins Green", "Helm Berg",
    "Hunter Stone", "Ray Price", "Iris Field", "Jack Frost", "Chase Banks", "Frank Fisher", "Grant Wood", "Bill Gates",
    "Summer Day", "Page Hill", "Rich Wells", "Pat Token", "Tim Berg", "Sam Level", "Al Service", "Ed Point", "Ty Pe",
)  # fmt: skip


# Its times are of a day that no calendar has.
UNREADABLE = {"wikitech/20180229-Train-1.31.0-wmf.27"}
UNDATED = "2020-01-01"


@dataclass(frozen=True, slots=True)
class Draft:
    """One postmortem as the linter reads it."""

    id: str
    source: str
    licence: str
    content: dict[str, Any]
    names: Names


def drafts(folder: Path = SHARED / "postmortems") -> list[Draft]:
    """All of them. Raises FileNotFoundError with the place when the corpus is missing."""
    path = folder / "corpus.jsonl"
    if not path.exists():
        raise FileNotFoundError(
            f"The corpus is missing: {path} holds the documents to lint. "
            "Give its folder: python -m benchmarks.lint FOLDER"
        )
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = {
        source: gathering.originals(folder / gathering.FOLDERS.get(source, source)) for source in gathering.REPOSITORIES
    }
    began = gathering.front_matter(folder / "jenkins-status")
    whole = {row["id"]: _text(row, texts[row["source"]]) for row in rows}
    names = _directory(rows, whole)
    return [
        Draft(
            row["id"],
            row["source"],
            row["licence"],
            content_of(row, whole[row["id"]], began.get(row["id"].split("/", 1)[1], "")),
            names[row["source"]],
        )
        for row in rows
    ]


def fresh_drafts(folder: Path = SHARED / "search") -> list[Draft]:
    """Documents on which no rule was made, with the traps alone as a directory; none when the folder is missing.

    They may be read but not copied: labels of them carry no text.
    """
    path = folder / "documents.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    names = Names(_traps())
    return [
        Draft(row["id"], row["source"], row["licence"], content_of({**row, "labels": {}}, row["body"], ""), names)
        for row in rows
        if row["source"] not in gathering.REPOSITORIES and row["id"] not in UNREADABLE
    ]


def _traps() -> tuple[Person, ...]:
    return tuple(Person(name, f"{name.split()[0].lower()}@example.com", "an engineer", is_near=True) for name in TRAPS)


def _text(row: dict[str, Any], originals: dict[str, str]) -> str:
    """The original file where it is there; the corpus dropped blank lines."""
    original = originals.get(row["id"].split("/", 1)[1], "")
    is_whole = len(pieces.squeezed(original)) >= 0.95 * len(pieces.squeezed(row["body"]))
    return original if is_whole else row["body"]


def _directory(rows: list[dict[str, Any]], whole: dict[str, str]) -> dict[str, Names]:
    """Whom each source names, and the traps; everybody had a part, which is the hardest case for precision."""
    found: dict[str, dict[str, Person]] = defaultdict(dict)
    known = {source: Known(source) for source in gathering.REPOSITORIES}
    for row in rows:
        source = row["source"]
        for words, style in _known_names(whole[row["id"]], known[source]):
            email = f"{words}@example.com" if style == "handle" else ""
            found[source][words] = Person("" if email else words, email, "an engineer", is_near=True)
    return {source: Names((*found[source].values(), *_traps())) for source in gathering.REPOSITORIES}


def _known_names(text: str, known: Known) -> Iterator[tuple[str, str]]:
    words = list(_WORD.finditer(text))
    for at in range(len(words)):
        for length in (3, 2, 1):
            some = words[at : at + length]
            name = text[some[0].start() : some[-1].end()]
            if len(some) == length and "\n" not in name and (person := known.known(name)):
                yield name, person[2]
                break


def content_of(row: dict[str, Any], text: str, began: str) -> dict[str, Any]:
    """The snapshot of a draft, of shape 2, as far as a postmortem says it."""
    body = pieces.spaced(text)
    parts = sorted_parts(body, row["title"])
    zone = stated_zone(body) or gathering.DEFAULT_ZONES.get(row["source"], "")
    day = date.fromisoformat(row["date"] or gathering.TITLES["dates"].get(row["id"], UNDATED))
    events = pieces.timeline(parts, zone, day)
    causes, actions = pieces.causes(parts), pieces.actions(parts)
    ended = gathering.instant(str(dict(row["labels"]).get("resolvedWhen") or ""))
    started = gathering.instant(began) if began else None
    keys = [form.key for form in BUILT_IN.texts]
    sections = {key: pieces.spaced(parts.text(key)) for key in keys if plain(parts.text(key)).strip("- /")}
    if "summary" not in sections and "detection" in sections:
        sections = {"summary": sections.pop("detection"), **sections}
    return {
        "shape": 2,
        "title": row["title"],
        "zone": ZONES.get(zone.upper(), "UTC"),
        "impact_started_at": started.isoformat() if started else None,
        "impact_ended_at": ended.isoformat() if ended else None,
        "no_actions_because": "",
        "form": [asdict(form) for form in BUILT_IN.sections],
        "sections": dict.fromkeys(keys, "") | sections,
        "timeline": [{"id": number, "anchor": "", **event} for number, event in enumerate(events, 1)],
        "causes": [
            {"id": number, "join": "any", "no_action_because": "", "children": [], **cause}
            for number, cause in enumerate(causes, 1)
        ],
        "actions": [
            {"id": number, "title": action["title"], "exit_test": "", "owner": None, "due_on": None, "corrects": []}
            for number, action in enumerate(actions, 1)
        ],
    }

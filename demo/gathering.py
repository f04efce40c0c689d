"""Makes the project's own copy of the postmortems: `python -m demo.gathering ../shared/data/postmortems`.

Reads the corpus, prefers the original file where it is there (the corpus dropped blank lines), takes people out, sorts
into parts, and writes one file per source. Run by hand when the corpus or a rule changes; the product never runs it.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from datetime import date, datetime
from functools import reduce
from pathlib import Path

from coe.interchange.dating import ZONES, stated_zone
from coe.interchange.parts import actions, causes, spaced, squeezed, timeline
from coe.interchange.sorting import plain, sorted_parts
from demo.anonymising import Names, anonymised
from demo.classifying import severity_of, theme_of

DATA = Path(__file__).parent / "data" / "postmortems"
REPOSITORIES = {
    "2i2c": "https://github.com/2i2c-org/incident-reports",
    "chia": "https://github.com/Chia-Network/post-mortem",
    "dfds": "https://github.com/dfds/postmortems",
    "jenkins-status": "https://github.com/jenkins-infra/status",
    "moj": "https://github.com/ministryofjustice/cloud-platform",
    "mybinder": "https://github.com/jupyterhub/mybinder.org-deploy",
    "posthog": "https://github.com/PostHog/post-mortems",
    "pypi": "https://github.com/pypi/warehouse",
}
FOLDERS = {"moj": "moj-cloud-platform"}
# Sources that state no zone in their text but keep one: British wall-clock time; a status page in UTC.
DEFAULT_ZONES = {"moj": "BST", "jenkins-status": "UTC", "posthog": "UTC", "pypi": "UTC"}
TITLES = json.loads((DATA.parent / "titles.json").read_text())


def originals(folder: Path) -> dict[str, str]:
    """Texts of a source by file name, without front matter."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and path.name not in {"LICENSE", "SOURCE.md"}:
            text = path.read_text(errors="replace")
            found[path.name] = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return found


def front_matter(folder: Path) -> dict[str, str]:
    """When each status entry began, by file name: its `date:` field, as written."""
    began = {}
    for path in sorted(folder.rglob("*.md")) if folder.is_dir() else []:
        found = re.search(r"^date:\s*(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?\S*)", path.read_text()[:600], re.MULTILINE)
        if found:
            began[path.name] = found[1]
    return began


def instant(text: str) -> datetime | None:
    """A stamp of the status page, UTC where it names no offset; None when malformed."""
    text = re.sub(r"([+-])00:?00$|Z$", "+00:00", text.strip().replace(" ", "T", 1))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else datetime.fromisoformat(f"{at.isoformat()}+00:00")


def record(document: dict[str, object], text: str, began: str) -> dict[str, object]:
    """One postmortem in the form the demonstration keeps."""
    source, labels = str(document["source"]), dict(document["labels"])  # type: ignore[call-overload]
    names = Names(source)
    title = TITLES.get(document["id"]) or _title(anonymised(str(document["title"]), source, names))
    body = spaced(anonymised(text, source, names))
    day = date.fromisoformat(str(document["date"] or TITLES["dates"][document["id"]]))
    zone = stated_zone(body) or DEFAULT_ZONES.get(source, "")
    parts = sorted_parts(body, title)
    entries = timeline(parts, zone, day)
    found_causes, found_actions = causes(parts), actions(parts)
    ended = instant(str(labels.get("resolvedWhen") or ""))
    started = instant(began) if began else None
    sections = {
        key: spaced(parts.text(key))
        for key in ("summary", "impact", "metrics", "detection", "diagnosis", "mitigation", "prevention",
                    "went_well", "went_badly", "lucky", "related")
        if plain(parts.text(key)).strip("- /").lower() not in {"", "na"} and parts.text(key).strip("- \n") != "N/A"
    }  # fmt: skip
    if "summary" not in sections:
        sections = {"summary": sections.pop("detection", "") or sections.get("impact") or title, **sections}
    sections = _footnotes_beside(sections, body)
    return {
        "id": document["id"],
        "source": source,
        "licence": document["licence"],
        "url": REPOSITORIES[source],
        "title": title,
        "date": day.isoformat(),
        "severity": severity_of(labels, f"{title}\n{body}"),
        "theme": theme_of(title, body),
        "zone": ZONES.get(zone.upper(), "UTC"),
        "impact_started_at": started.isoformat() if started else None,
        "impact_ended_at": ended.isoformat() if ended and (not started or ended > started) else None,
        "sections": sections,
        "timeline": entries,
        "causes": found_causes,
        "actions": found_actions,
    }


def _footnotes_beside(sections: dict[str, str], body: str) -> dict[str, str]:
    """A footnote stands in the section that refers to it, wherever the sorting has put it."""
    notes = {m[1]: m[0].strip() for m in re.finditer(r"^\[\^(\w+)\]:.*(?:\n+[ \t]+\S.*)*", body, re.MULTILINE)}
    beside = {}
    for key, sorted_text in sections.items():
        text = reduce(lambda kept, note: kept.replace(note, ""), notes.values(), sorted_text)
        referred = dict.fromkeys(re.findall(r"\[\^(\w+)\]", text))
        beside[key] = "\n\n".join([text.strip(), *(notes[name] for name in referred if name in notes)]).strip()
    return {key: text for key, text in beside.items() if text}


def _title(text: str) -> str:
    text = re.sub(
        r"^(Incident on|incident date:|Incident report)?\s*\d{4}-\d\d-\d\d[\s,:-]*(?:\d+:\d+\w+ \w+,)?\s*", "", text
    )
    text = re.sub(
        r"^Incident report \w+ \d+ \d{4}\s*-\s*|\s+-\s+\w+ \d+, \d{4}$|^Incident Report:\s*", "", text
    ).strip()
    return text[:1].upper() + text[1:]


def main(corpus: Path) -> None:
    """Write demo/data/postmortems/<source>.jsonl from the corpus folder."""
    written: dict[str, list[str]] = defaultdict(list)
    texts = {s: originals(corpus / FOLDERS.get(s, s)) for s in REPOSITORIES}
    began = front_matter(corpus / "jenkins-status")
    for line in (corpus / "corpus.jsonl").read_text().splitlines():
        document = json.loads(line)
        name = document["id"].split("/", 1)[1]
        original = texts[document["source"]].get(name, "")
        whole = len(squeezed(original)) >= 0.95 * len(squeezed(document["body"]))
        made = record(document, original if whole else document["body"], began.get(name, ""))
        written[document["source"]].append(json.dumps(made, ensure_ascii=False))
    for source, lines in written.items():
        (DATA / f"{source}.jsonl").write_text("\n".join(lines) + "\n")
        sys.stdout.write(f"{source}: {len(lines)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

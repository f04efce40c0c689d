"""The parts of a postmortem that are more than text: its dated lines, its causes, its action items. Pure.

What does not fit into a row (too long, undated, prose between the entries) is kept whole as text beside the rows.
"""

from __future__ import annotations

import re
from datetime import date

from coe.interchange.dating import Entry, read, stated_zone
from coe.interchange.sorting import CAUSE_KINDS, KINDS, Parts, cut, items, kind_of, plain

ANCHORS = (
    ("impact_started", r"fault occurs|start of incident|outage (starts|begins)|problem starts|expires?\b"),
    ("detected", r"detected|alert(ed)?\b|noticed?|report(s|ed)?\b|detection|warning"),
    ("engaged", r"incident declared|investigat|acknowledg|joined|war ?room|declared"),
    ("diagnosed", r"root cause|identified|discovered|found (that|out|the)|realiz|culprit|turned out"),
    ("mitigated", r"mitigated|repaired|rolled back|rollback|restored|fix (applied|deployed)|reverted|recover"),
    ("resolved", r"resolved|back to normal|operational|closed|fully (restored|recovered)|service is restored"),
)  # fmt: skip


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def spaced(text: str) -> str:
    """Blank lines where Markdown wants them: around headings, fences, tables, and before lists."""
    out: list[str] = []
    fenced = False
    for line in text.splitlines():
        is_fence = line.lstrip().startswith("```")
        before = out[-1] if out else ""
        starts_list = bool(re.match(r"([-*+]|\d+[.)])\s", line)) and not re.match(
            r"\s*([-*+>]|\d+[.)])|\s{2,}\S", before
        )
        starts_table = line.startswith("|") and not before.startswith("|")
        if not fenced and before.strip() and (starts_list or starts_table or line.startswith("#") or _is_open(line)):
            out.append("")
        out.append(line)
        if not fenced and line.startswith("#"):
            out.append("")
        fenced = fenced != is_fence
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


def _is_open(line: str) -> bool:
    return line.startswith("```")


def timeline(parts: Parts, zone: str, day: date | None) -> list[dict[str, str]]:
    """Dated entries in one line each. Anything longer, undated or unread is kept whole as part of the diagnosis."""
    _move_dated_lines(parts)
    block = parts.text("timeline")
    if not block:
        return []
    read_in = read(block, zone, day)
    dated = [entry for entry in read_in.entries if entry.at and entry.is_exact and plain(entry.text)]
    short = [(entry, cut(plain(_first(entry.text)), 600)) for entry in dated]
    is_whole = len(dated) == len([e for e in read_in.entries if e.text]) and all(
        squeezed(plain(entry.text)) == squeezed(text) for entry, text in short
    )
    if not is_whole or len(dated) < 2:
        parts.add("diagnosis", block.splitlines(), "The timeline as it was written")
    else:
        parts.add("diagnosis", [line for line in read_in.lost if line.strip() and not stated_zone(line)])
    return _anchored([(entry, text) for entry, text in short if text])


def _move_dated_lines(parts: Parts) -> None:
    """A "context" that is a list of dated lines is a timeline, whatever its heading."""
    for block in list(parts.texts.get("diagnosis", [])):
        if len(re.findall(r"^\s*[-–]?\s*(?:\d{4}-\d\d-\d\d )?\d\d[:.]\d\d\b", block, re.MULTILINE)) >= 4:
            parts.texts["diagnosis"].remove(block)
            parts.add("timeline", block.splitlines())


def _first(text: str) -> str:
    """What stands before the first list, code or blank line, when it says something."""
    head = re.split(r"\n\s*\n|\n\s*```|\n\s*[-*>]\s|\n\s*\d+\.\s", text.strip(), maxsplit=1)[0]
    return head if len(plain(head)) > 12 else re.sub(r"```\w*", "", text)


def _anchored(entries: list[tuple[Entry, str]]) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    taken: set[str] = set()
    for entry, written in sorted(entries, key=lambda pair: pair[0].at):  # type: ignore[arg-type,return-value]
        assert entry.at
        text = written.removesuffix("(link not kept)").rstrip(" .")
        row = {"at": entry.at.isoformat(), "text": text}
        for anchor, words in ANCHORS:
            if anchor not in taken and re.search(words, text, re.IGNORECASE) and not re.search(r"\bnot\b", text):
                taken.add(anchor)
                row["anchor"] = anchor
                break
        rows.append(row)
    return rows


def causes(parts: Parts) -> list[dict[str, str]]:
    """One cause per list entry, or per paragraph that is short enough; the full text stays under diagnosis."""
    block = parts.text("causes")
    if not block:
        return []
    listed, prose = items(block)
    texts = [plain(first) for first, _ in listed] or [plain(p) for p in re.split(r"\n\s*\n", prose or block)]
    short = [cut(text, 300) for text in texts if len(text) > 8][:8]
    if prose or any(rest for _, rest in listed) or short != texts:
        parts.texts["diagnosis"] = [*parts.texts.pop("causes"), *parts.texts.get("diagnosis", [])]
    return [{"text": text, "kind": kind_of(text, CAUSE_KINDS, "contributing")} for text in short]


def actions(parts: Parts) -> list[dict[str, str | bool]]:
    """One action per list entry; what is longer than a line, and prose, stays under prevention."""
    block = parts.text("actions")
    listed, prose = items(block)
    found: list[dict[str, str | bool]] = []
    long = False
    paragraphs = [] if listed else re.split(r"\n\s*\n", block.strip())
    if paragraphs and all(20 < len(plain(text)) <= 280 for text in paragraphs):
        listed, prose = [(text, "") for text in paragraphs], ""
    for first, rest in listed:
        is_done = bool(re.search(r"\[x\]|✅|\(done\)|\bDONE\b", first, re.IGNORECASE))
        text = plain(re.sub(r"\[[ xX]\]\s*|✅\s*", "", first))
        if len(text) < 6 or text.lower() in {"n/a", "none"}:
            continue
        long = long or bool(rest.strip()) or len(text) > 280 or "](" in first
        found.append({"title": cut(text, 280), "kind": kind_of(text, KINDS, "prevent"), "done": is_done})
    if long or prose.strip() or not found:
        parts.texts["prevention"] = [*parts.texts.get("prevention", []), *parts.texts.get("actions", [])]
    return found

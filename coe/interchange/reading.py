"""A Markdown file of ours back into the content of a COE. Pure.

What `writing.py` wrote is read exactly; what people changed in the file since is read as far as it still has the form,
and every line that has not is told, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from coe.interchange import facts
from coe.interchange.lines import cells, marked, unblock, unwords
from coe.interchange.writing import FORM
from coe.template import Kind, SectionForm
from oncall.times import at_wall_clock, is_zone

ANCHORS = {"trigger", "impact_started", "detected", "engaged", "diagnosed", "mitigated", "resolved"}
CAUSE_KINDS = {"trigger", "contributing", "missing_safeguard", "detection_gap", "response_gap"}
LONGEST_CAUSE = 10_000  # characters of its line, far beyond what a cause holds
_CAUSE = re.compile(r"^( *)- \*\*C(\d+)\*\* (.*?)(?: _\((.*)\)_)?$")
_ACTION = re.compile(r"^\d+\. \*\*(.*)\*\*$")
_FACT = re.compile(r"^    - (Owner|Team|Due|Priority|Kind|Exit test|Tracker|Corrects): (.*)$")
_CHECK = re.compile(r"^- \[[xX]\] `([A-Za-z0-9_]+)`")
_PICTURE = re.compile(r'^!\[(.*)\]\(pictures/([\w.-]{1,140}) "(\d+) × (\d+)"\)$')
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?: ([+-]\d\d:\d\d))?$")
_FENCE = re.compile(r"^(`{3,})csv$")


@dataclass
class Read:
    """Content as `coe/documents.py` describes it, the day of publication, and what was not understood."""

    content: dict[str, Any]
    published_on: date | None = None
    problems: list[str] = field(default_factory=list)
    # What the pictures beside the file show, by their address.
    alts: dict[str, str] = field(default_factory=dict)


def is_ours(text: str) -> bool:
    """Whether a file says that it has our form."""
    return text.startswith("---\n") and facts.split(text)[0].get("errata") == FORM


def read(text: str) -> Read:
    """The content of a file in our form. Never fails: what cannot be read is in `problems`."""
    values, below, _ = facts.split(text)
    done = Read(_header(values))
    done.published_on = _day(values.get("published_on"))
    done.alts = {_raw(one.get("file")): _raw(one.get("alt")) for one in _rows(values, "pictures")}
    group = ""
    for (kind, name), lines in _parts(below):
        if kind == "group":
            group = _heading(lines)[0]
            continue
        title, body, level = *_heading(lines), len(lines[0]) - len(lines[0].lstrip("#")) if lines else 0
        group = group if level == 3 else ""
        _take(done, kind, name, title, group, body)
    _name_causes(done)
    return done


def _parts(below: str) -> list[tuple[tuple[str, str], list[str]]]:
    """The lines below each mark that opens a part; marks inside a part stay in it. What is above the first is ours."""
    found: list[tuple[tuple[str, str], list[str]]] = []
    opening = {*Kind, "group", "checklist"}
    for line in below.split("\n"):
        seen = marked(line)
        if seen and seen[0] in opening:
            found.append((seen, []))
        elif found:
            found[-1][1].append(line)
    return found


def _heading(lines: list[str]) -> tuple[str, list[str]]:
    """The words of the heading on the first line, and the lines below it."""
    if lines and lines[0].startswith("#"):
        return unwords(lines[0].lstrip("#")), lines[1:]
    return "", lines


def _take(done: Read, kind: str, name: str, title: str, group: str, body: list[str]) -> None:
    content = done.content
    if kind == "checklist":
        content["checklist"] = [found[1] for line in body if (found := _CHECK.match(line))]
        return
    form = SectionForm(name or kind, title or name, group=group, kind=Kind(kind))
    content["form"].append({**{slot: getattr(form, slot) for slot in form.__slots__}, "kind": kind})
    if kind == Kind.TEXT:
        _take_text(content, name, body)
        return
    readers = {Kind.TIMELINE: _events, Kind.CAUSES: _causes, Kind.ACTIONS: _actions, Kind.GRAPHS: _graphs}
    readers[Kind(kind)](done, body)


def _take_text(content: dict[str, Any], key: str, body: list[str]) -> None:
    lines = [*body]
    while lines and not lines[0].strip():
        lines.pop(0)
    if len(lines) > 1 and marked(lines[0]) == ("waived", "") and lines[1].startswith("Not answered: "):
        content["waived"][key] = unwords(lines[1].removeprefix("Not answered: "))
        lines = lines[2:]
    content["sections"][key] = unblock("\n".join(lines))


def _header(values: Mapping[str, Any]) -> dict[str, Any]:
    line = facts.text_of
    stated = values.get("team")
    team = stated if isinstance(stated, dict) else {"slug": line(stated)}
    zone = line(values.get("zone"))
    return {
        "shape": 2,
        "number": line(values.get("number")),
        "title": values["title"] if isinstance(values.get("title"), str) else line(values.get("title")),
        "severity": severity if (severity := values.get("severity")) in range(1, 6) else 3,
        "team": {"slug": line(team.get("slug")), "name": line(team.get("name")) or line(team.get("slug"))},
        "owner": {"id": None, "name": _raw(values.get("owner"))},
        "zone": zone if is_zone(zone) else "UTC",
        "template_version": _raw(values.get("template_version")),
        "source": _raw(values.get("source")),
        "tags": facts.list_of(values.get("tags")),
        "impact_started_at": _iso(values.get("impact_started_at")),
        "impact_ended_at": _iso(values.get("impact_ended_at")),
        "no_actions_because": _raw(values.get("no_actions_because")),
        "services": [
            {"slug": _raw(one.get("slug")), "name": _raw(one.get("name"))} for one in _rows(values, "services")
        ],
        "incidents": [
            {"id": _number(one.get("number")), "number": _raw(one.get("number")), "title": _raw(one.get("title"))}
            for one in _rows(values, "incidents")
        ],
        "form": [], "sections": {}, "waived": {}, "timeline": [], "causes": [], "links": [], "actions": [],
        "graphs": [], "checklist": [],
    }  # fmt: skip


def _rows(values: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    listed = values.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _raw(value: object) -> str:
    return value if isinstance(value, str) else facts.text_of(value)


def _number(value: object) -> int | None:
    found = re.fullmatch(r"INC-(\d{1,9})", value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _iso(value: object) -> str | None:
    """An instant as ISO 8601; YAML makes dates of texts that look like one. Without a zone it is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _events(done: Read, body: list[str]) -> None:
    zone = done.content["zone"]
    for line in _said(body)[2:]:
        row = cells(line) if line.startswith("|") else []
        at = _at(row[0], zone) if len(row) == 4 else None
        if at is None:
            done.problems.append(f"No time could be read from this line of the timeline: {line[:160]}")
            continue
        is_starred, text = row[1].startswith("★ "), row[1].removeprefix("★ ")
        text = text[1:] if text.startswith("★★") or (text.startswith("★") and not is_starred) else text
        anchor = row[2].replace(" ", "_")
        done.content["timeline"].append({
            "id": len(done.content["timeline"]) + 1, "is_starred": is_starred, "at": at.isoformat(), "text": text,
            "anchor": anchor if anchor in ANCHORS else "", "source": row[3], "deployment": None,
        })  # fmt: skip


def _at(shown: str, zone: str) -> datetime | None:
    found = _STAMP.match(shown)
    if not found:
        return None
    try:
        at = datetime.fromisoformat(f"{found[1]} {found[2]}")
        if found[3]:
            return datetime.fromisoformat(f"{at.isoformat()}{found[3]}").astimezone(UTC)
        return at_wall_clock(at.date(), at.time(), zone)
    except (ValueError, OverflowError):
        return None


def _causes(done: Read, body: list[str]) -> None:
    """Ids are the numbers in the file; links are made when every cause is known."""
    above: list[dict[str, Any]] = []
    for line in _said(body):
        found = _CAUSE.match(line) if len(line) <= LONGEST_CAUSE else None
        if not found:
            done.problems.append(f"This line of the causes has not their form: {line[:160]}")
            continue
        depth = min(len(found[1]) // 4, len(above))
        node = _cause(found)
        done.content["links"] += [{"cause": node["id"], "effect": effect} for effect in node.pop("also")]
        del above[depth:]
        (above[-1]["children"] if above else done.content["causes"]).append(node)
        above.append(node)


def _cause(found: re.Match[str]) -> dict[str, Any]:
    known, _, reason = (found[4] or "").partition("no action because ")
    said = [part.strip() for part in known.split(";") if part.strip()]
    kind = said[0].replace(" ", "_") if said else ""
    also = [int(number) for part in said if part.startswith("also explains") for number in re.findall(r"C(\d+)", part)]
    return {
        "id": int(found[2]),
        "text": unwords(found[3]),
        "kind": kind if kind in CAUSE_KINDS else "contributing",
        "join": "all" if "only together" in said else "any",
        "no_action_because": unwords(reason),
        "also": also,
        "children": [],
    }


def _name_causes(done: Read) -> None:
    """Only links between causes that there are."""
    known: set[int] = set()

    def visit(nodes: list[dict[str, Any]]) -> None:
        for node in nodes:
            known.add(node["id"])
            visit(node["children"])

    visit(done.content["causes"])
    links = done.content["links"]
    done.content["links"] = [one for one in links if {one["cause"], one["effect"]} <= known]
    for action in done.content["actions"]:
        action["corrects"] = [pk for pk in action["corrects"] if pk in known]


def _actions(done: Read, body: list[str]) -> None:
    actions = done.content["actions"]
    for line in _said(body):
        if found := _ACTION.match(line):
            actions.append({
                "id": len(actions) + 1, "title": unwords(found[1]), "exit_test": "", "owner": None, "team": "",
                "due_on": None, "priority": "", "kind": "", "tracker_url": "", "corrects": [],
            })  # fmt: skip
        elif actions and (fact := _FACT.match(line)):
            _fact(actions[-1], fact[1], fact[2])
        else:
            done.problems.append(f"This line of the action items has not their form: {line[:160]}")


def _fact(action: dict[str, Any], name: str, value: str) -> None:
    if name == "Owner":
        action["owner"] = {"id": None, "name": unwords(value)}
    elif name == "Due":
        action["due_on"] = day.isoformat() if (day := _day(value.strip())) else None
    elif name == "Corrects":
        action["corrects"] = [int(number) for number in re.findall(r"C(\d+)", value)]
    else:
        slot = {"Exit test": "exit_test", "Tracker": "tracker_url"}.get(name, name.lower())
        action[slot] = _address(value) if name == "Tracker" else unwords(value)


def _address(value: str) -> str:
    value = value.strip()
    return value[1:-1] if value.startswith("<") and value.endswith(">") else unwords(value)


def _graphs(done: Read, body: list[str]) -> None:
    graphs: list[tuple[str, list[str]]] = []
    for line in body:
        seen = marked(line)
        if seen and seen[0] == "graph":
            graphs.append((seen[1], []))
        elif graphs:
            graphs[-1][1].append(line)
    for kind, lines in graphs:
        title, rest = _heading(lines)
        done.content["graphs"].append(_graph(kind, title, rest, len(done.content["graphs"]) + 1))


def _graph(kind: str, title: str, rest: list[str], number: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number, "kind": kind, "title": title, "description": "", "unit": "", "csv": "", "url": "",
        "picture": None,
    }  # fmt: skip
    lines = _without_blanks(rest)
    if lines and lines[0].startswith("Unit: ") and kind in {"csv", "picture", "link"}:
        made["unit"] = unwords(lines[0].removeprefix("Unit: "))
        lines = _without_blanks(lines[1:])
    if kind == "csv" and lines and (ticks := _FENCE.match(lines[0])):
        end = lines.index(ticks[1], 1) if ticks[1] in lines[1:] else len(lines)
        made["csv"] = unblock("\n".join(lines[1:end]))
        lines = lines[end + 1 :]
    elif kind == "picture" and lines and (found := _PICTURE.match(lines[0])):
        made["picture"] = {"key": found[2], "alt": unwords(found[1]), "width": int(found[3]), "height": int(found[4])}
        lines = lines[1:]
    elif kind == "link" and lines and lines[0].startswith("Dashboard: "):
        made["url"] = _address(lines[0].removeprefix("Dashboard: "))
        lines = lines[1:]
    return {**made, "description": unblock("\n".join(lines))}


def _without_blanks(lines: list[str]) -> list[str]:
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    return lines[start:]


def _said(body: list[str]) -> list[str]:
    return [line for line in body if line.strip()]

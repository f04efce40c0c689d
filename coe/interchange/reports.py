"""A postmortem that others wrote, as the parts of a COE, and line by line what was understood of it. Pure.

Nothing is dropped: a line that belongs nowhere stands under "Not placed". A day or a zone that the text never states is
not guessed; the zone to assume is given by whoever imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from coe.interchange import facts
from coe.interchange.dating import MONTHS, ZONES, stated_zone
from coe.interchange.parts import actions, causes, spaced, timeline
from coe.interchange.sorting import BOLD_ENTRY, HEADING, Parts, part_of, plain, sorted_parts
from coe.template import BUILT_IN
from oncall.times import is_zone

TITLE_LENGTH = 300
NAMES = ("title", "name")
DATES = ("date", "published_on", "published", "created", "created_at")
LABELS = {"down": 2, "disrupted": 3, "notice": 4, "critical": 1, "major": 2, "minor": 4}
HEADINGS = {form.key: form.title for form in BUILT_IN.sections}
_FENCE = re.compile(r"^```.*?^```[^\n]*$", re.MULTILINE | re.DOTALL)
# "All times in CET", the head of a table: said by the zone and the columns.
_OF_TIME = re.compile(
    r"alltimes|times(are|in)|timezone|(day|date|time|timestamp)(utc|cet|cest|event|what|zone|description)*$"
)
_EXTENSIONS = re.compile(r"(?:\.(?:md|markdown|txt|html|erb))+$", re.IGNORECASE)
# Headings that name no incident.
_GENERIC = re.compile(r"(?i)(issue |incident )?(summary|name|report|log|overview|scope|background|timeline|description)"
                      r"|post-?mortem|incident|\[?template.*|what happened\??|.*<%.*")  # fmt: skip
_NAMED = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATES = (
    re.compile(r"(?<!\d)(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(_NAMED + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)\b"),
    re.compile(r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?\s+" + _NAMED + r",?\s+(?P<year>20\d\d)\b"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line: `place` names the part, `is_understood` is false for what is only kept as text."""

    number: int
    text: str
    place: str
    is_understood: bool


@dataclass
class Report:
    """A postmortem in the parts of a COE; `day` and `zone` are None and "" when the text states none."""

    title: str
    day: date | None
    zone: str
    severity: int | None
    impact_started_at: datetime | None
    impact_ended_at: datetime | None
    sections: dict[str, str]
    timeline: list[dict[str, str]]
    causes: list[dict[str, str]]
    actions: list[dict[str, Any]]
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def understood(self) -> int:
        """How many lines are in a part that was meant by them."""
        return sum(line.is_understood for line in self.lines)


def understood(text: str, name: str = "", zone: str = "UTC") -> Report:
    """Read a postmortem; `name` is that of its file, `zone` what times are in when the text names none."""
    values, below, problem = facts.split(text)
    body = below.strip()
    title, day = title_of(values, body, name), day_of(values, body, name)
    stated = stated_zone(_prose(body))
    used = stated or zone
    parts = sorted_parts(spaced(body), title)
    entries = timeline(parts, used, day)
    found_causes, found_actions = causes(parts), actions(parts)
    report = Report(
        title=title[:TITLE_LENGTH],
        day=day,
        zone=ZONES.get(used.upper(), zone) if not is_zone(used) else used,
        severity=LABELS.get(facts.text_of(values.get("severity")).lower()),
        impact_started_at=_instant(values.get("date")),
        impact_ended_at=_instant(values.get("resolvedWhen")),
        sections=_sections(parts),
        timeline=entries,
        causes=found_causes,
        actions=found_actions,
    )
    report.lines = list(_lines(report, body))
    _keep_lost(report)
    report.remarks = list(_remarks(report, values, problem, stated, zone))
    return report


def content_of(report: Report) -> dict[str, Any]:
    """The report as the content of a COE, as `coe/documents.py` describes it."""
    at = report.impact_started_at, report.impact_ended_at
    return {
        "shape": 2, "number": "", "title": report.title, "severity": report.severity or 3, "zone": report.zone,
        "team": {"slug": "", "name": ""}, "owner": {"id": None, "name": ""}, "source": "", "tags": [], "services": [],
        "incidents": [], "no_actions_because": "",
        "impact_started_at": at[0].isoformat() if at[0] else None,
        "impact_ended_at": at[1].isoformat() if at[1] and (not at[0] or at[1] >= at[0]) else None,
        "sections": report.sections, "waived": {}, "links": [], "graphs": [], "checklist": [],
        "timeline": [
            {"at": row["at"], "text": row["text"], "anchor": row.get("anchor", ""), "source": "", "is_starred": False}
            for row in report.timeline
        ],
        "causes": [
            {"id": number, "text": row["text"], "kind": row["kind"], "join": "any", "no_action_because": "",
             "children": []}
            for number, row in enumerate(report.causes, start=1)
        ],
        "actions": [
            {"title": row["title"], "kind": row["kind"], "exit_test": "", "owner": None, "due_on": None,
             "priority": "medium", "tracker_url": "", "corrects": [], "is_done": row["done"]}
            for row in report.actions
        ],
    }  # fmt: skip


def title_of(values: Mapping[str, Any], body: str, name: str) -> str:
    """The title that the file states, else its first heading that names something, else the name of the file."""
    headings = [found for line in _prose(body).splitlines() if (found := HEADING.match(line))]
    told = [facts.text_of(values.get(key)) for key in NAMES]
    told += [found[2] for found in headings[:1] if len(found[1]) == 1 or not part_of(found[2])]
    for one in told:
        if one and not _GENERIC.fullmatch(plain(one)):
            return plain(one)
    return _name(name) or next((plain(one) for one in told if one), "") or "Untitled"


def _name(name: str) -> str:
    words = _EXTENSIONS.sub("", name.rpartition("/")[2])
    dated = re.match(r"(20\d\d-\d\d-\d\d)", words)
    words = re.sub(r"^(20\d\d-)?\d\d-\d\d[-_ ]*|^PM\d{4}-\d+\s*-\s*", "", words)
    words = " ".join(re.sub(r"[-_]+", " ", words).split())
    return words[:1].upper() + words[1:] if words else f"Incident on {dated[1]}" if dated else ""


def day_of(values: Mapping[str, Any], body: str, name: str) -> date | None:
    """The day of the incident: as the front matter says, the name of the file, else the first date in the text."""
    for key in DATES:
        if found := _first_date(facts.text_of(values.get(key))):
            return found
    return _first_date(name) or _first_date(_prose(body))


def _first_date(text: str) -> date | None:
    found = sorted((match.start(), match) for pattern in _DATES for match in [pattern.search(text)] if match)
    for _, match in found:
        parts = match.groupdict()
        month = MONTHS[parts["month"][:3].lower()] if parts.get("month") else int(parts["number"])
        try:
            return date(int(parts["year"]), month, int(parts["day"]))
        except ValueError:
            continue
    return None


def _instant(value: object) -> datetime | None:
    """An instant of the front matter; a day alone is none."""
    text = facts.text_of(value)
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return None
    try:
        at = datetime.fromisoformat(re.sub(r"\s*(?:Z|[+-]00:?00)$", "+00:00", text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _prose(text: str) -> str:
    return _FENCE.sub("", text)


def _sections(parts: Parts) -> dict[str, str]:
    """The written sections; thanks and lists of people stand at the end rather than nowhere."""
    known = {form.key for form in BUILT_IN.texts}
    found = {key: spaced(parts.text(key)) for key in parts.texts if key in known}
    for key in parts.texts:
        if key not in known and key not in {"timeline", "causes", "actions"}:
            found["related"] = "\n\n".join(text for text in (found.get("related", ""), parts.text(key)) if text)
    for key, beside in (("causes", "diagnosis"), ("actions", "prevention"), ("timeline", "diagnosis")):
        found |= _rest(parts, key, beside, found)
    return {key: text for key, text in found.items() if text.strip()}


def _rest(parts: Parts, key: str, beside: str, found: Mapping[str, str]) -> dict[str, str]:
    """Lists that became rows are not repeated as text; links in them are, for a row holds plain words."""
    text = parts.text(key)
    is_kept = not text or text in found.get(beside, "") or "](" not in text
    return {} if is_kept else {beside: "\n\n".join(one for one in (found.get(beside, ""), text) if one)}


def _lines(report: Report, body: str) -> Iterator[Line]:
    """Where each line of the text is found again. Lines of which nothing is left but signs are not told."""
    rows = [
        ("Timeline", [letters(row["text"]) for row in report.timeline]),
        ("Action items", [letters(row["title"]) for row in report.actions]),
        ("Causes", [letters(row["text"]) for row in report.causes]),
    ]
    texts = {key: letters(text) for key, text in report.sections.items()}
    # What stands above the first heading is the summary.
    title, part, is_known, fenced = letters(report.title), "summary", True, False
    for number, line in enumerate(body.splitlines(), start=1):
        entry = BOLD_ENTRY.match(line)
        opened = part_of(entry[1]) if entry else ""
        sought = letters(entry[2] if entry and opened else line)
        part, is_known = (opened, True) if opened else (part, is_known)
        fenced = fenced != line.lstrip().startswith("```")
        if not sought:
            continue
        heading = None if fenced else HEADING.match(line)
        if heading:
            # What stands below the title alone is the summary, too.
            part = part_of(heading[2]) or ("summary" if sought == title else "")
            is_known = bool(part)
        yield Line(number, line[:200], *_place(sought, title, rows, texts, part, is_known))


def _place(
    sought: str, title: str, rows: list[tuple[str, list[str]]], texts: Mapping[str, str], part: str, is_known: bool
) -> tuple[str, bool]:
    if sought == title:
        return "Title", True
    if part == "timeline" and _OF_TIME.match(sought) and len(sought) < 60:
        return "Timeline", True
    for name, keys in rows:
        if any(key and _is_of(sought, key) for key in keys):
            return name, True
    # What belongs to no section stands under "Related"; few letters are found in every other text too.
    home = "related" if part == "drop" else part
    inside = [key for key in ([home] if home in texts else []) + [*texts] if sought in texts[key]]
    if inside:
        return HEADINGS.get(inside[0], inside[0]), is_known and inside[0] == part
    if part and len(sought) < 60 and part_of(sought):
        return HEADINGS.get(part, "Related"), True
    return ("Heading", True) if is_known and sought and _is_heading_of(sought, part) else ("", False)


def _is_of(sought: str, key: str) -> bool:
    """Whether a line became this row: with its time before or behind it, or as one of several lines."""
    return sought.endswith(key[-200:]) or sought.startswith(key) or (len(sought) > 12 and sought in key)


def _is_heading_of(sought: str, part: str) -> bool:
    return bool(part) and len(sought) < 80 and part in {"timeline", "causes", "actions", *HEADINGS}


def letters(text: str) -> str:
    """Letters and digits alone, of the words that are shown: what is compared when markup may differ."""
    return re.sub(r"[\W_]+", "", plain(text).lower())


def _keep_lost(report: Report) -> None:
    """Lines that are found nowhere are kept at the end, as they were written."""
    lost = [line for line in report.lines if not line.place]
    if not lost:
        return
    text = "**Not placed**\n\n" + "\n\n".join(line.text for line in lost)
    report.sections["related"] = "\n\n".join(one for one in (report.sections.get("related", ""), text) if one)
    kept = {line.number for line in lost}
    report.lines = [
        Line(line.number, line.text, "Related", False) if line.number in kept else line for line in report.lines
    ]


def _remarks(report: Report, values: Mapping[str, Any], problem: str, stated: str, zone: str) -> Iterable[str]:
    if problem:
        yield problem
    if report.day is None:
        yield "No date is stated: give one before it is published."
    if report.timeline and not stated:
        yield f"The text names no time zone; its times are read as {zone}."
    if not report.timeline and any(
        line.place == "Timeline" or part_of(line.text) == "timeline" for line in report.lines
    ):
        yield "There is a timeline, but no line of it has a day, a time and a text; it is kept as text."
    known = {*NAMES, *DATES, "severity", "resolvedWhen"}
    unknown = sorted(name for name in values if name not in known)
    if unknown:
        yield f"Not used from the front matter: {', '.join(unknown)[:300]}."

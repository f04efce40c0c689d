"""Sorts a postmortem's Markdown into the parts of a COE. Whatever it cannot place stays, in order, with its heading.

It decides by headings and by the shape of lines; it never rewrites a sentence. Sections are keyed as in
`coe/template.py`; timeline, causes and action items are lists of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coe.interchange.dating import STARTS_WITH_TIME

# Which part a heading opens, first match wins. "" goes on with the part before it.
HEADINGS = (
    ("drop", r"^(thanks|acknowledg\w+|attendees|questions for follow up)$"),
    ("timeline", r"timeline|key events|^what happened$"),
    ("metrics", r"^stats$|time to re(pair|solve)|netspace after|metrics"),
    ("went_well", r"went well"),
    ("went_badly", r"(went|go|gone) (wrong|badly|poorly|better)|didn'?t go|what could have gone"),
    ("lucky", r"lucky"),
    ("actions", r"action items?$|actions|corrective|preventati?ve|follow-up|future|improvement|planned|short-term"
                r"|long-term|medium-term|how are we preventing|what is \w+ doing"),
    ("prevention", r"lessons?|take-?aways?|insights|what can we learn|reflections|moving forward|conclusions?"),
    ("causes", r"root cause|causes?$|contributing|why did it|why it failed|how did (it|this) happen|primary issue"
               r"|secondary issue|caught"),
    ("detection", r"identified|detection|hard to detect"),
    ("impact", r"impact|scope|affected|data integrity"),
    ("mitigation", r"resol|recover|remediation|immediate actions|^response$|mitigation|final|closing"),
    ("summary", r"summary|overview|background|initial|^issue name$|^what happened\?$|introduction|^status$"),
    ("diagnosis", r"context|details|technical problem|diagnos|investigation|why was this|vulnerability|why is this"),
    ("related", r"related|^logs$|relevant commit|indicators|faq|questions|q&a|what should you do|what you can do"
                r"|call to action|protecting|how can you|appendix|testnet|malicious file|involved parties"),
)  # fmt: skip
# The words run to the last that is neither a blank nor “#”: looked for from the end, for a line may be all blanks.
HEADING = re.compile(r"^(#{1,6})\s+(.*[^\s#]|)[\s#]*$")
_SETEXT = re.compile(r"^(?P<text>[^\n|>#-][^\n]{2,90})\n(?P<rule>={3,}|-{3,})\s*$", re.MULTILINE)
BOLD_ENTRY = re.compile(r"^(?:- |  - )\*\*([A-Z][A-Za-z/ ]{3,40})\*\*:?[ \t]*(.*)$")
_MARKER = re.compile(
    r"^\[((?:Initial|Final|Closing|Update|Edit|Open|Close)[^\]]{0,40})\]\s*(?:-->)?\s*$", re.IGNORECASE
)
_ITEM = re.compile(r"^(?P<indent>\s*)(?:[-*+–✅❌]|\d+[.)])\s+(?P<text>.*)$")
KINDS = (
    ("detect", r"alert|alarm|monitor|metric|dashboard|notif|observab|detect|visib|logg?ing|report"),
    ("process", r"document|runbook|process|train|communicat|guide|guideline|procedure|discuss|review|policy|teach|comms"
                r"|checklist|agree|meeting|drill|incident response|record|announce"),
    ("mitigate", r"rollback|roll back|limit|throttl|circuit|redundan|backup|autoscal|capacity|failover|scale|restart"),
)  # fmt: skip
CAUSE_KINDS = (
    ("detection_gap", r"monitor|alert|notic|detect|observab|visib"),
    ("response_gap", r"document|runbook|rollback|procedure|took (too )?long|staff|communicat|knowledge|noise"),
    ("missing_safeguard", r"\bno\b|not |without|lack|missing|insufficient|n't |never|only one|single"),
    ("trigger", r"upgrad|deploy|chang|migrat|delet|expired|accidental|executed|applied|introduced|updated|released"),
)


@dataclass
class Parts:
    """A document sorted: Markdown per part, in the order of the original."""

    texts: dict[str, list[str]] = field(default_factory=dict)

    def add(self, part: str, lines: list[str], heading: str = "") -> None:
        block = "\n".join(lines).strip("\n")
        if not block.strip():
            return
        self.texts.setdefault(part, []).append(f"**{heading}**\n\n{block}" if heading else block)

    def text(self, part: str) -> str:
        return "\n\n".join(self.texts.get(part, []))


def _entries_to_headings(text: str) -> str:
    """“- **Impact**: …” with its indented lines becomes a section of its own, without the indent."""
    out: list[str] = []
    inside = False
    for line in text.splitlines():
        found = BOLD_ENTRY.match(line)
        if found and part_of(found[1]):
            inside = True
            out += ["", f"## {found[1]}", *([found[2]] if found[2] else [])]
        elif HEADING.match(line):
            inside = False
            out.append(line)
        else:
            out.append(re.sub(r"^ {1,4}(?=\S)|^ {4}", "", line) if inside else line)
    return "\n".join(out)


def normalised(text: str) -> str:
    """One form of heading for the four that occur."""
    text = _SETEXT.sub(lambda m: f"{'#' if m['rule'][0] == '=' else '##'} {m['text']}", text)
    text = re.sub(r"^-{5,}$|^={5,}$", "", text, flags=re.MULTILINE)
    text = "\n".join(_MARKER.sub(r"## \1", line) for line in text.splitlines())
    return _entries_to_headings(text) if re.search(r"^- \*\*(Key events|Identified)", text, re.MULTILINE) else text


def part_of(heading: str) -> str:
    """The part a heading opens; "" when it says nothing about that."""
    plain = re.sub(r"[*_`]", "", heading).strip().strip(":").lower()
    return next((part for part, pattern in HEADINGS if re.search(pattern, plain)), "")


def sorted_parts(text: str, title: str) -> Parts:
    """Go through the lines; a heading opens a part, a deeper one without a meaning of its own stays inside."""
    parts = Parts()
    part, level, heading, lines = "summary", 0, "", list[str]()
    fenced = False
    for line in normalised(text).splitlines():
        fenced = fenced != line.lstrip().startswith("```")
        found = None if fenced else HEADING.match(line)
        if not found:
            lines.append(line)
            continue
        depth, name = len(found[1]), found[2]
        opened = part_of(name)
        if level and _stays_inside(name, part, opened, depth > level):
            # A heading below the current one: a subject inside it, or a time in a timeline.
            lines.append(line if part == "timeline" else f"\n**{name}**\n")
            continue
        parts.add(part, lines, heading)
        lines = []
        part, heading = (opened, "") if opened else ("summary" if depth == 1 or not level else "diagnosis", name)
        heading = "" if depth == 1 and not opened else heading
        level = 0 if depth == 1 and not opened else depth
        if opened == "metrics" and name.startswith("Time to"):
            lines = [f"**{name}**:"]
        if opened in {"mitigation", "related", "causes", "prevention"} and not _is_plain(name):
            heading = name
    parts.add(part, lines, heading)
    return parts


def _stays_inside(name: str, part: str, opened: str, is_deeper: bool) -> bool:
    """Whether a heading is a subject, or a time, of the part that is open, not the start of another."""
    if part == "timeline" and STARTS_WITH_TIME.match(name):
        return True
    if not is_deeper:
        return False
    if part == "actions":
        return opened not in {"summary", "causes", "timeline", "mitigation"}
    return not opened or part == "related"


def _is_plain(name: str) -> bool:
    """Whether the section's own title says what the heading said."""
    return bool(re.fullmatch(r"(?i)(resolution( and recovery)?|root causes?( analysis)?|contributing factors|causes"
                             r"|lessons? (learned|learnt).*|(final|closing|initial) (message|update)|conclusions?"
                             r"|takeaways|related|remediation|response)", name.strip(" :*")))  # fmt: skip


def items(block: str) -> tuple[list[tuple[str, str]], str]:
    """Top-level list entries as (first line, the lines below it), and the prose that is in none."""
    found: list[tuple[str, list[str]]] = []
    prose: list[str] = []
    indent: int | None = None
    fenced = False
    for line in block.splitlines():
        is_fence = line.lstrip().startswith("```")
        match = None if fenced or is_fence else _ITEM.match(line)
        fenced = fenced != is_fence
        if match and (indent is None or len(match["indent"]) <= indent + 1):
            indent = len(match["indent"]) if indent is None else indent
            found.append((match["text"].strip(), []))
        elif not line.strip():
            continue
        elif found and (line.startswith((" ", "\t")) or not line.startswith("**")) and not HEADING.match(line):
            found[-1][1].append(line)
        else:
            prose.append(line)
            indent = None
    joined = []
    for first, rest in found:
        wrapped = []
        while rest and not _ITEM.match(rest[0]) and not rest[0].lstrip().startswith("```"):
            wrapped.append(rest.pop(0).strip())
        joined.append((" ".join([first, *wrapped]), "\n".join(rest)))
    return joined, "\n".join(prose)


def plain(text: str) -> str:
    """One line without Markdown: links by their text."""
    text = re.sub(r"(?<!\[)\[+([^\]\[]*)\]+\(([^)]{0,2000})\)", r"\1", text)
    text = re.sub(r"<(https?://[^>]+)>", r"\1", text)
    text = re.sub(r"(\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`)", "", text)
    return re.sub(r"\s+", " ", text).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ending with a sentence or a word."""
    if len(text) <= limit:
        return text
    sentence = re.match(rf"(?s)(.{{40,{limit - 2}}}[.!?])\s", text)
    return sentence.group(1) if sentence else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def kind_of(text: str, kinds: tuple[tuple[str, str], ...], otherwise: str) -> str:
    return next((kind for kind, pattern in kinds if re.search(pattern, text.lower())), otherwise)

"""The whole difference of two snapshots of a COE: header, texts and rows, in the order of the document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coe import template
from coe.comparing import parts
from coe.comparing.lines import Stretch, folded, lines_of
from coe.comparing.matching import matched
from coe.comparing.rows import RowChange, compared
from coe.comparing.texts import Kind, Piece, words

type_content = Mapping[str, Any]
TITLES = {
    "header": "Header",
    "graphs": "Metrics",
    "timeline": "Timeline",
    "causes": "Causes",
    "actions": "Action items",
    "waived": "Waived questions",
    "checklist": "Checklist",
}
HEADER = (
    "title", "severity", "team", "owner", "zone", "impact_started_at", "impact_ended_at", "services", "incidents",
    "tags", "no_actions_because", "template_version", "source",
)  # fmt: skip


@dataclass(frozen=True)
class PartChange:
    """What became of one part: a written section has `pieces`, any other part `rows`."""

    key: str
    title: str
    pieces: tuple[Piece, ...] = ()
    rows: tuple[RowChange, ...] = ()
    is_text: bool = False
    # What is to be said of the whole part, such as the zone of its times.
    note: str = ""

    @property
    def is_changed(self) -> bool:
        return any(piece.kind is not Kind.SAME for piece in self.pieces) or any(row.is_changed for row in self.rows)

    @property
    def changed_rows(self) -> list[RowChange]:
        return [row for row in self.rows if row.is_changed]

    @property
    def stretches(self) -> list[Stretch]:
        """The text by lines, what is far from any change folded."""
        return folded(lines_of(self.pieces))


def changed(old: type_content, new: type_content, items: Mapping[str, str] | None = None) -> list[PartChange]:
    """The parts that differ, in the order of the document. `items` are the words of the checklist by key."""
    return [part for part in difference(old, new, items) if part.is_changed]


def difference(old: type_content, new: type_content, items: Mapping[str, str] | None = None) -> list[PartChange]:
    """Every part of either: the header, then in the order of the newer template, what it does not ask at the end."""
    rows = _rows(old, new, items or {})
    titles = {key: title for content in (old, new) for key, title, _ in _asked(content)}
    before, after = old.get("sections") or {}, new.get("sections") or {}
    order = [key if is_text else kind for content in (new, old) for key, kind, is_text in _order(content)]
    found: list[PartChange] = []
    for key in dict.fromkeys(["header", *order, *after, *before, *rows]):
        if key in before or key in after:
            pieces = tuple(words(before.get(key, ""), after.get(key, "")))
            found.append(PartChange(key, titles.get(key, parts.label_of(key)), pieces, is_text=True))
        if key in rows:
            note = f"All times {new.get('zone') or 'UTC'}" if key == "timeline" else ""
            found.append(PartChange(key, titles.get(key, TITLES[key]), rows=tuple(rows[key]), note=note))
    return found


def touched(old: type_content, new: type_content) -> list[str]:
    """The titles of the parts that differ in any way, without comparing their words: for long lists of revisions."""
    titles = {key: title for content in (old, new) for key, title, _ in _asked(content)}
    before, after = old.get("sections") or {}, new.get("sections") or {}
    keys = [*(key for key in titles if key in before or key in after), *after, *before]
    changed_keys = [key for key in dict.fromkeys(keys) if before.get(key, "") != after.get(key, "")]
    found = ["Header"] if any(old.get(key) != new.get(key) for key in HEADER) else []
    found += [titles.get(key, parts.label_of(key)) for key in changed_keys]
    for key, title in TITLES.items():
        rows = ("causes", "links") if key == "causes" else (key,)
        if key != "header" and any((old.get(one) or []) != (new.get(one) or []) for one in rows):
            found.append(titles.get(key, title))
    return found


def _rows(old: type_content, new: type_content, items: Mapping[str, str]) -> dict[str, list[RowChange]]:
    zone = new.get("zone") or "UTC"
    titles = {key: title for content in (old, new) for key, title, _ in _asked(content)}
    causes = parts.causes(old), parts.causes(new)
    known = matched(*causes).meanings(causes[0])
    return {
        "header": compared(parts.header(old, zone), parts.header(new, zone)),
        "timeline": compared(parts.timeline(old, zone), parts.timeline(new, zone)),
        "causes": compared(*causes, is_ordered=True),
        "actions": compared(parts.actions(old), parts.actions(new), causes=known, is_ordered=True),
        "graphs": compared(parts.graphs(old), parts.graphs(new), is_ordered=True),
        "waived": compared(parts.waived(old, titles), parts.waived(new, titles)),
        "checklist": compared(parts.checklist(old, items), parts.checklist(new, items)),
    }


def _asked(content: type_content) -> list[tuple[str, str, str]]:
    """Key, title and kind of each part that the template asked, in order; before shape 2 it was the built-in one."""
    if "form" not in content:
        return [(form.key, form.title, form.kind.value) for form in template.BUILT_IN.sections]
    return [(form["key"], form["title"], str(form["kind"])) for form in content["form"]]


def _order(content: type_content) -> list[tuple[str, str, bool]]:
    """Key, name of the part, and whether it is written."""
    return [(key, kind, kind == template.Kind.TEXT) for key, _, kind in _asked(content)]

"""A template while somebody changes it: sent along with the form, kept nowhere else.

Section 0 is the fields `key-0`, `kind-0`, `title-0`, `prompt-0`, `group-0`, `required-0`, `question-0`; item 0 of the
checklist `item-key-0`, `item-text-0`, `item-before-0`, `item-severity-0`; severity 1 `owed-1`, `draft-1`, `publish-1`,
`review-1`, `approvals-1`. A button named `change` says what to do: `add:section`, `up:section:2`, `down:…`,
`remove:…`, the same for `item`; so it works without JavaScript.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import QueryDict

from coe.template import (
    BEFORE,
    LONGEST_ITEM,
    LONGEST_PROMPT,
    LONGEST_TITLE,
    MOST_ITEMS,
    MOST_SECTIONS,
    SEVERITIES,
    ChecklistItem,
    Demands,
    Form,
    Kind,
    Role,
    SectionForm,
)

LONGEST_GROUP = 60
# Field → most, as `coe/template.py` has them.
# What was typed is shown again whole, as long as anybody types.
LONGEST_SHOWN = 20_000
MOST_TIMES = {"draft": 24 * 365, "publish": 365, "review": 90}


@dataclass(slots=True)
class Section:
    """One section as typed; without a key it is new."""

    key: str = ""
    kind: str = "text"
    title: str = ""
    prompt: str = ""
    group: str = ""
    is_required: bool = False
    is_question: bool = False

    @property
    def is_text(self) -> bool:
        return self.kind == Kind.TEXT


@dataclass(slots=True)
class Item:
    """One item of the checklist as typed."""

    key: str = ""
    text: str = ""
    before: str = "review"
    severities: tuple[int, ...] = ()


@dataclass(slots=True)
class Demand:
    """What a severity owes and needs as typed; times are text until they are found to be numbers."""

    severity: int
    is_owed: bool = False
    draft: str = "72"
    publish: str = "14"
    review: str = "3"
    approvals: tuple[str, ...] = ()


@dataclass(slots=True)
class Typed:
    """The whole template as typed, and what is wrong by the id of its field."""

    sections: list[Section] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_form(cls, form: Form) -> Typed:
        """What a template says, to be changed."""
        return cls(
            [
                Section(one.key, one.kind, one.title, one.prompt, one.group, one.is_required, one.is_question)
                for one in form.sections
            ],
            [Item(one.key, one.text, one.before, one.severities) for one in form.checklist],
            [_demand_of(severity, form.demands_of(severity)) for severity in SEVERITIES],
        )

    @classmethod
    def from_post(cls, post: QueryDict) -> Typed:
        """Read what was sent, in order."""
        sections = [_section(post, n) for n in range(MOST_SECTIONS + 1) if f"title-{n}" in post]
        items = [_item(post, n) for n in range(MOST_ITEMS + 1) if f"item-text-{n}" in post]
        return cls(sections, items, [_demand(post, severity) for severity in SEVERITIES])

    def change(self, word: str) -> str:
        """Press one button; returns the id of the row to look at. A button that makes no sense changes nothing."""
        what, _, rest = word.partition(":")
        noun, _, number = rest.partition(":")
        rows: list = self.sections if noun == "section" else self.items if noun == "item" else []
        if what == "add" and noun in {"section", "item"}:
            rows.append(Section() if noun == "section" else Item())
            return f"{noun}-{len(rows) - 1}"
        index = int(number) if number.isdecimal() and len(number) < 3 else -1
        if not 0 <= index < len(rows):
            return ""
        if what == "remove" and not (noun == "section" and not self.sections[index].is_text):
            del rows[index]
            return f"{noun}s"
        to = index + {"up": -1, "down": 1}.get(what, 0)
        if 0 <= to < len(rows):
            rows[index], rows[to] = rows[to], rows[index]
            return f"{noun}-{to}"
        return f"{noun}-{index}"

    def check(self) -> None:
        """Find what is wrong with each field."""
        problems = self.problems
        for n, one in enumerate(self.sections):
            if not one.title or len(one.title) > LONGEST_TITLE:
                problems[f"title-{n}"] = f"Write a heading of at most {LONGEST_TITLE} characters."
            if len(one.prompt) > LONGEST_PROMPT:
                problems[f"prompt-{n}"] = f"At most {LONGEST_PROMPT} characters; these are {len(one.prompt)}."
            if len(one.group) > LONGEST_GROUP:
                problems[f"group-{n}"] = f"At most {LONGEST_GROUP} characters."
        for n, item in enumerate(self.items):
            if not item.text or len(item.text) > LONGEST_ITEM:
                problems[f"item-text-{n}"] = f"Say what must be true, in at most {LONGEST_ITEM} characters."
        for demand in self.demands:
            for name, most in MOST_TIMES.items():
                if not _whole(getattr(demand, name), most):
                    problems[f"{name}-{demand.severity}"] = f"A whole number from 1 to {most}."
            if not demand.approvals:
                problems[f"approvals-{demand.severity}"] = "At least one person approves."
        if len(self.sections) > MOST_SECTIONS:
            problems["sections"] = f"A template holds at most {MOST_SECTIONS} sections."
        if len(self.items) > MOST_ITEMS:
            problems["items"] = f"A checklist holds at most {MOST_ITEMS} items."
        if not any(one.is_text for one in self.sections):
            problems["sections"] = "A template needs at least one section that is written."

    def form(self) -> Form:
        """As `coe.templating` takes it; times that are no numbers are the smallest, to be previewed."""
        taken = [one.key for one in self.sections if one.key]
        sections = []
        for one in self.sections:
            key = one.key or _fresh(one.title, taken)
            kind = Kind(one.kind)
            sections.append(SectionForm(key, one.title, one.prompt, one.group, kind, one.is_required, one.is_question))
        taken = [item.key for item in self.items if item.key]
        items = [
            ChecklistItem(item.key or _fresh(item.text, taken), item.text, item.before, item.severities)
            for item in self.items
        ]
        return Form(tuple(sections), tuple(items), {one.severity: _demands(one) for one in self.demands})


def _fresh(words: str, taken: list[str]) -> str:
    """A key made of the words that nothing else has; from now on it is taken."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:24].rstrip("_") or "part"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    taken.append(key)
    return key


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def _section(post: QueryDict, n: int) -> Section:
    kind = post.get(f"kind-{n}", "text")
    kind = kind if kind in {*Kind} else "text"
    prompt = post.get(f"prompt-{n}", "").replace("\r\n", "\n").replace("\x00", "").strip()
    is_text = kind == Kind.TEXT
    return Section(
        post.get(f"key-{n}", "")[:30],
        kind,
        _line(post.get(f"title-{n}", "")),
        prompt,
        _line(post.get(f"group-{n}", "")),
        is_text and f"required-{n}" in post,
        is_text and f"question-{n}" in post,
    )


def _item(post: QueryDict, n: int) -> Item:
    before = post.get(f"item-before-{n}", "")
    given = post.getlist(f"item-severity-{n}")
    chosen = tuple(severity for severity in SEVERITIES if str(severity) in given)
    return Item(
        post.get(f"item-key-{n}", "")[:30],
        _line(post.get(f"item-text-{n}", "")),
        before if before in BEFORE else BEFORE[0],
        () if len(chosen) == len(SEVERITIES) else chosen,
    )


def _demand(post: QueryDict, severity: int) -> Demand:
    given = post.getlist(f"approvals-{severity}")
    draft, publish, review = (post.get(f"{name}-{severity}", "").strip()[:LONGEST_SHOWN] for name in MOST_TIMES)
    approvals = tuple(role for role in Role if role in given)
    return Demand(severity, f"owed-{severity}" in post, draft, publish, review, approvals)


def _demand_of(severity: int, one: Demands) -> Demand:
    times = (str(one.draft_hours), str(one.publish_days), str(one.review_days))
    return Demand(severity, one.is_owed, *times, tuple(one.approvals))


def _demands(one: Demand) -> Demands:
    times: Iterable[int] = (_whole(getattr(one, name), most) or 1 for name, most in MOST_TIMES.items())
    draft, publish, review = times
    return Demands(one.is_owed, draft, publish, review, tuple(Role(role) for role in one.approvals))


def _whole(text: str, most: int) -> int:
    """The number from 1 to `most`; 0 for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if is_number and 0 < int(text) <= most else 0

"""The form of a COE: its parts in reading order, the checklist, and what each severity owes and needs.

Decides the shape of a template and judges one that somebody edited. Pure. Which templates an organisation has is
`coe/models/templates.py`; each COE keeps the version it was started with. Sources of the built-in form: AWS, "Why you
should develop a correction of error (COE)", and the post-incident analysis of AWS Systems Manager Incident Manager.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

MOST_SECTIONS, MOST_ITEMS = 40, 60
LONGEST_TITLE, LONGEST_PROMPT, LONGEST_ITEM = 100, 1000, 300
SEVERITIES = (1, 2, 3, 4, 5)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
LEFT_OVER = "The template does not ask for this any more. Move what is worth keeping, or leave it here."
BEFORE = ("review", "publication")


class Kind(StrEnum):
    """What a section holds: text that is written, or a part with rows of its own."""

    TEXT = "text"
    GRAPHS = "graphs"
    TIMELINE = "timeline"
    CAUSES = "causes"
    ACTIONS = "actions"


class Role(StrEnum):
    """As whom somebody approves a COE."""

    PEER = "peer"
    MANAGER = "manager"
    BAR_RAISER = "bar_raiser"
    DIRECTOR = "director"


ROLE_LABELS = {
    Role.PEER: "Somebody who wrote none of it",
    Role.MANAGER: "Manager of the team",
    Role.BAR_RAISER: "COE bar raiser",
    Role.DIRECTOR: "Director",
}


@dataclass(frozen=True, slots=True)
class SectionForm:
    """One section: its key, heading, what it asks, and whether review needs it filled.

    A question (`is_question`) is answered or waived with a reason.
    """

    key: str
    title: str
    prompt: str = ""
    group: str = ""
    kind: Kind = Kind.TEXT
    is_required: bool = False
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """What must be true before review or before publication; without severities it concerns every COE."""

    key: str
    text: str
    before: str = "review"
    severities: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Demands:
    """What an incident of one severity owes, and what its COE needs.

    `draft_hours` count from the mitigation to the submission for review, `publish_days` from the mitigation to the
    publication, `review_days` from asking a reviewer to the answer.
    """

    is_owed: bool = False
    draft_hours: int = 72
    publish_days: int = 14
    review_days: int = 3
    approvals: tuple[Role, ...] = (Role.PEER,)


@dataclass(frozen=True)
class Form:
    """What a whole template says. Keys of sections and of checklist items are unique."""

    sections: tuple[SectionForm, ...]
    checklist: tuple[ChecklistItem, ...] = ()
    demands: Mapping[int, Demands] = field(default_factory=dict)

    @cached_property
    def texts(self) -> tuple[SectionForm, ...]:
        """The sections that are written."""
        return tuple(form for form in self.sections if form.kind is Kind.TEXT)

    @cached_property
    def forms(self) -> dict[str, SectionForm]:
        """The written sections by key."""
        return {form.key: form for form in self.texts}

    def demands_of(self, severity: int) -> Demands:
        """What this severity owes and needs; the default where the template says nothing."""
        return self.demands.get(severity, Demands())

    def checklist_of(self, severity: int) -> tuple[ChecklistItem, ...]:
        """The items that concern a COE of this severity."""
        return tuple(item for item in self.checklist if not item.severities or severity in item.severities)

    def in_order(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The texts in the order of the template; what it does not know comes last, so that nothing is lost."""
        known = {form.key: texts[form.key] for form in self.texts if form.key in texts}
        return known | {key: text for key, text in texts.items() if key not in known}

    def with_leftovers(self, keys: Iterable[str], headings: Callable[[], Mapping[str, str]]) -> Form:
        """With sections that were written and are not asked for any more, at the end; nothing is lost.

        `headings` gives the headings they once had, and is asked only when there are any.
        """
        left = [key for key in dict.fromkeys(keys) if key not in {form.key for form in self.sections}]
        if not left:
            return self
        known = {form.key: form.title for form in BUILT_IN.sections} | dict(headings())
        found = (SectionForm(key, known.get(key, key.replace("_", " ").capitalize()), LEFT_OVER) for key in left)
        return replace(self, sections=(*self.sections, *found))

    def to_json(self) -> dict[str, Any]:
        """As plain values, which `from_json` reads back."""
        return {
            "sections": [asdict(form) for form in self.sections],
            "checklist": [{**asdict(item), "severities": list(item.severities)} for item in self.checklist],
            "demands": {
                str(severity): {**asdict(demands), "approvals": list(demands.approvals)}
                for severity, demands in self.demands.items()
            },
        }


def from_json(values: Mapping[str, Any]) -> Form:
    """A template of plain values as `to_json` writes them. Raises ValueError with one sentence for what cannot be."""
    try:
        made = Form(
            tuple(SectionForm(**{**one, "kind": Kind(one.get("kind", "text"))}) for one in values["sections"]),
            tuple(
                ChecklistItem(**{**one, "severities": tuple(one.get("severities", ()))})
                for one in values.get("checklist", ())
            ),
            {
                int(severity): Demands(**{**one, "approvals": tuple(Role(role) for role in one.get("approvals", ()))})
                for severity, one in values.get("demands", {}).items()
            },
        )
        problems = problems_of(made)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"This is no template: {error}.") from error
    if problems:
        raise ValueError(problems[0])
    return made


def problems_of(made: Form) -> list[str]:
    """What keeps a template from being used, one sentence each."""
    return [*_wrong_keys(made), *_wrong_sections(made), *_wrong_items(made), *_wrong_demands(made)]


def _wrong_keys(made: Form) -> Iterable[str]:
    for name, keys in (
        ("section", [form.key for form in made.sections]),
        ("item of the checklist", [item.key for item in made.checklist]),
    ):
        yield from (f"“{key}” is no key: small letters, digits and _." for key in keys if not _KEY.fullmatch(key))
        yield from (f"Two of {name} have the key “{key}”." for key in sorted(set(keys)) if keys.count(key) > 1)


def _wrong_sections(made: Form) -> Iterable[str]:
    if not made.texts:
        yield "A template needs at least one section that is written."
    if len(made.sections) > MOST_SECTIONS:
        yield f"A template holds at most {MOST_SECTIONS} sections."
    for form in made.sections:
        if not form.title.strip() or len(form.title) > LONGEST_TITLE:
            yield f"The section “{form.key}” needs a heading of at most {LONGEST_TITLE} characters."
        if len(form.prompt) > LONGEST_PROMPT:
            yield f"What “{form.title}” asks has more than {LONGEST_PROMPT} characters."
    for kind in (Kind.GRAPHS, Kind.TIMELINE, Kind.CAUSES, Kind.ACTIONS):
        if sum(form.kind is kind for form in made.sections) != 1:
            yield f"A template has the part “{kind.value}” exactly once."


def _wrong_items(made: Form) -> Iterable[str]:
    if len(made.checklist) > MOST_ITEMS:
        yield f"A checklist holds at most {MOST_ITEMS} items."
    for item in made.checklist:
        if not item.text.strip() or len(item.text) > LONGEST_ITEM:
            yield f"The item “{item.key}” of the checklist needs a text of at most {LONGEST_ITEM} characters."
        if item.before not in BEFORE:
            yield f"The item “{item.key}” of the checklist is due before review or before publication."
        if not set(item.severities) <= set(SEVERITIES):
            yield f"The item “{item.key}” of the checklist names a severity that does not exist."


def _wrong_demands(made: Form) -> Iterable[str]:
    for severity, demands in made.demands.items():
        if severity not in SEVERITIES:
            yield f"There is no severity {severity}."
        if not demands.approvals:
            yield f"SEV {severity} needs at least one approval."
        if not (
            0 < demands.draft_hours <= 24 * 365 and 0 < demands.publish_days <= 365 and 0 < demands.review_days <= 90
        ):
            yield f"The times of SEV {severity} are out of range."


_QUESTIONS, _LESSONS = "Incident questions", "Lessons"

BUILT_IN = Form(
    sections=(
        SectionForm(
            "summary",
            "Summary",
            "What happened, to whom, for how long, why, how it was mitigated, and the main corrections. A stranger "
            "understands it in a minute.",
            is_required=True,
        ),
        SectionForm(
            "impact",
            "Customer impact",
            "Who was affected, how many, which experience, from when to when, at what rate, for what money. A number, "
            "a unit and a period; an estimate is marked as one.",
            is_required=True,
        ),
        SectionForm(
            "metrics",
            "Metrics",
            "Which graphs show trigger, detection and mitigation? Link the dashboards and say what to see in each.",
        ),
        SectionForm("graphs", "Graphs", "Trigger, detection and mitigation are visible in each.", kind=Kind.GRAPHS),
        SectionForm("timeline", "Timeline", "From the trigger, often a deployment, to the end.", kind=Kind.TIMELINE),
        SectionForm(
            "detection",
            "Detection",
            "How was it detected, and how could that time have been halved?",
            group=_QUESTIONS,
            is_question=True,
        ),
        SectionForm(
            "diagnosis",
            "Diagnosis",
            "How was the cause found, and how could that time have been halved?",
            group=_QUESTIONS,
            is_question=True,
        ),
        SectionForm(
            "mitigation",
            "Mitigation",
            "What ended the impact, and how could that time have been halved?",
            group=_QUESTIONS,
            is_question=True,
        ),
        SectionForm(
            "prevention",
            "Prevention",
            "Was it triggered by a change? Would an item already in a backlog have prevented it?",
            group=_QUESTIONS,
            is_question=True,
        ),
        SectionForm("causes", "Causes", "Why did it happen, and why that?", kind=Kind.CAUSES),
        SectionForm("went_well", "What went well", "What limited the damage and should be kept?", group=_LESSONS),
        SectionForm(
            "went_badly",
            "What went badly",
            "What made it worse or longer? Each point leads to an action.",
            group=_LESSONS,
        ),
        SectionForm(
            "lucky", "Where we were lucky", "What would have made it worse, had it been otherwise?", group=_LESSONS
        ),
        SectionForm("actions", "Action items", "What is corrected, by whom, until when.", kind=Kind.ACTIONS),
        SectionForm("related", "Related", "Incidents, changes, runbooks and earlier COEs that bear on this one."),
    ),
    checklist=(
        # What the linter cannot see: each is for a person who looked, and is true or not. A tick is kept by its key:
        # whoever words an item so that it claims something else gives it another key.
        ChecklistItem("title", "The title says what customers noticed, not what broke."),
        ChecklistItem("names", "Nobody can be recognised: roles stand where names would."),
        ChecklistItem("measured", "The numbers of the impact were measured, or say that they are estimates."),
        ChecklistItem("witnessed", "Those who were there read the timeline, from the trigger on, and find it right."),
        ChecklistItem("asked_why", "Each branch of the causes was asked why until it reached something we can change."),
        ChecklistItem("agreed", "The owner of each action item agreed to it, to its date and to its exit test."),
        ChecklistItem("told", "The teams that depend on the service were told what happened.", "publication", (1, 2)),
    ),
    demands={
        1: Demands(True, 72, 14, 3, (Role.MANAGER, Role.BAR_RAISER, Role.DIRECTOR)),
        2: Demands(True, 72, 14, 3, (Role.MANAGER, Role.BAR_RAISER)),
        3: Demands(False, 168, 30, 5, (Role.PEER,)),
        4: Demands(False, 168, 30, 5, (Role.PEER,)),
        5: Demands(False, 168, 30, 5, (Role.PEER,)),
    },
)

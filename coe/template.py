"""The form of a COE: its sections, what each asks, and the checklist. Pure data, with a version that each COE keeps.

Sources: AWS, "Why you should develop a correction of error (COE)", and the post-incident analysis of AWS Systems
Manager Incident Manager. Timeline, causes and action items are structured and have tables of their own.
"""

from dataclasses import dataclass

VERSION = "2026-1"


@dataclass(frozen=True, slots=True)
class SectionForm:
    """One written section: its key, heading, the question it answers, and whether review needs it filled."""

    key: str
    title: str
    prompt: str
    group: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """What must be true before review."""

    key: str
    text: str


SECTIONS = (
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
        "Who was affected, how many, which experience, from when to when, at what rate, for what money. A number, a "
        "unit and a period; an estimate is marked as one.",
        is_required=True,
    ),
    SectionForm(
        "metrics",
        "Metrics",
        "Which graphs show trigger, detection and mitigation? Link the dashboards and say what to see in each.",
    ),
    SectionForm(
        "detection",
        "Detection",
        "How was it detected, and how could that time have been halved?",
        group="Incident questions",
    ),
    SectionForm(
        "diagnosis",
        "Diagnosis",
        "How was the cause found, and how could that time have been halved?",
        group="Incident questions",
    ),
    SectionForm(
        "mitigation",
        "Mitigation",
        "What ended the impact, and how could that time have been halved?",
        group="Incident questions",
    ),
    SectionForm(
        "prevention",
        "Prevention",
        "Was it triggered by a change? Would an item already in a backlog have prevented it?",
        group="Incident questions",
    ),
    SectionForm("went_well", "What went well", "What limited the damage and should be kept?", group="Lessons"),
    SectionForm(
        "went_badly", "What went badly", "What made it worse or longer? Each point leads to an action.", group="Lessons"
    ),
    SectionForm(
        "lucky", "Where we were lucky", "What would have made it worse, had it been otherwise?", group="Lessons"
    ),
    SectionForm("related", "Related", "Incidents, changes, runbooks and earlier COEs that bear on this one."),
)
SECTION_KEYS = tuple(form.key for form in SECTIONS)
FORMS = {form.key: form for form in SECTIONS}

CHECKLIST = (
    ChecklistItem("title", "The title says the impact, not the cause."),
    ChecklistItem("names", "No person is named: roles are."),
    ChecklistItem("numbers", "The impact has a number, a unit and a period."),
    ChecklistItem("start", "The timeline starts at the trigger, not at the page."),
    ChecklistItem("causes", "No branch of the causes ends at a human."),
    ChecklistItem("actions", "Every action item has an owner, a due date and an exit test."),
)

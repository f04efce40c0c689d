"""What is owed in the demonstration: two templates, and incidents of which COEs are owed, late, waived, published.

It decides which incidents stand in which state; the moves themselves are those of the product.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from coe import owing, templating
from coe.models import COE, Owed
from coe.template import BUILT_IN, Demands, Form, Kind, Role, SectionForm
from demo.organisation import Organisation
from oncall.models import Incident, User

NEAR_MISS = "Near miss"
WAIVED = (
    "The same fault as the week before; its COE holds for both",
    "The alarm was wrong: nobody was affected, and it is corrected",
    "A drill of the provider that was announced; nothing of ours failed",
)
ASKED = "Nobody noticed for a day; another team may have the same gap"


def templates(made: Organisation, by: User) -> None:
    """The standard in two versions, and a short one for what nearly went wrong."""
    began = made.now - timedelta(days=90)
    standard = templating.adopt(by, began)
    note = "One more question: which guard of the pipeline should have stopped the change"
    templating.save_version(standard, _second(), by, began + timedelta(days=40), note)
    words = "Something nearly broke: short, and without the questions about detection and mitigation"
    templating.create(NEAR_MISS, _short(), by, began + timedelta(days=41), description=words)


def _second() -> Form:
    """The built-in form with one more question, and one more tick before publication."""
    change = SectionForm(
        "change",
        "Change",
        "Which guard of the pipeline should have stopped it: test, bake time, alarm, roll-back?",
        group="Incident questions",
        is_question=True,
    )
    place = next(n for n, one in enumerate(BUILT_IN.sections) if one.key == "causes")
    return replace(BUILT_IN, sections=(*BUILT_IN.sections[:place], change, *BUILT_IN.sections[place:]))


def _short() -> Form:
    dropped = {"metrics", "detection", "mitigation", "went_badly"}
    sections = tuple(one for one in BUILT_IN.sections if one.kind is not Kind.TEXT or one.key not in dropped)
    demands = {severity: Demands(False, 168, 30, 5, (Role.PEER,)) for severity in range(1, 6)}
    return Form(sections, BUILT_IN.checklist[:3], demands)


def make(made: Organisation, by: User) -> None:
    """Rows in every state, of the newest incidents that are over."""
    owing.tick(made.now)
    without = list(
        Owed.objects.standing().filter(coe=None).select_related("incident__service__team").order_by("draft_by")
    )
    for row, because in zip(without, WAIVED, strict=False):
        owing.waive(row, by, because, made.now - timedelta(days=1))
    _ask(made.now, {row.incident_id for row in without})
    owing.tick(made.now)


def _ask(now: datetime, owing_already: set[int]) -> None:
    """Somebody asks for one of a light incident."""
    light = Incident.objects.real().filter(severity__gte=3, mitigated_at__gte=now - timedelta(days=20), owed=None)
    chosen = light.exclude(pk__in=owing_already).exclude(coes__in=COE.objects.all()).order_by("-mitigated_at").first()
    if chosen and chosen.acknowledged_by:
        owing.request(chosen, chosen.acknowledged_by, ASKED, now - timedelta(hours=5))

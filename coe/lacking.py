"""What a COE lacks before its review and before its publication: one sentence each, with the place it is about.

A review needs what the linter calls a must, unless it is waived, and the ticks of the checklist that are due before a
review; a publication needs every tick. Screens, API and verbs all say it in these words. What a re-issue need not have
is said by `coe/inheriting.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coe import inheriting, judging, templating
from coe.judging import Judged
from coe.models import COE
from coe.template import ChecklistItem
from oncall.exceptions import Conflict

# How the places of items begin; no key of a section has a dash.
TICK = "check-"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is not there yet; `anchor` is the id of the place on the editor's screen."""

    anchor: str
    sentence: str

    @property
    def is_tick(self) -> bool:
        return self.anchor.startswith(TICK)


class NotReady(Conflict):
    """The COE lacks what a review or a publication needs; `missing` lists all of it."""

    def __init__(self, coe: COE, wish: str, missing: list[Missing]) -> None:
        super().__init__(f"{coe.number} is not ready for {wish}. " + " ".join(item.sentence for item in missing))
        self.missing = missing


def for_review(coe: COE, judged: Iterable[Judged] | None = None) -> list[Missing]:
    """Everything that keeps it from review; `judged` are the findings, where they are known already."""
    found = [Missing(finding.place, finding.message) for finding in judging.blocking(coe, judged)]
    return found + [_missing(item) for item in unticked(coe, "review")]


def for_publication(coe: COE) -> list[Missing]:
    """Everything that keeps an approved one from publication."""
    return [_missing(item) for item in unticked(coe, "review", "publication")]


def unticked(coe: COE, *steps: str) -> list[ChecklistItem]:
    """The items due before these steps that must be ticked and are not, in the order of the checklist."""
    known = inheriting.lacked_by(coe).items
    return [item for item in templating.unticked(coe) if item.before in steps and item.key not in known]


def _missing(item: ChecklistItem) -> Missing:
    return Missing(f"{TICK}{item.key}", f"“{item.text.rstrip('.')}” is not ticked.")

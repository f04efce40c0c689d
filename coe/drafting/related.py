"""The section "Related" as it is drafted: one line for each thing that bears on the COE, known by what it is about.

Incidents, people by role, suspected deployments with likelihood and verdict, the runbook, and earlier COEs that are
surely alike: suggestions that the writer keeps or removes. Earlier COEs are only those that the whole organisation
reads, because a draft may be read by anybody.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from coe import recalling
from coe.drafting.changes import WORTH_A_LINE, Suspicion, clock, judgement, linked, suspicions_of
from coe.drafting.roles import Roles
from coe.searching.generations import Damaged
from oncall.models import Incident

logger = logging.getLogger(__name__)
MOST_COES = 3


@dataclass(frozen=True, slots=True)
class RelatedLine:
    """A line of the list, what it is known from, and the pattern by which it is found again in a text."""

    text: str
    source: str
    pattern: str

    def found_in(self, text: str) -> str:
        """The line of a text that is about the same thing; empty for none."""
        return next((line for line in text.splitlines() if re.search(self.pattern, line)), "")


def related_lines(incident: Incident, zone: str) -> list[RelatedLine]:
    """Every line about one incident, in reading order."""
    suspicions = suspicions_of(incident)
    number = re.escape(incident.number)
    found = [RelatedLine(f"- {incident.number}: {incident.title}", incident.number, rf"(?<!by role in ){number}(?!\d)")]
    if people := Roles(incident).told():
        said = f"- People by role in {incident.number}: {people}"
        found.append(RelatedLine(said, f"{incident.number}, pages and timeline", rf"by role in {number}(?!\d)"))
    found += [_of_deployment(incident, one, zone) for one in suspicions if is_worth_a_line(one)]
    if runbook := incident.service.runbook:
        text = f"- [Runbook of {incident.service.name}]({runbook})"
        found.append(RelatedLine(text, f"service {incident.service.name}", re.escape(runbook)))
    return [*found, *_coes(incident)]


def is_worth_a_line(suspicion: Suspicion) -> bool:
    return suspicion.verdict is not None or (suspicion.probability or 0.0) >= WORTH_A_LINE


def _of_deployment(incident: Incident, suspicion: Suspicion, zone: str) -> RelatedLine:
    deployment = suspicion.deployment
    where = f"{deployment.environment.name}, {clock(deployment.reached_at, zone)}"
    text = f"- {linked(deployment)} ({where}): {judgement(incident, suspicion)}"
    source = f"{incident.number}, suspected deployments"
    return RelatedLine(text, source, re.escape(f"({deployment.get_absolute_url()})"))


def _coes(incident: Incident) -> Iterator[RelatedLine]:
    """Earlier COEs, as suggestions; none while the index is damaged, for a draft must not wait for it."""
    try:
        found = recalling.precedents_of(incident, MOST_COES)
    except Damaged:
        logger.exception("drafting.no_similar_coes incident=%s", incident.pk)
        return
    for one in found:
        text = f"- {one.number}: {one.title} (suggested: {one.reason})"
        yield RelatedLine(text, f"published COEs: {one.reason}", rf"{re.escape(one.number)}(?!\d)")

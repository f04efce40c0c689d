"""What a draft says about deployments: which one set it off, which were suspected, and what people ruled.

A person's verdict beats every computed likelihood; the likelihood is quoted beside it, so that both can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coe.drafting.roles import Roles
from oncall.models import Deployment, Incident, Verdict
from oncall.suspicion import CONFIDENT, in_percent
from oncall.times import local, spoken

# Suspects below this likelihood and without a verdict are not worth a line.
WORTH_A_LINE = 0.05


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One deployment with the newest likelihood, if it was ranked, and the verdict, if there is one."""

    deployment: Deployment
    probability: float | None
    verdict: Verdict | None

    @property
    def is_confirmed(self) -> bool:
        return self.verdict is not None and self.verdict.ruling == Verdict.Ruling.CONFIRMED

    @property
    def is_ruled_out(self) -> bool:
        return self.verdict is not None and self.verdict.ruling == Verdict.Ruling.RULED_OUT


def suspicions_of(incident: Incident) -> list[Suspicion]:
    """Confirmed ones first, then by likelihood, those that were ruled out last."""
    ranking = incident.rankings.first()
    names = ("deployment__service", "deployment__environment", "deployment__previous")
    suspects = ranking.suspects.select_related(*names) if ranking else ()
    verdicts = {verdict.deployment_id: verdict for verdict in incident.verdicts.select_related("by", *names)}
    found = {
        suspect.deployment_id: Suspicion(suspect.deployment, suspect.probability, verdicts.get(suspect.deployment_id))
        for suspect in suspects
    }
    for key, verdict in verdicts.items():
        found.setdefault(key, Suspicion(verdict.deployment, None, verdict))
    return sorted(found.values(), key=_order)


def _order(suspicion: Suspicion) -> tuple[int, float]:
    rank = 0 if suspicion.is_confirmed else 2 if suspicion.is_ruled_out else 1
    return rank, -(suspicion.probability or 0.0)


def trigger_of(suspicions: list[Suspicion]) -> Suspicion | None:
    """The deployment that set it off: the confirmed one, else one that is more likely than not."""
    first = suspicions[0] if suspicions else None
    if first is None or first.is_ruled_out:
        return None
    return first if first.is_confirmed or (first.probability or 0.0) >= CONFIDENT else None


def reached(deployment: Deployment) -> str:
    """ "payments-api 1.42.0 reached eu-west-1 (was 1.41.0)"."""
    before = f" (was {deployment.previous.label})" if deployment.previous else ""
    return f"{deployment} reached {deployment.environment.name}{before}"


def prevention_text(incident: Incident, suspicions: list[Suspicion], zone: str) -> str:
    """Whether a change set it off, as far as that is known; empty when nothing is."""
    trigger = trigger_of(suspicions)
    if trigger is None:
        return ""
    deployment = trigger.deployment
    lag = incident.impact_started_at - deployment.reached_at
    word = "Triggered by a change" if trigger.is_confirmed else "Probably triggered by a change"
    return (
        f"{word}: {linked(deployment)} reached {deployment.environment.name} at "
        f"{clock(deployment.reached_at, zone)}, {spoken(lag)} before the impact began. {judgement(incident, trigger)}"
    )


def judgement(incident: Incident, suspicion: Suspicion) -> str:
    """ "Confirmed by the on-call engineer; computed likelihood 86 %."."""
    odds = None if suspicion.probability is None else f"computed likelihood {in_percent(suspicion.probability)} %"
    if suspicion.verdict is None:
        return f"Not ruled on by anybody; {odds}."
    who = Roles(incident).of(suspicion.verdict.by)
    return f"{suspicion.verdict.get_ruling_display()} by {who}" + (f"; {odds}." if odds else ".")


def linked(deployment: Deployment) -> str:
    """The deployment as a link in Markdown."""
    return f"[{deployment}]({deployment.get_absolute_url()})"


def clock(at: datetime, zone: str) -> str:
    """ "14:05 Europe/Paris"."""
    return f"{local(at, zone):%H:%M} {zone}"

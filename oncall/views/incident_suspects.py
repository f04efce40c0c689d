"""What changed? Suspects of an incident as people read them: verdicts first, likelihoods next, what is ruled out last.

The likelihoods are computed by `oncall/suspecting.py`; a person's verdict beats every one of them.
"""

from dataclasses import dataclass, field

from oncall.models import Deployment, Incident, Ranking, Verdict
from oncall.suspicion import is_confident

# Below this likelihood a suspect whom nobody has judged is not worth its place on the screen.
CRUMB = 0.02


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A deployment with what was computed about it (nothing, if a person named it) and what a person said."""

    deployment: Deployment
    probability: float | None
    reasons: list[str]
    verdict: Verdict | None

    @property
    def is_confirmed(self) -> bool:
        return self.verdict is not None and self.verdict.ruling == Verdict.Ruling.CONFIRMED

    @property
    def is_ruled_out(self) -> bool:
        return self.verdict is not None and self.verdict.ruling == Verdict.Ruling.RULED_OUT


@dataclass(frozen=True, slots=True)
class WhatChanged:
    """The latest ranking of one incident, with every verdict passed on it."""

    ranking: Ranking | None
    suspicions: list[Suspicion] = field(default_factory=list)

    @property
    def leading(self) -> Suspicion | None:
        """The one that may be named: confirmed by a person, else likelier than not and not ruled out."""
        first = self.suspicions[0] if self.suspicions else None
        if first is None or first.is_ruled_out:
            return None
        return first if first.is_confirmed or is_confident(first.probability or 0.0) else None

    @property
    def telling(self) -> list[Suspicion]:
        """Those that are likely enough to be read, or judged."""
        return [one for one in self.suspicions if one.verdict or (one.probability or 0.0) >= CRUMB]

    @property
    def crumbs(self) -> list[Suspicion]:
        """The others."""
        return [one for one in self.suspicions if not one.verdict and (one.probability or 0.0) < CRUMB]

    @property
    def is_no_change_likeliest(self) -> bool:
        """Whether "not a change" is likelier than every suspect that is still one."""
        if self.ranking is None or self.leading:
            return False
        left = [one.probability or 0.0 for one in self.suspicions if not one.is_ruled_out]
        return self.ranking.p_no_change > max(left, default=0.0)

    @property
    def deployments(self) -> list[Deployment]:
        return [suspicion.deployment for suspicion in self.suspicions]


def what_changed(incident: Incident) -> WhatChanged:
    """The newest ranking and all verdicts, in three queries."""
    ranking = incident.rankings.first()
    parts = ("deployment__service__team", "deployment__environment", "deployment__previous")
    suspects = list(ranking.suspects.select_related(*parts)) if ranking else []
    verdicts = {verdict.deployment_id: verdict for verdict in incident.verdicts.select_related("by", *parts)}
    found = [
        Suspicion(suspect.deployment, suspect.probability, suspect.reasons, verdicts.pop(suspect.deployment_id, None))
        for suspect in suspects
    ]
    found += [Suspicion(verdict.deployment, None, [], verdict) for verdict in verdicts.values()]
    return WhatChanged(ranking, sorted(found, key=_order))


def _order(suspicion: Suspicion) -> tuple[int, float]:
    rank = 0 if suspicion.is_confirmed else 2 if suspicion.is_ruled_out else 1
    return rank, -(suspicion.probability or 0.0)

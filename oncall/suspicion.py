"""How likely each recent deployment caused an incident, and how likely none of them did.

Decides probabilities and says why in plain sentences. It does not decide which deployments are looked at (see
`oncall/suspecting.py`) and never names a cause: a person's verdict beats every number here. No rows, no clock.

Competing risks: every candidate, and "no change" with score 0, competes to have caused the incident. For a candidate d
with score u(d), p(d) = e^u(d) / (1 + Σ e^u), and p(no change) = 1 / (1 + Σ e^u). The score is

    u = intercept + lag + hops + frequent + size + outcome + signature

and what is not known adds nothing. A deployment that had not reached the incident's environment is no candidate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from oncall import times

# The top suspect is named from here on; below it is "no confident suspect".
CONFIDENT = 0.5
# Older changes are no candidates, nor are those further upstream than this.
HORIZON = timedelta(hours=96)
FURTHEST_HOPS = 2
# Senders' clocks differ: a change that seems to come this little after the impact counts as simultaneous.
CLOCK_SKEW = timedelta(minutes=2)
HOUR = timedelta(hours=1)
# From here on, in standard deviations, a size is worth a word.
UNUSUAL, VERY_UNUSUAL = 1.0, 2.0

Outcome = Literal["failed", "rolled_back", "clean"]
Signature = Literal["new", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The coefficients of the score: natural logarithms of odds against "no change".

    The defaults were fitted on a simulated fleet; their source is the design of changes, section 5, "Suspects". The
    thresholds `frequent_from`, `CLOCK_SKEW` and those of the words for sizes are conventions of ours.
    """

    intercept: float = -2.81
    # Per natural logarithm of (lag in hours + lag_offset), and per day of lag.
    lag_log: float = -1.07
    lag_offset: float = 0.05
    lag_day: float = -0.45
    # Of the service itself, one and two hops upstream of it.
    hops: tuple[float, float, float] = (0.0, -2.47, -4.73)
    # Services that deploy often do so with little harm each time; "often" is this many production deployments a day.
    frequent: float = -1.67
    frequent_from: float = 3.0
    # Per standard deviation of the logarithm of changed lines, within the same service.
    size_sd: float = 0.44
    # The deployment's own health check failed, or it was rolled back; or it ended well.
    bad_outcome: float = 3.16
    clean_outcome: float = -0.73
    # An error signature not seen before it appeared with it; or errors are watched and none did.
    new_signature: float = 2.59
    no_signature: float = -0.53


DEFAULT = Weights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A deployment that may have caused an incident, with what is known about it. None means unknown.

    `lag` is the start of the impact minus the time at which the deployment reached the incident's environment; it is
    negative when the deployment came later. `hops` counts dependencies from the incident's service, `affected`, to
    `service`. `size_sd` is the size in standard deviations from what is usual for the service. `impact` says in a
    sentence what the lag is counted to, `error` quotes the new error.
    """

    key: int | str
    lag: timedelta
    hops: int = 0
    reached: bool = True
    deployments_per_day: float | None = None
    size_sd: float | None = None
    outcome: Outcome | None = None
    signature: Signature | None = None
    service: str = ""
    affected: str = ""
    environment: str = ""
    version: str = ""
    impact: str = "the first error"
    error: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One piece of evidence: what it adds to the score, and what it says."""

    name: str
    value: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A candidate with the likelihood, 0 to 1, of having caused the incident, and the terms of its score."""

    candidate: Candidate
    probability: float
    terms: tuple[Term, ...]

    @property
    def is_confident(self) -> bool:
        return is_confident(self.probability)

    @property
    def reasons(self) -> list[str]:
        """The sentences of the terms, strongest first."""
        return [term.sentence for term in sorted(self.terms, key=lambda term: -abs(term.value))]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The suspects of one incident, likeliest first; their probabilities and `p_no_change` sum to 1."""

    suspects: tuple[Suspect, ...]
    p_no_change: float

    @property
    def confident_suspect(self) -> Suspect | None:
        """The top suspect when it may be named."""
        return self.suspects[0] if self.suspects and self.suspects[0].is_confident else None


def is_confident(probability: float) -> bool:
    """Whether a suspect of this likelihood, 0 to 1, may be named; else the screen says "no confident suspect"."""
    return probability >= CONFIDENT


def in_percent(probability: float) -> str:
    """The whole percent of a probability from 0 to 1, without its sign: "86".

    "100" is said only of what is certain and "0" of what cannot be: near them it is ">99" and "<1".
    """
    if 0 < probability < 0.01 and round(probability * 100) == 0:
        return "<1"
    if 0.99 < probability < 1 and round(probability * 100) == 100:
        return ">99"
    return f"{probability * 100:.0f}"


def is_candidate(candidate: Candidate) -> bool:
    """Whether the deployment can have caused the incident at all: it was there, in time, near enough, not long ago."""
    return candidate.reached and 0 <= candidate.hops <= FURTHEST_HOPS and -CLOCK_SKEW <= candidate.lag <= HORIZON


def rank(candidates: Iterable[Candidate], weights: Weights = DEFAULT) -> Ranking:
    """Weigh the candidates against each other and against no change; those that cannot be it are left out.

    The order in which they come does not matter. Without candidates p(no change) is 1.
    """
    weighed = [(candidate, terms_of(candidate, weights)) for candidate in candidates if is_candidate(candidate)]
    scores = [weights.intercept + math.fsum(term.value for term in terms) for _, terms in weighed]
    # Scores are taken from the largest one, so that the exponentials can neither overflow nor all vanish.
    top = max([0.0, *scores])
    shares = [math.exp(score - top) for score in scores]
    whole = math.fsum([math.exp(-top), *shares])
    suspects = [
        Suspect(candidate, share / whole, terms) for (candidate, terms), share in zip(weighed, shares, strict=True)
    ]
    return Ranking(tuple(sorted(suspects, key=_order)), math.exp(-top) / whole)


def terms_of(candidate: Candidate, weights: Weights = DEFAULT) -> tuple[Term, ...]:
    """What is known about a candidate, as terms of its score beside the intercept."""
    found = (
        _lag(candidate, weights),
        _hops(candidate, weights),
        _frequent(candidate, weights),
        _size(candidate, weights),
        _outcome(candidate, weights),
        _signature(candidate, weights),
    )
    return tuple(term for term in found if term)


def _order(suspect: Suspect) -> tuple[float, int, timedelta, str]:
    """Likeliest first; equals in an order that does not depend on how they came."""
    candidate = suspect.candidate
    return -suspect.probability, candidate.hops, candidate.lag, str(candidate.key)


def _lag(candidate: Candidate, weights: Weights) -> Term:
    lag = max(candidate.lag, timedelta(0))
    hours = lag / HOUR
    value = weights.lag_log * math.log(hours + weights.lag_offset) + weights.lag_day * hours / 24
    went = f"reached {candidate.environment}" if candidate.environment else "went out"
    when = "at about the time of" if lag < times.MINUTE else f"{times.written(lag)} before"
    return Term("lag", value, f"{went} {when} {candidate.impact}")


def _hops(candidate: Candidate, weights: Weights) -> Term:
    affected = candidate.affected or "the service"
    sentence = (
        f"changed {affected} itself",
        f"one hop upstream of {affected}",
        f"two hops upstream of {affected}",
    )[candidate.hops]
    return Term("hops", weights.hops[candidate.hops], sentence)


def _frequent(candidate: Candidate, weights: Weights) -> Term | None:
    often = candidate.deployments_per_day
    if often is None or not often >= weights.frequent_from:
        return None
    service = candidate.service or "its service"
    return Term("frequent", weights.frequent, f"one of about {often:.0f} deployments a day of {service}")


def _size(candidate: Candidate, weights: Weights) -> Term | None:
    size = candidate.size_sd
    if size is None or not math.isfinite(size):
        return None
    degree = "much " if abs(size) >= VERY_UNUSUAL else ""
    usual = f"usual for {candidate.service}" if candidate.service else "usual"
    sentence = f"{degree}{'larger' if size > 0 else 'smaller'} than {usual}"
    return Term("size", weights.size_sd * size, sentence if abs(size) >= UNUSUAL else f"about as large as {usual}")


def _outcome(candidate: Candidate, weights: Weights) -> Term | None:
    match candidate.outcome:
        case "failed":
            return Term("outcome", weights.bad_outcome, "its health check failed")
        case "rolled_back":
            return Term("outcome", weights.bad_outcome, "it was rolled back")
        case "clean":
            return Term("outcome", weights.clean_outcome, "its own checks passed")
        case None:
            return None


def _signature(candidate: Candidate, weights: Weights) -> Term | None:
    match candidate.signature:
        case "new":
            quoted = f": {candidate.error}" if candidate.error else ""
            return Term("signature", weights.new_signature, f"a new error appeared after it{quoted}")
        case "none":
            return Term("signature", weights.no_signature, "no new error appeared after it")
        case None:
            return None

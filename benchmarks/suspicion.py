"""How often the top suspect is the culprit, and whether likelihoods are honest, on a simulated fleet.

What it measures: `oncall/suspicion.py` with its default weights against the rules of other tools, on the same incidents
in one run. What it does not: real incidents. The fleet is made by its own mechanism (waves, slow and fast faults,
victims downstream, noisy evidence), not by the formula it judges. Parameters that the design names are taken from it
(50 to 70 % of incidents from changes, about 3 % of releases at fault, 50 million deployments a year on 10,000
services); the others are round guesses.

Expected calibration error (ECE) is that of the top suspect's likelihood. With the default intercept it is large on this
fleet: the likelihoods are too low, hardly ever too high. `ece_learned` says what is left when the intercept alone is
learned from the verdicts of the first half of the incidents and judged on the second; it changes no order.

    python benchmarks/suspicion.py [seed]
"""

from __future__ import annotations

import json
import math
import random
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from oncall.suspicion import Candidate, Ranking, rank

SERVICES, TEAM_SIZE, DAYS = 60, 5, 365
# 14 deployments a day of a service into about five environments: 2.7 releases a day in the mean, few services many.
MEDIAN_RATE, RATE_SPREAD = 1.3, 1.2
# Hours after which a release that met no trouble reaches each production region.
WAVES = (0.0, 3.0, 9.0)
FAULT_RATE, CHANGE_SHARE = 0.03, 0.6
LOOK_BACK = 96.0
# Chances of (bad, good, unknown) news: of the culprit, and of anybody else.
OUTCOMES = {True: (0.45, 0.20, 0.35), False: (0.03, 0.60, 0.37)}
SIGNATURES = {True: (0.50, 0.15, 0.35), False: (0.06, 0.44, 0.50)}


@dataclass(slots=True)
class Release:
    """One version of one service on its way through the regions; times are hours since the start."""

    number: int
    service: int
    at: float
    size: float
    reached: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incident:
    service: int
    region: int
    at: float
    culprit: Release | None


class Fleet:
    """Services with dependencies, their releases, and the incidents that releases and other things cause."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        pick = self.random
        self.needs = {number: self._needs(number) for number in range(SERVICES)}
        self.needed_by: dict[int, set[int]] = defaultdict(set)
        for service, needs in self.needs.items():
            for need in needs:
                self.needed_by[need].add(service)
        self.rate = {
            number: min(20.0, pick.lognormvariate(math.log(MEDIAN_RATE), RATE_SPREAD)) for number in range(SERVICES)
        }
        self.incidents: list[Incident] = []
        self.releases = [self._through_waves(release) for release in self._releases()]
        self._other_troubles()
        self.incidents.sort(key=lambda incident: incident.at)
        self.arrivals = self._arrivals()

    def _needs(self, number: int) -> set[int]:
        return set(self.random.sample(range(number), min(number, self.random.choice((0, 1, 1, 2, 2, 3)))))

    def _releases(self) -> list[Release]:
        made = []
        for service, rate in self.rate.items():
            at = self.random.expovariate(rate / 24)
            while at < DAYS * 24:
                made.append((at, service, self.random.gauss(0, 1)))
                at += self.random.expovariate(rate / 24)
        return [Release(number, service, at, size) for number, (at, service, size) in enumerate(sorted(made))]

    def _through_waves(self, release: Release) -> Release:
        """A faulty release is stopped where and when it shows, by an incident of its service or of a dependent."""
        pick = self.random
        # Whoever deploys often breaks less each time; larger changes break more.
        odds = FAULT_RATE * self.rate[release.service] ** -0.6 * math.exp(0.5 * release.size) / 1.3
        shows_in = pick.choice((0, 0, 0, 1, 2)) if pick.random() < odds else None
        for region, wait in enumerate(WAVES):
            release.reached[region] = release.at + wait * pick.uniform(0.8, 1.5)
            if region == shows_in:
                quick = pick.random() < 0.75
                lag = pick.lognormvariate(math.log(10 / 60), 1.2) if quick else pick.lognormvariate(math.log(10), 1.0)
                self.incidents.append(
                    Incident(self._victim(release.service), region, release.reached[region] + lag, release)
                )
                break
        return release

    def _victim(self, service: int) -> int:
        """Mostly the service itself; else who needs it, or who needs them."""
        hops = self.random.choices((0, 1, 2), (80, 15, 5))[0]
        for _ in range(hops):
            service = self.random.choice(sorted(self.needed_by[service]) or [service])
        return service

    def _other_troubles(self) -> None:
        caused = len(self.incidents)
        for _ in range(round(caused * (1 - CHANGE_SHARE) / CHANGE_SHARE)):
            service, region = self.random.randrange(SERVICES), self.random.randrange(len(WAVES))
            self.incidents.append(Incident(service, region, self.random.uniform(0, DAYS * 24), None))

    def _arrivals(self) -> dict[tuple[int, int], list[tuple[float, Release]]]:
        """What reached each service in each region, in order of time."""
        found: dict[tuple[int, int], list[tuple[float, Release]]] = defaultdict(list)
        for release in self.releases:
            for region, at in release.reached.items():
                found[release.service, region].append((at, release))
        return {place: sorted(arrived, key=lambda pair: pair[0]) for place, arrived in found.items()}

    def before(self, service: int, region: int, at: float) -> list[tuple[float, Release]]:
        """What reached a service in a region up to a time, within the look-back; the latest is last."""
        arrived = self.arrivals.get((service, region), [])
        start, end = (bisect_right(arrived, hour, key=lambda pair: pair[0]) for hour in (at - LOOK_BACK, at))
        return arrived[start:end]

    def upstream(self, service: int) -> dict[int, int]:
        """The service and what it needs, with the number of hops up to two."""
        hops = {service: 0}
        for hop in (1, 2):
            for near in [name for name, distance in hops.items() if distance == hop - 1]:
                for need in self.needs[near]:
                    hops.setdefault(need, hop)
        return hops


def latest_of(fleet: Fleet, incident: Incident, services: Iterable[int], regions: Iterable[int]) -> Release | None:
    places = [(service, region) for service in services for region in regions]
    arrived = [fleet.before(service, region, incident.at)[-1:] for service, region in places]
    latest = max((pair for pairs in arrived for pair in pairs), key=lambda pair: pair[0], default=None)
    return latest[1] if latest else None


def candidates(fleet: Fleet, incident: Incident, pick: random.Random) -> list[Candidate]:
    """As the product would see them: the impact is dated to the minute or so, and some facts are missing or wrong."""
    seen_at = incident.at + pick.gauss(0, 1 / 60)
    found = []
    for service, hops in fleet.upstream(incident.service).items():
        for at, release in fleet.before(service, incident.region, incident.at):
            guilty = release is incident.culprit
            found.append(
                Candidate(
                    key=release.number,
                    lag=timedelta(hours=seen_at - at),
                    hops=hops,
                    deployments_per_day=fleet.rate[service],
                    size_sd=release.size if pick.random() < 0.8 else None,
                    outcome=pick.choices(("failed", "clean", None), OUTCOMES[guilty])[0],
                    signature=pick.choices(("new", "none", None), SIGNATURES[guilty])[0],
                )
            )
    return found


def without_evidence(candidate: Candidate) -> Candidate:
    return Candidate(
        key=candidate.key,
        lag=candidate.lag,
        hops=candidate.hops,
        deployments_per_day=candidate.deployments_per_day,
        size_sd=candidate.size_sd,
    )


@dataclass(slots=True)
class Score:
    """Rankings of all incidents in order of time, with the culprit's number or None."""

    judged: list[tuple[Ranking, int | None]] = field(default_factory=list)

    def tops(self, at_least: float = 0.0) -> list[tuple[float, bool]]:
        """Likelihood of each top suspect, and whether it did it."""
        return [pair for pair in self._tops(self.judged, 0.0) if pair[0] >= at_least]

    def precision_at_1(self) -> float:
        """Among incidents that a change caused: how often it is the top suspect."""
        caused = [(ranking.suspects[:1], culprit) for ranking, culprit in self.judged if culprit is not None]
        return sum(bool(top) and top[0].candidate.key == culprit for top, culprit in caused) / len(caused)

    def ece(self) -> float:
        return calibration_error(self.tops())

    def learned_shift(self) -> float:
        """What the intercept must change by so that the first half has as many changes at fault as it says."""
        judged = self.judged[: len(self.judged) // 2]
        without = sum(culprit is None for _, culprit in judged)
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            said = sum(1 / (1 + math.exp(middle) * (1 / ranking.p_no_change - 1)) for ranking, _ in judged)
            low, high = (middle, high) if said > without else (low, middle)
        return low

    def ece_learned(self) -> float:
        return calibration_error(self._tops(self.judged[len(self.judged) // 2 :], self.learned_shift()))

    def _tops(self, judged: list[tuple[Ranking, int | None]], shift: float) -> list[tuple[float, bool]]:
        found = []
        for ranking, culprit in judged:
            if ranking.suspects:
                top, odds = ranking.suspects[0], math.exp(shift)
                whole = ranking.p_no_change + odds * (1 - ranking.p_no_change)
                found.append((odds * top.probability / whole, top.candidate.key == culprit))
        return found


def calibration_error(tops: list[tuple[float, bool]], bins: int = 10) -> float:
    """The mean distance between said and true, in bins of equal width weighted by how many fall into them."""
    held: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for likelihood, right in tops:
        held[min(int(likelihood * bins), bins - 1)].append((likelihood, right))
    gaps = (abs(sum(likely for likely, _ in pairs) - sum(right for _, right in pairs)) for pairs in held.values())
    return sum(gaps) / len(tops)


def share(incidents: list[Incident], blamed: Callable[[Incident], Release | None]) -> float:
    """Precision at 1 of a rule: among incidents that a change caused, how often it blames that one."""
    return sum(blamed(incident) is incident.culprit for incident in incidents) / len(incidents)


def figures(seed: int) -> dict[str, float]:
    fleet = Fleet(seed)
    pick = random.Random(seed + 1)
    whole, bare = Score(), Score()
    for incident in fleet.incidents:
        seen = candidates(fleet, incident, pick)
        culprit = incident.culprit.number if incident.culprit else None
        whole.judged.append((rank(seen), culprit))
        bare.judged.append((rank(map(without_evidence, seen)), culprit))
    caused = [incident for incident in fleet.incidents if incident.culprit]
    everywhere = range(len(WAVES))

    def team_of(service: int) -> range:
        return range(service // TEAM_SIZE * TEAM_SIZE, service // TEAM_SIZE * TEAM_SIZE + TEAM_SIZE)

    named, sure = whole.tops(at_least=0.5), whole.tops(at_least=0.8)
    return {
        "incidents": len(fleet.incidents),
        "incidents_by_change": len(caused),
        "releases": len(fleet.releases),
        "p1_latest_of_all": share(caused, lambda it: latest_of(fleet, it, range(SERVICES), everywhere)),
        "p1_latest_of_team": share(caused, lambda it: latest_of(fleet, it, team_of(it.service), everywhere)),
        "p1_latest_of_service": share(caused, lambda it: latest_of(fleet, it, [it.service], [it.region])),
        "p1_without_evidence": bare.precision_at_1(),
        "p1": whole.precision_at_1(),
        "ece_without_evidence": bare.ece(),
        "ece": whole.ece(),
        "ece_learned": whole.ece_learned(),
        "named_share": len(named) / len(fleet.incidents),
        "precision_when_named": sum(right for _, right in named) / len(named),
        "sure_share": len(sure) / len(fleet.incidents),
        "precision_at_p80": sum(right for _, right in sure) / len(sure),
    }


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 51
    found = figures(seed)
    print(f"Seed {seed}. Precision at 1 over incidents that a change caused:")
    for name, rule in (
        ("p1_latest_of_all", "DevLake's rule, the fleet as one project"),
        ("p1_latest_of_team", "DevLake's rule, a project per team"),
        ("p1_latest_of_service", "most recent of the same service and region"),
        ("p1_without_evidence", "competing risks, without outcome and signature"),
        ("p1", "competing risks"),
    ):
        print(f"  {found[name]:.3f}  {rule}")
    print(json.dumps({"name": "suspicion", "figures": {name: round(value, 4) for name, value in found.items()}}))


if __name__ == "__main__":
    main()

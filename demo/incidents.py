"""About 120 incidents of the last ninety days: what broke, who took it, which change did it if one did.

It decides times and people from the same schedules that page for real. Suspects are computed by the product; what
people said about them is made here. Everything is over, but for two that somebody has in hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from demo.deployments import History
from demo.organisation import Organisation
from oncall import shifts, suspecting
from oncall.models import (
    Alert,
    Attempt,
    Deployment,
    Environment,
    Incident,
    Page,
    Schedule,
    Service,
    TimelineEntry,
    User,
    Verdict,
)

FILE = Path(__file__).parent / "data" / "troubles.yaml"
SEED = 31_337
CAUSED, TAKEN_BACK, UNCAUSED = 34, 26, 60
# Hours since the two began that somebody has in hand.
IN_HAND = (21.0, 5.5)
SEVERITIES = ((1, 3), (2, 20), (3, 52), (4, 40), (5, 5))


@dataclass
class Trouble:
    """One incident before it is written."""

    service: Service
    environment: Environment
    title: str
    alert: str
    error: str
    severity: int
    started: datetime
    change: Deployment | None
    by: User
    row: Incident = field(default_factory=Incident)

    @property
    def detected(self) -> datetime:
        return self.row.detected_at


class Making:
    """Carries the dice and the definitions of the schedules through the making."""

    def __init__(self, made: Organisation, history: History) -> None:
        self.made, self.history = made, history
        self.random = Random(SEED)  # noqa: S311 - a plausible past, not a secret
        self.kinds: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        schedules = Schedule.objects.with_definition().select_related("team")
        self.definitions = {schedule.team_id: schedule.definition() for schedule in schedules}
        self.people = {person.pk: person for person in made.people.values()}
        self.severities = [value for value, count in SEVERITIES for _ in range(count)]
        self.random.shuffle(self.severities)

    def on_call(self, service: Service, at: datetime) -> User:
        return self.people[shifts.on_call_at(self.definitions[service.team_id], at)[0]]

    def caused(self) -> list[Trouble]:
        """Troubles a few minutes after a deployment: of the service itself, or of one that needs it."""
        start, end = self.made.now - timedelta(days=88), self.made.now - timedelta(days=2)
        reached = [d for d in self.history.all if d.environment.tier == "production" and start < d.reached_at < end]
        taken = [d for d in reached if d.state == Deployment.State.ROLLED_BACK]
        kept = [d for d in reached if d.state == Deployment.State.SUCCEEDED and d.rollback_of_id is None]
        chosen = [*self.random.sample(taken, min(TAKEN_BACK, len(taken))), *self.random.sample(kept, CAUSED)]
        return [self._trouble(*self._victim(change), self._after(change), change) for change in chosen]

    def _after(self, change: Deployment) -> datetime:
        return change.reached_at + timedelta(minutes=min(95.0, 3 + self.random.expovariate(1 / 11)))

    def _victim(self, change: Deployment) -> tuple[Service, Environment]:
        dependents = [need.service for need in change.service.needed_by.select_related("service__team")]
        service = self.random.choice(dependents) if dependents and self.random.random() < 0.2 else change.service
        return service, change.environment

    def uncaused(self) -> list[Trouble]:
        services = [service for service in self.made.services.values() for _ in range(4 - service.tier)]
        places = [place for place in self.made.environments.values() if place.wave >= 2]
        hours = [self.random.uniform(36, 2136) for _ in range(UNCAUSED - len(IN_HAND))]
        return [
            self._trouble(
                self.random.choice(services),
                self.random.choice(places),
                self.made.now - timedelta(hours=ago),
                None,
            )
            for ago in (*hours, *IN_HAND)
        ]

    def _trouble(self, service: Service, place: Environment, started: datetime, change: Deployment | None) -> Trouble:
        own = self.kinds.get(service.slug, [])
        kind = self.random.choice(own if own and self.random.random() < 0.6 else self.kinds["common"])
        number = self.random.randint(*kind["range"])
        severity = self.severities.pop() if self.severities else 3
        if severity == 1 and service.tier > 1:
            severity = 2
        started = started.replace(microsecond=0)
        return Trouble(
            service=service,
            environment=place,
            title=kind["title"].format(s=service.name, e=place.name, n=f"{number:,}".replace(",", " ")),
            alert=kind["alert"],
            error=kind.get("error", "") if change and self.random.random() < 0.7 else "",
            severity=severity,
            started=started,
            change=change if change is None or change.service_id == service.pk or severity < 4 else None,
            by=self.on_call(service, started),
        )


def make(made: Organisation, history: History) -> list[Trouble]:
    """Create the incidents with alerts, pages, timelines, suspects and verdicts; oldest first."""
    making = Making(made, history)
    troubles = sorted([*making.caused(), *making.uncaused()], key=lambda trouble: trouble.started)
    for index, trouble in enumerate(troubles):
        _stamp(trouble, making.random, is_in_hand=index >= len(troubles) - len(IN_HAND))
    Incident.objects.bulk_create(trouble.row for trouble in troubles)
    _alerts(made, troubles, making.random)
    _pages(troubles)
    _judge(troubles, making.random)
    _timelines(troubles, making)
    return troubles


def _stamp(trouble: Trouble, random: Random, *, is_in_hand: bool) -> None:
    """Its life in times: minutes to notice and to take it, tens of minutes to end the pain, hours to close it."""
    minutes = [random.expovariate(1 / mean) + least for mean, least in ((2.5, 0.5), (4, 0.8), (31, 5), (50, 8))]
    detected, acknowledged, mitigated, resolved = (
        trouble.started + timedelta(minutes=sum(minutes[: index + 1])) for index in range(4)
    )
    row = Incident(
        title=trouble.title,
        service=trouble.service,
        environment=trouble.environment,
        severity=trouble.severity,
        state=Incident.State.RESOLVED,
        impact_started_at=trouble.started,
        detected_at=detected,
        triggered_at=detected,
        acknowledged_at=acknowledged,
        acknowledged_by=trouble.by,
        mitigated_at=mitigated,
        resolved_at=resolved,
        moved_at=resolved,
        moved_by=trouble.by,
        pages_made=1 if trouble.severity <= 3 else 0,
    )
    if is_in_hand:
        row.severity, row.state, row.resolved_at = 3, Incident.State.MITIGATED, None
        row.moved_at = mitigated
    trouble.row = row


def _alerts(made: Organisation, troubles: list[Trouble], random: Random) -> None:
    Alert.objects.bulk_create(
        Alert(
            integration=made.doors[trouble.service.slug],
            service=trouble.service,
            incident=trouble.row,
            environment=trouble.environment,
            dedup_key=f"{trouble.alert}-{trouble.row.pk}",
            group_key=f"{trouble.alert}/{trouble.environment.name}",
            title=trouble.title,
            severity=trouble.row.severity,
            labels=_labels(trouble),
            state=Alert.State.CLOSED if trouble.row.resolved_at else Alert.State.OPEN,
            started_at=trouble.started,
            opened_at=trouble.detected,
            last_signal_at=trouble.row.resolved_at or trouble.row.mitigated_at or trouble.detected,
            closed_at=trouble.row.resolved_at,
            signal_count=random.randint(1, 9),
        )
        for trouble in troubles
    )


def _labels(trouble: Trouble) -> dict[str, str]:
    labels = {"alertname": trouble.alert, "service": trouble.service.name, "region": trouble.environment.name}
    return labels | ({"error": trouble.error} if trouble.error else {})


def _pages(troubles: list[Trouble]) -> None:
    paged = [trouble for trouble in troubles if trouble.severity <= 3]
    pages = Page.objects.bulk_create(
        Page(
            incident=trouble.row,
            user=trouble.by,
            cycle=1,
            round=0,
            step=0,
            reason=f"on call in {trouble.service.team.name} on-call",
            opened_at=trouble.detected,
        )
        for trouble in paged
    )
    Attempt.objects.bulk_create(
        Attempt(
            page=page,
            contact_method=trouble.by.contact_methods.all()[0],
            channel="email",
            address=trouble.by.email,
            state=Attempt.State.SENT,
            created_at=trouble.detected,
            send_after=trouble.detected,
            sent_at=trouble.detected + timedelta(seconds=1),
        )
        for trouble, page in zip(paged, pages, strict=True)
    )


def _judge(troubles: list[Trouble], random: Random) -> None:
    """Suspects as the product computes them; verdicts as people gave them, most of them right away."""
    verdicts: list[Verdict] = []
    for trouble in troubles:
        ranking = suspecting.rank(trouble.row, trouble.detected)
        at = trouble.row.mitigated_at or trouble.detected
        if trouble.change is not None and random.random() < 0.88:
            verdicts.append(_verdict(trouble, trouble.change, Verdict.Ruling.CONFIRMED, at))
            continue
        top = ranking.suspects.first()
        if trouble.change is None and top is not None and top.probability > 0.15 and random.random() < 0.6:
            verdicts.append(_verdict(trouble, top.deployment, Verdict.Ruling.RULED_OUT, at))
    Verdict.objects.bulk_create(verdicts)


def _verdict(trouble: Trouble, deployment: Deployment, ruling: str, at: datetime) -> Verdict:
    return Verdict(incident=trouble.row, deployment=deployment, ruling=ruling, by=trouble.by, at=at)


def _timelines(troubles: list[Trouble], making: Making) -> None:
    verdicts = {verdict.incident_id: verdict for verdict in Verdict.objects.select_related("deployment__service")}
    entries: list[TimelineEntry] = []
    for trouble in troubles:
        entries += _told(trouble, making)
        verdict = verdicts.get(trouble.row.pk)
        if verdict:
            word = "Confirmed as the change that did it" if verdict.ruling == "confirmed" else "Ruled out"
            text = f"{word}: {verdict.deployment}"
            entries.append(_entry(trouble, verdict.at, "verdict", text, deployment=verdict.deployment))
    TimelineEntry.objects.bulk_create(entries)


def _told(trouble: Trouble, making: Making) -> list[TimelineEntry]:
    row, who = trouble.row, trouble.by.name
    entries = [
        _entry(trouble, trouble.detected, "alert", f"{trouble.alert}: {trouble.title}", by=None, via="alertmanager")
    ]
    if trouble.severity <= 3:
        at = trouble.detected + timedelta(seconds=1)
        entries.append(_entry(trouble, at, "page", f"Paged {who} by e-mail", by=None, via="paging"))
    assert row.acknowledged_at
    assert row.mitigated_at
    entries.append(_entry(trouble, row.acknowledged_at, "acknowledged", "Acknowledged", via="link"))
    entries += _notes(trouble, making)
    entries.append(_entry(trouble, row.mitigated_at, "mitigated", "Mitigated"))
    if row.resolved_at:
        entries.append(_entry(trouble, row.resolved_at, "resolved", "Resolved"))
    return entries


def _notes(trouble: Trouble, making: Making) -> list[TimelineEntry]:
    row, change = trouble.row, trouble.change
    assert row.acknowledged_at
    assert row.mitigated_at
    texts = making.kinds["notes"]["changed" if change else "unchanged"]
    chosen = texts if change else making.random.sample(texts, making.random.randint(1, 3))
    before = change.previous.label if change and change.previous else "the version before"
    step = (row.mitigated_at - row.acknowledged_at) / (len(chosen) + 1)
    return [
        _entry(
            trouble,
            row.acknowledged_at + step * (index + 1),
            "note",
            text.format(v=change.label if change else "", p=before, e=trouble.environment.name),
        )
        for index, text in enumerate(chosen)
    ]


def _entry(trouble: Trouble, at: datetime, kind: str, text: str, *, via: str = "screen", **facts: Any) -> TimelineEntry:
    actor = facts.pop("by", trouble.by)
    return TimelineEntry(incident=trouble.row, at=at, kind=kind, text=text, actor=actor, source=via, **facts)

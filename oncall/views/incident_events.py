"""The timeline of an incident as it is read: entries of people and machines, with the deployments among them.

It decides order, folding and limits; what is written on the timeline is decided by the verbs. It changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall.models import Deployment, Incident, TimelineEntry, User

# The newest entries a screen shows at first; a storm writes thousands.
MOST_ENTRIES = 300
# How far before the impact the service's own deployments are worth a line, and how many.
LOOK_BACK = timedelta(hours=2)
MOST_DEPLOYMENTS = 12
# A run of more than this many entries of one machine kind is folded after its first.
LONGEST_RUN = 3
MACHINE_KINDS = frozenset({"alert", "alert_closed", "delivery", "page", "unreachable"})
# How a source reads behind an entry; what is not here is shown as it is.
SOURCES = {
    "screen": "",
    "paging": "",
    "link": "by the link in the page",
    "sms": "by SMS",
    "voice": "by phone",
    "ntfy": "by the button in ntfy",
    "push": "by the push notification",
    "api": "through the API",
    "cli": "from the command line",
    "alertmanager": "Alertmanager",
    "pagerduty": "PagerDuty events",
    "github": "GitHub",
    "slack": "in Slack",
    "telegram": "in Telegram",
    "mattermost": "in Mattermost",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline; `more` holds the rest of a folded run."""

    at: datetime
    kind: str
    text: str
    actor: User | None = None
    source: str = ""
    deployment: Deployment | None = None
    is_starred: bool = False
    more: list["Event"] = field(default_factory=list)

    @property
    def is_said(self) -> bool:
        """Whether a person wrote the words, rather than did the thing."""
        return self.kind == TimelineEntry.Kind.NOTE


def events_of(incident: Incident, deployments: Iterable[Deployment], limit: int = MOST_ENTRIES) -> list[Event]:
    """The newest `limit` entries, oldest first, with deployments that no entry names, runs of machines folded."""
    entries = list(
        incident.timeline.select_related("actor", "deployment__service", "deployment__environment").order_by(
            "-at", "-pk"
        )[:limit]
    )
    written = [_of_entry(entry) for entry in entries]
    named = {entry.deployment_id for entry in entries if entry.kind == TimelineEntry.Kind.DEPLOYMENT}
    silent = {deployment.pk: deployment for deployment in deployments if deployment.pk not in named}
    drawn = [_of_deployment(deployment) for deployment in silent.values()]
    # Sorting is stable: what happened at the same instant keeps the order in which it was written.
    return folded(sorted([*drawn, *reversed(written)], key=lambda event: event.at))


def own_deployments(incident: Incident) -> list[Deployment]:
    """What was put out of the service itself shortly before the impact and until the end."""
    found = Deployment.objects.shown().filter(
        service=incident.service_id, reached_at__gte=incident.impact_started_at - LOOK_BACK
    )
    if incident.resolved_at:
        found = found.filter(reached_at__lte=incident.resolved_at)
    return list(found.exclude(state=Deployment.State.QUEUED)[:MOST_DEPLOYMENTS])


def folded(events: Sequence[Event]) -> list[Event]:
    """Put the rest of a long run of one machine kind behind its first event."""
    shown: list[Event] = []
    run: list[Event] = []
    for event in events:
        if run and event.kind != run[0].kind:
            shown.extend(_fold(run))
            run = []
        run.append(event)
    return [*shown, *_fold(run)]


def _fold(run: list[Event]) -> list[Event]:
    if len(run) <= LONGEST_RUN or run[0].kind not in MACHINE_KINDS:
        return run
    run[0].more.extend(run[1:])
    return run[:1]


def _of_entry(entry: TimelineEntry) -> Event:
    return Event(
        at=entry.at,
        kind=entry.kind,
        text=entry.text,
        actor=entry.actor,
        source=SOURCES.get(entry.source, entry.source),
        deployment=entry.deployment,
        is_starred=entry.is_starred,
    )


def _of_deployment(deployment: Deployment) -> Event:
    return Event(at=deployment.reached_at, kind="deployment", text="", source=deployment.actor, deployment=deployment)

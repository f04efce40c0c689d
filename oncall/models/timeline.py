"""The timeline of an incident: append-only entries from machines and people.

It is also the audit trail of incidents: every move writes one entry in its own transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, models, transaction

from oncall.models.deployments import Deployment
from oncall.models.incidents import Incident
from oncall.models.people import User
from oncall.models.signals import Alert

NOTIFY = """
SELECT set_config('synchronous_commit', 'off', true), pg_notify('errata_live', topic)
FROM unnest(%s::text[]) AS topic
"""


_aside = threading.local()


@contextmanager
def announcing_aside(take: Callable[[Iterable[str]], None]) -> Iterator[None]:
    """Within, what this thread has to tell screens is given to `take`, for somebody who has the time to `tell` it."""
    _aside.take = take
    try:
        yield
    finally:
        _aside.take = None


def tell(topics: Iterable[str]) -> None:
    """Tell open screens now."""
    # One statement, which as a transaction of its own need not wait for the disk: it writes nothing.
    with connection.cursor() as cursor:
        cursor.execute(NOTIFY, [list(topics)])


class Announcement:
    """What a transaction has to tell open screens when it is committed, each topic once."""

    def __init__(self) -> None:
        self.topics: dict[str, None] = {}

    def __call__(self) -> None:
        take = getattr(_aside, "take", None) or tell
        take(self.topics)


def announce(*topics: str) -> None:
    """Tell open screens that something changed, after commit.

    Outside the transaction on purpose: commits that carry a NOTIFY queue behind one lock of the whole server. A lost
    announcement costs a screen a few seconds, never a page.
    """
    # What is owed is kept by the connection, which also forgets it when a savepoint is rolled back.
    owed = (entry[1] for entry in connection.run_on_commit if isinstance(entry[1], Announcement))
    announcement = next(owed, None)
    if announcement is None:
        announcement = Announcement()
        announcement.topics |= dict.fromkeys(topics)
        transaction.on_commit(announcement, robust=True)
    else:
        announcement.topics |= dict.fromkeys(topics)


class TimelineManager(models.Manager["TimelineEntry"]):
    """Writes entries; called as `incident.timeline.write(...)`."""

    def write(
        self,
        kind: str,
        text: str,
        *,
        at: datetime,
        actor: User | None = None,
        source: str = "",
        **links: object,
    ) -> TimelineEntry:
        """Append one entry and tell open screens. `links` are alert, deployment."""
        entry = self.create(kind=kind, text=text, at=at, actor=actor, source=source, **links)
        announce(f"incident:{entry.incident_id}", "incidents")
        return entry


class TimelineEntry(models.Model):
    """Something that happened, when, who or what says so, and how they said it."""

    class Kind(models.TextChoices):
        ALERT = "alert", "Alert"
        ALERT_CLOSED = "alert_closed", "Alert closed"
        DECLARED = "declared", "Declared"
        PAGE = "page", "Page"
        UNREACHABLE = "unreachable", "Nobody reached"
        DELIVERY = "delivery", "Delivery"
        TRIGGERED = "triggered", "Triggered"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        MITIGATED = "mitigated", "Mitigated"
        RESOLVED = "resolved", "Resolved"
        ESCALATED = "escalated", "Escalated"
        SNOOZED = "snoozed", "Snoozed"
        REASSIGNED = "reassigned", "Reassigned"
        RESPONDER = "responder", "Responder"
        HELD = "held", "Held"
        REROUTED = "rerouted", "Re-routed"
        SEVERITY = "severity", "Severity"
        DEPLOYMENT = "deployment", "Deployment"
        VERDICT = "verdict", "Verdict"
        NOTE = "note", "Note"
        COE = "coe", "COE"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=Kind)
    text = models.TextField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # By which way it came: screen, api, link, alertmanager, paging, …
    source = models.CharField(max_length=40, blank=True)
    alert = models.ForeignKey(Alert, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deployment = models.ForeignKey(Deployment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_starred = models.BooleanField(default=False)

    objects = TimelineManager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "timeline entries"
        indexes = [
            # The screen of an incident, and drafting a COE.
            models.Index(fields=["incident", "at"], name="timeline_of_an_incident"),
        ]

    def __str__(self) -> str:
        return self.text

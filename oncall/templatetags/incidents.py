"""What only the screens of incidents need: icons of events, days of a timeline, links that are safe to follow.

It words and groups; which events and alerts are shown is decided by `oncall/views/`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django import template
from django.utils import timezone

from oncall.models import Alert, Attempt
from oncall.views.incident_events import Event

register = template.Library()

# kind of a timeline entry → icon; deployments are diamonds, drawn by the style sheet.
ICONS = {
    "alert": "siren",
    "alert_closed": "bell-off",
    "declared": "flag",
    "page": "bell",
    "unreachable": "triangle-alert",
    "delivery": "send",
    "triggered": "rotate-ccw",
    "acknowledged": "eye",
    "mitigated": "shield-check",
    "resolved": "check",
    "escalated": "arrow-up",
    "snoozed": "clock",
    "reassigned": "arrow-left-right",
    "responder": "user-plus",
    "held": "bell-off",
    "rerouted": "git-branch",
    "severity": "trending-up",
    "verdict": "target",
    "note": "message-square-text",
    "coe": "book-open-text",
}
# Labels that say no more than the alert's title and service already do.
DULL_LABELS = frozenset({"alertname", "severity", "service"})
MOST_LABELS = 6


@dataclass(frozen=True, slots=True)
class Day:
    """The events of one day of the viewer; `on` is None where there is nothing to say about the day."""

    on: date | None
    events: list[Event]


@register.filter
def event_icon(event: Event) -> str:
    """The icon of an event's kind; empty for deployments, which are diamonds."""
    return ICONS.get(event.kind, "" if event.kind == "deployment" else "circle-dot")


@register.filter
def by_day(events: Iterable[Event]) -> list[Day]:
    """Events by the viewer's days. When all of it is of today, the day goes without saying."""
    days = [Day(on, list(group)) for on, group in groupby(events, lambda event: timezone.localtime(event.at).date())]
    if len(days) == 1 and days[0].on == timezone.localdate():
        return [Day(None, days[0].events)]
    return days


@register.filter
def telling_labels(alert: Alert) -> list[tuple[str, str]]:
    """The labels that say something the title does not, as pairs, at most six."""
    pairs = [(str(name), str(value)) for name, value in alert.labels.items() if name not in DULL_LABELS]
    return pairs[:MOST_LABELS]


@register.filter
def safe_links(alert: Alert) -> Iterator[tuple[str, str]]:
    """Title and address of the alert's links that lead to a web page: what came from outside may be a script."""
    for link in alert.links:
        title, address = _pair(link)
        if address.startswith(("https://", "http://")):
            yield title or address, address


def _pair(link: Any) -> tuple[str, str]:
    if isinstance(link, list | tuple) and len(link) == 2:
        return str(link[0]), str(link[1])
    return "", str(link)


@register.filter
def way(attempt: Attempt) -> str:
    """How an attempt tries to reach somebody, without the address: others need not know it."""
    words = {"email": "e-mail", "webhook": "webhook"}.get(attempt.channel, attempt.channel)
    return words if attempt.number == 1 else f"{words}, try {attempt.number}"

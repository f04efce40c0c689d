"""Where a fact is known from, as it is shown beside the fact: words, and the address of what it was made of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coe.models import COE, TimelineEvent
from oncall.models import Incident, User
from oncall.times import local

INCIDENT = re.compile(r"INC-(\d{1,18})\b")


@dataclass(frozen=True, slots=True)
class HeaderFact:
    """What one incident says of the header, and its address."""

    number: str
    url: str
    says: str


def url_of(event: TimelineEvent) -> str:
    """The deployment or the incident that a line was made of; empty for what people wrote."""
    return address_of(event.source, event.deployment_id)


def address_of(source: str, deployment: int | None) -> str:
    """As `url_of`, of the words and the deployment that a snapshot keeps."""
    if deployment:
        return f"/deployments/{deployment}/"
    found = INCIDENT.match(source)
    return f"/incidents/{found[1]}/" if found else ""


def header_of(coe: COE, user: User) -> list[HeaderFact]:
    """What each incident of the COE, of those this person may see, says of severity, service and impact."""
    incidents = coe.header.incidents.visible_to(user).select_related("service").order_by("pk")
    return [HeaderFact(one.number, one.get_absolute_url(), said_of(one, coe.header.zone)) for one in incidents]


def said_of(incident: Incident, zone: str) -> str:
    """ "SEV2, payments-api, impact 2026-11-16 15:00 to 15:27 Europe/Paris"."""
    start = local(incident.impact_started_at, zone)
    ended = incident.mitigated_at or incident.resolved_at
    until = "goes on"
    if ended:
        end = local(ended, zone)
        until = f"to {end:%H:%M}" if end.date() == start.date() else f"to {end:%Y-%m-%d %H:%M}"
    severity, service = incident.get_severity_display(), incident.service.name
    return f"{severity}, {service}, impact {start:%Y-%m-%d %H:%M} {until} ({zone})"

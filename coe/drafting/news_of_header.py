"""What the incidents know of the header: when the impact was, how severe, services, and incidents that belong here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from coe.drafting.changes import suspicions_of, trigger_of
from coe.drafting.news import CHANGED_HERE, Drafted, HeaderChange, News, Part
from coe.models import COE
from oncall.models import Incident, User
from oncall.models.incidents import Severity
from oncall.times import local

MENTION = re.compile(r"\bINC-(\d{1,9})\b")
MOST_MENTIONED = 20


def header_news(coe: COE, incidents: Sequence[Incident], drafted: Drafted) -> Iterator[News]:
    """Times of the impact, severity and services that the header does not say."""
    if not incidents:
        return
    for name, label, known in (
        ("impact_started_at", "Impact from", min(incident.impact_started_at for incident in incidents)),
        ("impact_ended_at", "Impact to", _ended(incidents)),
    ):
        yield from _time(coe, (name, label), known, drafted, incidents)
    severity = min(incident.severity for incident in incidents)
    if severity not in (coe.header.severity, drafted.content.get("severity", coe.header.severity)):
        is_theirs = coe.header.severity != drafted.content.get("severity")
        yield News(
            "header-severity",
            Part.HEADER,
            f"Severity: {Severity(severity).label}",
            HeaderChange({"severity": severity}),
            was=coe.header.get_severity_display(),
            source=_names(incidents),
            url=incidents[0].get_absolute_url(),
            note=CHANGED_HERE if is_theirs else "",
            is_ticked=not is_theirs,
        )
    yield from _services(coe, incidents, drafted)


def _time(
    coe: COE, field: tuple[str, str], known: datetime | None, drafted: Drafted, incidents: Sequence[Incident]
) -> Iterator[News]:
    name, label = field
    current = getattr(coe.header, name)
    if known in (current, drafted.at(name)) and (current is not None or known is None):
        return
    is_theirs = current is not None and current != drafted.at(name)
    yield News(
        f"header-{name}",
        Part.HEADER,
        f"{label}: {_told(known, coe.header.zone)}",
        HeaderChange({name: known}),
        was=_told(current, coe.header.zone),
        source=_names(incidents),
        url=incidents[0].get_absolute_url(),
        note=CHANGED_HERE if is_theirs else "",
        is_ticked=not is_theirs,
    )


def _names(incidents: Sequence[Incident]) -> str:
    return ", ".join(incident.number for incident in incidents)


def _told(at: datetime | None, zone: str) -> str:
    return f"{local(at, zone):%Y-%m-%d %H:%M:%S}" if at else "not known, it goes on"


def _ended(incidents: Sequence[Incident]) -> datetime | None:
    """When the last of them was mitigated; None while one goes on."""
    ends = [incident.mitigated_at or incident.resolved_at for incident in incidents]
    known = [end for end in ends if end]
    return max(known) if len(known) == len(ends) else None


def _services(coe: COE, incidents: Sequence[Incident], drafted: Drafted) -> Iterator[News]:
    """Affected services that were neither named nor taken away."""
    there = set(coe.header.services.values_list("slug", flat=True)) | drafted.services
    for incident in incidents:
        trigger = trigger_of(suspicions_of(incident))
        for service in (incident.service, *([trigger.deployment.service] if trigger else [])):
            if service.slug in there:
                continue
            there.add(service.slug)
            change = HeaderChange({}, service=service.pk)
            says, source = f"Service affected: {service.name}", f"{incident.number}, its service or what set it off"
            key, url = f"service-{service.pk}", incident.get_absolute_url()
            yield News(key, Part.HEADER, says, change, source=source, url=url)


def incident_news(coe: COE, user: User) -> Iterator[News]:
    """Incidents that the text names and that are no part of the COE: a mention is no proof, so they are not ticked."""
    texts = [*coe.sections.values_list("text", flat=True)]
    texts += coe.timeline.filter(text__contains="INC-").values_list("text", flat=True)[:500]
    named = list(dict.fromkeys(int(pk) for text in texts for pk in MENTION.findall(text)))[:MOST_MENTIONED]
    there = coe.header.incidents.values("pk")
    others = Incident.objects.visible_to(user).real().filter(pk__in=named).exclude(pk__in=there)
    for incident in others.order_by("pk"):
        yield News(
            f"incident-{incident.pk}",
            Part.HEADER,
            f"{incident.number} {incident.title}",
            HeaderChange({}, incident=incident.pk),
            was="only named in the text",
            source="named in the text",
            url=incident.get_absolute_url(),
            note="Ticked, it is one of this COE's incidents, and the next refresh tells what it knows.",
            is_ticked=False,
        )

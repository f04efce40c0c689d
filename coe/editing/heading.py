"""How facts of the header come back from an older revision.

Owner and audience are facts of now and not among them, nor are the template and the source, which no editor changes
there. What is gone since (a team, a service, an incident) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from coe.editing.sections import put_header
from coe.models import COE
from oncall.models import Incident, Service, Team
from oncall.models.incidents import Severity
from oncall.times import is_zone, parse_instant

type_content = Mapping[str, Any]
# What `coe/comparing/parts.py` calls each fact that can be restored.
FACTS = {
    "Title": "title",
    "Severity": "severity",
    "Team": "team",
    "Zone": "zone",
    "Impact from": "impact_started_at",
    "Impact to": "impact_ended_at",
    "Services": "services",
    "Incidents": "incidents",
    "Tags": "tags",
    "No action items because": "no_actions_because",
}


def is_said(label: str, content: type_content) -> bool:
    """Whether a snapshot says this fact; those of older shapes lack some."""
    return FACTS.get(label, "") in content


def put_back(coe: COE, labels: Iterable[str], content: type_content) -> None:
    """Let the header say these facts as the snapshot does; the caller holds the COE in `writing`.

    Raises ValidationError when the impact would end before it began.
    """
    facts: dict[str, Any] = {}
    for name in (FACTS[label] for label in labels):
        facts |= _READ.get(name, _as_it_is)(name, content[name])
    header = coe.header
    started, ended = (facts.get(name, getattr(header, name)) for name in ("impact_started_at", "impact_ended_at"))
    if started and ended and ended < started:
        raise ValidationError("The impact would end before it began. Restore both of its times, or the whole header.")
    if facts:
        put_header(coe, facts)


def _as_it_is(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _title(name: str, value: Any) -> dict[str, Any]:
    return {name: value[:300]} if value else {}


def _severity(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value in Severity.values else {}


def _zone(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if is_zone(value) else {}


def _time(name: str, value: Any) -> dict[str, Any]:
    return {name: parse_instant(value) if value else None}


def _team(name: str, value: Any) -> dict[str, Any]:
    team = Team.objects.filter(slug=value["slug"]).first()
    return {name: team} if team else {}


def _services(name: str, value: Any) -> dict[str, Any]:
    return {name: Service.objects.filter(slug__in=[one["slug"] for one in value])}


def _incidents(name: str, value: Any) -> dict[str, Any]:
    return {name: Incident.objects.filter(pk__in=[one["id"] for one in value])}


_READ: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "title": _title,
    "severity": _severity,
    "team": _team,
    "zone": _zone,
    "impact_started_at": _time,
    "impact_ended_at": _time,
    "services": _services,
    "incidents": _incidents,
}

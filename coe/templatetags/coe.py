"""What the screens of on-call show of COEs: `{% load coe %}{% incident_coes incident user %}`.

A COE that this person may not see is not there, not even as a number.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from coe import owing, permissions, templating
from coe.models import COE, Owed
from coe.views import to_read
from oncall.models import Incident, Team, User

register = template.Library()
# An incident has one COE, rarely a second; more are an accident.
MOST = 10


@register.simple_tag
def coe_of(incident: Incident, user: User) -> COE | None:
    """The newest COE about the incident that this person may see."""
    return incident.coes.visible_to(user).first()


@register.inclusion_tag("coe/editor/_incident_coes.html")
def incident_coes(incident: Incident, user: User) -> dict[str, Any]:
    """The COEs about the incident, or the button that starts one."""
    coes = list(incident.coes.visible_to(user).select_related("owner")[:MOST])
    owed = Owed.objects.visible_to(user).shown().filter(incident=incident).first()
    is_startable = not coes and permissions.may_start(user, incident)
    return {
        "incident": incident,
        "coes": coes,
        "may_start": is_startable,
        "templates": templating.offered() if is_startable else [],
        "owed": owed,
        "is_late": owed is not None and owed.is_late(timezone.now()),
        "may_request": (owed is None or owed.waived_because in owing.AUTOMATIC) and owing.may_request(user, incident),
        "may_waive": owed is not None and owed.published_at is None and owing.may_waive(user, incident),
        "is_waived": owed is not None and owed.waived_at is not None and owed.waived_because not in owing.AUTOMATIC,
    }


@register.inclusion_tag("coe/owed/_team.html")
def owed_by_team(team: Team, user: User) -> dict[str, Any]:
    """What a team owes: the COEs that are due first; three queries."""
    now = timezone.now()
    found = Owed.objects.visible_to(user).standing().of_teams(Team.objects.filter(pk=team.pk)).shown()
    rows = [{"owed": row, "is_late": row.is_late(now)} for row in found[:MOST]]
    return {"team": team, "rows": rows}


@register.inclusion_tag("coe/reading/_team.html")
def to_read_by_team(team: Team, user: User) -> dict[str, Any]:
    """What a team has to read and to answer still; at most six queries."""
    mine = list(Team.objects.of(user))
    return {"team": team, "is_mine": team in mine, **to_read.short(user, [team], mine, timezone.now())}


@register.inclusion_tag("coe/audience/_restriction.html")
def restriction(coe: COE, user: User) -> dict[str, Any]:
    """Who reads a restricted COE, why, and when that is judged again; nothing for one that everybody reads."""
    today = user.local(timezone.now()).date()
    return {
        "coe": coe,
        "teams": list(coe.reader_teams.all()) if coe.is_restricted else [],
        "people": coe.readers.count() if coe.is_restricted else 0,
        "is_due": coe.is_to_reconsider(today),
        "may_restrict": coe.is_restricted and permissions.may_restrict(user, coe),
    }

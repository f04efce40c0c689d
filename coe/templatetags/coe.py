"""What the screens of on-call show of COEs: `{% load coe %}{% incident_coes incident user %}`.

A COE that this person may not see is not there, not even as a number.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from coe import choosing, owing, templating
from coe.models import COE, Collection, Owed
from coe.permissions import may_start
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
    is_startable = not coes and may_start(user, incident)
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


@register.inclusion_tag("components/progress.html")
def how_far(read: int, size: int) -> dict[str, Any]:
    """How many of the COEs of a collection this person has read, as a bar with words."""
    words = f"{read} of {size} read" if size else "empty"
    return {"done": read, "total": size, "label": words, "width": f"{100 * read / size if size else 0:.1f}"}


@register.inclusion_tag("coe/collections/_lists.html")
def reading_lists(team: Team, user: User) -> dict[str, Any]:
    """What the newcomers of a team read, with how far this person is; one query."""
    lists = Collection.objects.visible_to(user).lists().filter(team=team).counted_for(user)
    return {"team": team, "lists": lists[:MOST]}


@register.inclusion_tag("coe/collections/_lists.html")
def lists_to_finish(user: User) -> dict[str, Any]:
    """The reading lists of the own teams that this person has not finished; one query."""
    mine = Collection.objects.visible_to(user).lists().filter(team__in=Team.objects.of(user)).counted_for(user)
    return {"team": None, "lists": mine.unfinished().select_related("team")[:MOST]}


@register.inclusion_tag("coe/library/_month.html")
def coe_of_the_month(user: User) -> dict[str, Any]:
    """What was chosen for this month or the last one, if this person may read it; one query."""
    return {"chosen": choosing.current(user, timezone.now())}

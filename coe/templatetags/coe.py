"""What the screens of on-call show of COEs: `{% load coe %}{% incident_coes incident user %}`.

A COE that this person may not see is not there, not even as a number.
"""

from __future__ import annotations

from typing import Any

from django import template

from coe.models import COE
from coe.permissions import may_start
from oncall.models import Incident, User

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
    return {"incident": incident, "coes": coes, "may_start": not coes and may_start(user, incident)}

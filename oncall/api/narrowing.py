"""By what listings of incidents are narrowed over the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from oncall.models import Incident
from oncall.models.incidents import IncidentQuerySet
from oncall.payloads import WHOLE
from oncall.views.incident_listing import mine


class IncidentFilter(django_filters.FilterSet):
    """`?state=`, `?is_open=`, `?is_mine=`, `?severity=`, `?service=<slug>`, `?team=<slug>`, `?is_practice=`,
    `?triggered_after=`, `?triggered_before=`."""

    state = django_filters.ChoiceFilter(choices=Incident.State.choices)
    is_open = django_filters.BooleanFilter(method="opened")
    is_mine = django_filters.BooleanFilter(method="of_mine")
    severity = django_filters.NumberFilter("severity", **WHOLE)
    service = django_filters.CharFilter("service__slug")
    team = django_filters.CharFilter("service__team__slug")
    is_practice = django_filters.BooleanFilter("is_practice")
    triggered = django_filters.IsoDateTimeFromToRangeFilter("triggered_at")

    def opened(self, incidents: IncidentQuerySet, name: str, value: bool) -> QuerySet[Incident]:
        """Those that are not resolved, or those that are."""
        return incidents.open() if value else incidents.filter(state=Incident.State.RESOLVED)

    def of_mine(self, incidents: IncidentQuerySet, name: str, value: Any) -> QuerySet[Incident]:
        """Of one's teams' services, taken by oneself, or paged to oneself; or all the others."""
        wanted = mine(self.request.user)
        return incidents.filter(wanted if value else ~wanted)

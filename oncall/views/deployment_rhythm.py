"""The rhythm of a service: deployments day by day, with those that failed and the incidents that began.

Days are those of the viewer. It counts; whether a deployment caused an incident is not decided here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from oncall.models import Deployment, Incident, Service

DAYS = 30
TROUBLED = (Deployment.State.FAILED, Deployment.State.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day of the viewer."""

    on: date
    deployments: int
    troubled: int
    incidents: int


def rhythm_of(service: Service, now: datetime) -> list[Day]:
    """The last thirty days up to and with today, oldest first, in two queries."""
    today = timezone.localtime(now).date()
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    since = now - timedelta(days=DAYS + 1)
    put_out = (
        Deployment.objects.filter(service=service, reached_at__gte=since, reached_at__lte=now)
        .order_by()
        .values_list(TruncDate("reached_at"))
        .annotate(whole=Count("pk"), troubled=Count("pk", filter=Q(state__in=TROUBLED)))
    )
    began = Incident.objects.real().filter(service=service, impact_started_at__gte=since).order_by()
    deployments = {on: (count, troubled) for on, count, troubled in put_out}
    incidents = dict(began.values_list(TruncDate("impact_started_at")).annotate(Count("pk")))
    return [Day(on, *deployments.get(on, (0, 0)), incidents.get(on, 0)) for on in days]

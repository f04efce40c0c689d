"""What COEs add to /metrics: how many are owed, and how many of those are late. One query a scrape."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, F, Q
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from coe.models import Owed


class OwedCollector(Collector):
    """COEs that are owed at one moment, by severity."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Owed and late ones, by the severity of the incident."""
        late = Q(drafted_at__isnull=True, draft_by__lt=self._now) | Q(publish_by__lt=self._now)
        rows = Owed.objects.standing().order_by().values(severity=F("incident__severity"))
        owed = GaugeMetricFamily("errata_coes_owed", "COEs that are owed and not published", labels=("severity",))
        overdue = GaugeMetricFamily(
            "errata_coes_late", "Of those, late with draft or publication", labels=("severity",)
        )
        for row in rows.annotate(owed=Count("pk"), late=Count("pk", filter=late)).order_by("severity"):
            owed.add_metric([str(row["severity"])], row["owed"])
            overdue.add_metric([str(row["severity"])], row["late"])
        yield owed
        yield overdue

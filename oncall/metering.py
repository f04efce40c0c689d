"""The figures of `oncall/measuring.py` in Prometheus' words.

A collector that keeps nothing: every scrape asks the database, so all web processes and hosts say the same. It makes at
most ten queries. The names here are an interface: `docs/alert-rules.yml` and the dashboards of others use them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from oncall import measuring
from oncall.foreseeing import UNREACHABLE_ON_CALL
from oncall.measuring import BOUNDS, HOUR, Latency

SPANS = {
    measuring.SENT: ("errata_accepted_to_sent", "the first message about it went out"),
    measuring.DELIVERED: ("errata_accepted_to_delivered", "the first message about it arrived"),
}


# What other applications measure; each is made with the time of the scrape.
COLLECTORS: list[Callable[[datetime], Collector]] = []


def exposition(accepts: str, now: datetime) -> tuple[bytes, str]:
    """Everything as text and its content type, in the newest format that the reader accepts."""
    registry = CollectorRegistry()
    registry.register(DatabaseCollector(now))
    for collector in COLLECTORS:
        registry.register(collector(now))
    encode, content_type = choose_encoder(accepts)
    return encode(registry), content_type


class DatabaseCollector(Collector):
    """What the database says at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every metric, in a stable order."""
        yield from self._violations()
        yield from self._owed()
        yield from self._deliveries()
        signals = measuring.signals_by_state(self._now - HOUR)
        yield _gauge("errata_signals_last_hour", "Signals of the last hour", ("dialect", "state"), signals)
        ages = [(beat.name, (self._now - beat.seen_at).total_seconds()) for beat in measuring.heartbeats()]
        yield _gauge("errata_heartbeat_age_seconds", "Seconds since a part was last seen", ("name",), ages)
        incidents = measuring.open_incidents()
        yield _gauge("errata_incidents_open", "Incidents that are not over", ("severity", "state"), incidents)

    def _violations(self) -> Iterator[Metric]:
        found = measuring.open_violations()
        yield _gauge("errata_violations_open", "Findings of the auditors now", ("invariant", "auditor"), found)
        silent = sum(count for invariant, _, count in found if invariant == UNREACHABLE_ON_CALL)
        words = "People on call now who have no verified contact method"
        yield _gauge("errata_unreachable_on_call", words, (), [(silent,)])

    def _owed(self) -> Iterator[Metric]:
        owed = measuring.backlog(self._now)
        counts = [(one.kind, one.count) for one in owed]
        yield _gauge("errata_due", "What is owed now and not done", ("kind",), counts)
        ages = [(one.kind, (self._now - one.since).total_seconds() if one.since else 0) for one in owed]
        yield _gauge("errata_due_oldest_seconds", "Seconds since the oldest of it is owed", ("kind",), ages)

    def _deliveries(self) -> Iterator[Metric]:
        attempts = measuring.attempts_by_state(self._now - HOUR)
        words = "Attempts to deliver a page of the last hour"
        yield _gauge("errata_attempts_last_hour", words, ("channel", "state"), attempts)
        latencies = measuring.latencies(self._now - HOUR)
        for what, (name, until) in SPANS.items():
            mine = [latency for latency in latencies if latency.what == what]
            yield _histogram(f"{name}_seconds", f"From accepted until {until}, last hour", mine)
            quantiles = [
                (one.channel, str(share), value) for one in mine for share, value in sorted(one.quantiles.items())
            ]
            words = f"Quantiles of the seconds until {until}, last hour"
            yield _gauge(f"{name}_quantile_seconds", words, ("channel", "quantile"), quantiles)


def _gauge(name: str, words: str, labels: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Metric:
    """One gauge; each row holds the labels' values and then the number."""
    metric = GaugeMetricFamily(name, words, labels=labels)
    for *values, number in rows:
        metric.add_metric([str(value) for value in values], float(str(number)))
    return metric


def _histogram(name: str, words: str, latencies: list[Latency]) -> Metric:
    """Of the last hour, so its counts go down as well as up: a histogram of gauges."""
    metric = GaugeHistogramMetricFamily(name, words, labels=("channel",))
    for latency in latencies:
        reached, buckets = 0, list[tuple[str, float]]()
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), latency.counts, strict=True):
            reached += count
            buckets.append((bound, reached))
        metric.add_metric([latency.channel], buckets, latency.total)
    return metric

"""The screen of operations: whether pages go out, how fast, by which providers, and what the auditors find.

Everybody who has signed in sees the figures; sentences about single objects, the providers' words and the tray of
refused signals are for administrators. The figures are those of `oncall/measuring.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from oncall import measuring, pinging
from oncall.measuring import DAY, HOUR, Latency
from oncall.models import Channel, Heartbeat, Violation
from oncall.models.audit import FORESEEN
from oncall.runbooks import Runbook, runbook_of
from oncall.templatetags import wording
from oncall.views.answers import Request, signed_in

MOST_VIOLATIONS, MOST_SIGNALS = 50, 50
MINUTE = timedelta(minutes=1)
# The signs of life: what each is, and from which age on it is none.
BEATS = {
    "tick": ("Pages are opened and sent", MINUTE / 2),
    "worker": ("A worker runs", MINUTE / 2),
    "audit": ("On-call is audited", 3 * MINUTE),
    "audit-coe": ("COEs are audited", 3 * MINUTE),
    "foresight": ("Policies are looked at", 15 * MINUTE),
    pinging.ANSWERED: ("The dead-man’s switch answers", 3 * MINUTE),
}


@dataclass(frozen=True, slots=True)
class Found:
    """The open violations of one kind, and what to do about them."""

    runbook: Runbook
    is_grave: bool
    violations: list[tuple[Violation, str]]


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life; one that was never seen is not late, but nobody knows."""

    words: str
    seen_at: datetime | None
    is_late: bool


@dataclass(slots=True)
class ChannelHealth:
    """What one provider took and refused, and how long messages took by it."""

    label: str
    counts: dict[str, Any] = field(default_factory=dict)
    sent: Latency | None = None
    delivered: Latency | None = None

    @property
    def verdict(self) -> tuple[str, str]:
        """A word and a tone."""
        went, lost = self.counts.get("sent_hour", 0), self.counts.get("failed_hour", 0)
        if lost and not went:
            return "Fails", "bad"
        if lost or self.counts.get("uncertain_hour", 0):
            return "Fails at times", "warn"
        return ("Works", "good") if went else ("Quiet for an hour", "neutral")


@signed_in
@require_GET
def operations(request: Request) -> HttpResponse:
    """How the installation does; `?span=day` looks at a day instead of an hour."""
    now, span = timezone.now(), DAY if request.GET.get("span") == "day" else HOUR
    context = {"now": now, "span": "day" if span == DAY else "hour", **figures_of(now, span)}
    context |= details_of(now) if request.user.is_administrator else {"findings": [], "signals": []}
    return render(request, "oncall/operations/detail.html", context)


def figures_of(now: datetime, span: timedelta) -> dict[str, object]:
    """What everybody may see, in six queries."""
    counts = measuring.open_violations()
    owed = measuring.backlog(now)
    oldest = min((one.since for one in owed if one.since), default=None)
    latencies = measuring.latencies(now - span)
    return {
        "grave_count": sum(count for invariant, _, count in counts if invariant < FORESEEN),
        "foreseen_count": sum(count for invariant, _, count in counts if invariant >= FORESEEN),
        "beats": beats_of(measuring.heartbeats(), now),
        "owed_count": sum(one.count for one in owed),
        "owed_for": f"for {wording.span((now - oldest).total_seconds())}" if oldest else "nothing waits",
        "slowest": _slowest(latencies),
        "channels": channels_of(measuring.health(now), latencies),
    }


def details_of(now: datetime) -> dict[str, object]:
    """What administrators see beside it, in two queries."""
    violations = list(Violation.objects.open().order_by("invariant", "found_at", "pk")[:MOST_VIOLATIONS])
    return {
        "findings": [
            Found(runbook_of(invariant), invariant < FORESEEN, [(one, place_of(one)) for one in group])
            for invariant, group in groupby(violations, lambda one: one.invariant)
        ],
        "signals": measuring.troubled_signals(now)[:MOST_SIGNALS],
    }


def place_of(violation: Violation) -> str:
    """The screen of what it is about, where there is one."""
    kind, _, number = violation.subject.replace("-", " ").rpartition(" ")
    if not number.isdigit():
        return ""
    if kind in {"INC", "snooze of INC"}:
        return reverse("oncall:ledger", args=[number])
    return reverse("admin:oncall_signal_change", args=[number]) if kind == "signal" else ""


def channels_of(health: Sequence[dict[str, Any]], latencies: Sequence[Latency]) -> list[ChannelHealth]:
    """One entry for each channel that was used in the last day, those that fail first."""
    names = dict(Channel.choices)
    found = {row["channel"]: ChannelHealth(str(names.get(row["channel"], row["channel"])), row) for row in health}
    for latency in latencies:
        setattr(found[latency.channel], latency.what, latency)
    worst = ("bad", "warn", "good", "neutral")
    return sorted(found.values(), key=lambda one: (worst.index(one.verdict[1]), one.label))


def beats_of(beats: Sequence[Heartbeat], now: datetime) -> list[Beat]:
    """Every sign of life that is expected here; what no one expects is not shown."""
    seen = {beat.name: beat.seen_at for beat in beats}
    expected = [name for name in BEATS if name != pinging.ANSWERED or settings.ERRATA_DEADMAN_URL]
    return [_beat(*BEATS[name], seen.get(name), now) for name in expected]


def _beat(words: str, within: timedelta, seen_at: datetime | None, now: datetime) -> Beat:
    return Beat(words, seen_at, seen_at is not None and abs(now - seen_at) > within)


def _slowest(latencies: Sequence[Latency]) -> str:
    """The 95th percentile of accepted → sent, of the channel where it is longest; nothing when nothing was sent."""
    slowest = max((one.quantiles[0.95] for one in latencies if one.what == measuring.SENT), default=None)
    return "" if slowest is None else wording.span(slowest)

"""What must always be true of signals and pages, asked of the database: each check finds the rows for which it is not.

The numbers are those of the invariants in `docs/architecture.md`. A check reads and mends nothing; who runs it, records
what it finds and tells whom is decided by `oncall/auditing.py` and `oncall/alarming.py`, what to do about a finding is
written in `oncall/runbooks.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from oncall import holding, sources
from oncall.models import Alert, AlertEvent, Attempt, Incident, Responder, Signal
from oncall.models.incidents import LOWEST_PAGING

# What is younger than this may still be on its way.
GRACE = timedelta(seconds=60)
# Signals older than this were audited often enough.
LOOK_BACK = timedelta(days=1)
# A sender that hangs gives up, and an attempt whose lease lapsed is sent again, well within this.
LONGEST_SENDING = timedelta(minutes=10)
# A snooze that is over for this long will not end by itself.
OVERSLEPT = timedelta(minutes=5)
# Of one kind of finding so many are named; more would tell nobody more.
MOST = 100
ON_THEIR_WAY = Q(state__in=[Attempt.State.PENDING, Attempt.State.SENDING])


@dataclass(frozen=True, slots=True)
class Finding:
    """One object for which one invariant does not hold; number 0 is a check that could not be made."""

    invariant: int
    subject: str
    sentence: str


type_check = Callable[[datetime], Iterable[Finding]]


def signals_have_alerts(now: datetime) -> Iterable[Finding]:
    """Invariant 1: every accepted signal of an alert door belongs to an alert.

    A deployment has many signals and points at the last one, so theirs cannot be asked.
    """
    young = {"received_at__range": (now - LOOK_BACK, now - GRACE)}
    lost = Signal.objects.filter(
        **young, state=Signal.State.ACCEPTED, dialect__in=sources.REGISTRY, events__isnull=True
    )
    for signal in lost.only("pk", "dialect").order_by("pk")[:MOST]:
        yield Finding(
            1, f"signal {signal.pk}", f"Signal {signal.pk} ({signal.dialect}) was accepted but led to no alert."
        )
    aimless = AlertEvent.objects.filter(
        alert=None, action=AlertEvent.Action.TRIGGER, signal__received_at__range=(now - LOOK_BACK, now - GRACE)
    )
    for event in aimless.order_by("pk")[:MOST]:
        yield Finding(1, f"signal {event.signal_id}", f"Signal {event.signal_id} says what broke, but no alert has it.")


def alerts_have_incidents(now: datetime) -> Iterable[Finding]:
    """Invariant 1: every open alert belongs to an incident, or nobody would ever be paged for it."""
    lost = Alert.objects.open().filter(incident=None, opened_at__range=(now - LOOK_BACK, now - GRACE))
    for alert in lost.only("pk").order_by("pk")[:MOST]:
        yield Finding(1, f"alert {alert.pk}", f"Alert {alert.pk} is open, but belongs to no incident.")


def troubled_signals_say_why(now: datetime) -> Iterable[Finding]:
    """Invariant 1: what was refused or not routed stands on the screen of operations with its reason."""
    since = (now - LOOK_BACK, now - GRACE)
    silent = Signal.objects.troubled().filter(received_at__range=since, reason="")
    for signal in silent.only("pk", "state").order_by("pk")[:MOST]:
        yield Finding(1, f"signal {signal.pk}", f"Signal {signal.pk} was {signal.state}, and nothing says why.")


def triggered_incidents_page(now: datetime) -> Iterable[Finding]:
    """Invariant 2: a triggered incident that should page has a time to page at, or its escalation ended aloud."""
    silent = _paging_incidents().filter(page_after__isnull=True, exhausted_at__isnull=True, moved_at__lt=now - GRACE)
    for incident in silent.order_by("pk")[:MOST]:
        yield Finding(
            2, incident.number, f"{incident.number} is triggered, pages nobody, and nothing says when it will."
        )


def held_incidents_are_held(now: datetime) -> Iterable[Finding]:
    """Invariant 2: an incident that waits before its first page waits for maintenance or a mute that still runs."""
    waiting = _paging_incidents().filter(
        pages_made=0, page_after__gt=now + GRACE, moved_at__lt=now - GRACE, ignores_holds=False, declared_by=None
    )
    for incident in waiting.order_by("pk")[:MOST]:
        if holding.hold_of(incident, now) is None:
            sentence = f"{incident.number} pages nobody before {_moment(incident.page_after)}, and nothing holds it."
            yield Finding(2, incident.number, sentence)


def snoozed_incidents_wake(now: datetime) -> Iterable[Finding]:
    """Invariant 2: an incident that was snoozed is triggered again when its time has come."""
    asleep = Incident.objects.filter(snoozed_until__isnull=False)
    overslept = Q(snoozed_until__lt=now - OVERSLEPT)
    nowhere = ~Q(state=Incident.State.ACKNOWLEDGED)
    for incident in asleep.filter(overslept | nowhere).order_by("pk")[:MOST]:
        until = _moment(incident.snoozed_until)
        yield Finding(2, incident.number, f"{incident.number} was snoozed until {until} and does not wake.")


def exhausted_incidents_reached_somebody(now: datetime) -> Iterable[Finding]:
    """Invariant 2: when a policy is at its end, at least one person was told; otherwise nobody knows at all.

    First tries that are still to be made (in somebody's quiet hours, for instance) count as telling; further tries of
    what failed do not.
    """
    told = Q(state__in=[Attempt.State.SENT, Attempt.State.DELIVERED]) | (ON_THEIR_WAY & Q(number=1))
    of_cycle = Attempt.objects.filter(
        told, page__incident=OuterRef("pk"), page__cycle=OuterRef("cycle"), page__user__isnull=False
    )
    silent = _paging_incidents().filter(~Exists(of_cycle), page_after=None, exhausted_at__lt=now - GRACE)
    for incident in silent.order_by("pk")[:MOST]:
        yield Finding(2, incident.number, f"{incident.number}: its escalation is at its end and nobody was reached.")


def nothing_due_is_late(now: datetime) -> Iterable[Finding]:
    """Invariant 3: no page, attempt, request for help or end of a snooze is owed for longer than its grace."""
    late = now - GRACE
    for incident in Incident.objects.due(late)[:MOST]:
        sentence = f"The next page of {incident.number} is owed since {_moment(incident.page_after)}."
        yield Finding(3, incident.number, sentence)
    for incident in Incident.objects.snoozed_out(late)[:MOST]:
        sentence = f"The snooze of {incident.number} is over since {_moment(incident.snoozed_until)}."
        yield Finding(3, f"snooze of {incident.number}", sentence)
    for responder in Responder.objects.due(late).select_related("incident", "user")[:MOST]:
        whom = f"{responder.user} for {responder.incident.number}"
        sentence = f"The page to {whom} is owed since {_moment(responder.page_after)}."
        yield Finding(3, f"responder {responder.pk}", sentence)


def attempts_are_made(now: datetime) -> Iterable[Finding]:
    """Invariant 3: no attempt waits for a sender, or stays with one, for longer than its grace."""
    late = Attempt.objects.filter(state=Attempt.State.PENDING, send_after__lte=now - GRACE)
    for attempt in late.order_by("send_after", "pk")[:MOST]:
        yield _about(3, attempt, f"should have gone out at {_moment(attempt.send_after)}")
    hanging = Attempt.objects.filter(state=Attempt.State.SENDING, send_after__lt=now - LONGEST_SENDING)
    for attempt in hanging.order_by("pk")[:MOST]:
        yield _about(3, attempt, f"was owed at {_moment(attempt.send_after)} and is still being sent")


def leases_are_alive(now: datetime) -> Iterable[Finding]:
    """Invariant 4: an attempt in hand has a live lease."""
    for attempt in Attempt.objects.lapsed(now - GRACE).order_by("pk")[:MOST]:
        yield _about(4, attempt, "is in the hands of a sender that is gone")


CHECKS: tuple[type_check, ...] = (
    signals_have_alerts,
    alerts_have_incidents,
    troubled_signals_say_why,
    triggered_incidents_page,
    held_incidents_are_held,
    snoozed_incidents_wake,
    exhausted_incidents_reached_somebody,
    nothing_due_is_late,
    attempts_are_made,
    leases_are_alive,
)


def _paging_incidents() -> QuerySet[Incident]:
    """Those that somebody must be paged for until somebody has taken them."""
    return Incident.objects.filter(state=Incident.State.TRIGGERED, severity__lte=LOWEST_PAGING)


def _about(invariant: int, attempt: Attempt, what: str) -> Finding:
    return Finding(invariant, f"attempt {attempt.pk}", f"Attempt {attempt.pk} by {attempt.channel} {what}.")


def _moment(at: datetime | None) -> str:
    return f"{at:%H:%M:%S} UTC on {at.day} {at:%B}" if at else "never"

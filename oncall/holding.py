"""Maintenance and mutes: which incident they keep from paging until when, and what beginning and ending one changes.

A hold only moves the time at which the first page is owed. Nothing is closed or hidden, what is still triggered when
the hold ends is paged then, and what a person did by hand (declared, escalated, triggered again) is never held.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from oncall.exceptions import Conflict
from oncall.models import Alert, AuditEntry, Incident, Maintenance, Mute, Service, Team, User

# What begins later than this is not told on the screens of a person.
SOON = timedelta(hours=24)
MOST_TOLD = 8
# Nobody remembers in the morning what was muted for a year.
LONGEST_DAYS = 30


class Hold(NamedTuple):
    """Until when an incident pages nobody, and why."""

    ends_at: datetime
    reason: str


def any_running(now: datetime) -> bool:
    """Whether maintenance or a mute runs anywhere."""
    return Maintenance.objects.running(now).exists() or Mute.objects.running(now).exists()


def maintenance_of(teams: QuerySet[Team], now: datetime) -> QuerySet[Maintenance]:
    """Maintenance of these teams' services that runs, or begins within a day."""
    near = Maintenance.objects.not_over(now).filter(service__team__in=teams, starts_at__lt=now + SOON)
    return near.select_related("service").order_by("starts_at", "pk")[:MOST_TOLD]


def hold_of(incident: Incident, now: datetime) -> Hold | None:
    """What keeps this incident from its first page; None when nothing does."""
    if incident.pages_made or incident.ignores_holds or incident.declared_by_id is not None:
        return None
    longest = Maintenance.objects.running(now).filter(service=incident.service_id).order_by("-ends_at").first()
    return Hold(longest.ends_at, f"maintenance: {longest.reason}") if longest else _muted(incident, now)


def _muted(incident: Incident, now: datetime) -> Hold | None:
    """Held while every open alert of the incident is muted; until the first of the mutes expires."""
    alerts = list(incident.alerts.open().values_list("integration", "dedup_key"))
    if not alerts:
        return None
    any_of = Q()
    for integration, key in alerts:
        any_of |= Q(integration=integration, dedup_key=key)
    mutes = list(Mute.objects.running(now).filter(any_of))
    if {(mute.integration_id, mute.dedup_key) for mute in mutes} != set(alerts):
        return None
    first = min(mutes, key=lambda mute: mute.ends_at)
    return Hold(first.ends_at, f"muted: {first.reason}")


def schedule_maintenance(
    service: Service, span: tuple[datetime, datetime], *, reason: str, by: User, now: datetime, source: str = "screen"
) -> Maintenance:
    """Let nothing of this service page from the start to the end of the span, as far as machines trigger it.

    Raises Conflict when the span is over, ends before it starts, or is longer than a month.
    """
    starts_at, ends_at = _checked(span, now)
    with transaction.atomic():
        made = Maintenance.objects.create(
            service=service, starts_at=starts_at, ends_at=ends_at, reason=reason, created_by=by, created_at=now
        )
        AuditEntry.objects.write(made, "scheduled", actor=by, at=now, source=source, detail=_words(starts_at, ends_at))
    return made


def mute(alert: Alert, until: datetime, *, reason: str, by: User, now: datetime, source: str = "screen") -> Mute:
    """Let this alert page nobody until then, also when it closes and opens again. Raises Conflict as above."""
    _checked((now, until), now)
    with transaction.atomic():
        made = Mute.objects.create(
            integration=alert.integration,
            dedup_key=alert.dedup_key,
            title=alert.title,
            starts_at=now,
            ends_at=until,
            reason=reason,
            created_by=by,
        )
        AuditEntry.objects.write(made, "muted", actor=by, at=now, source=source, detail=_words(now, until))
    return made


def mute_open(incident: Incident, until: datetime, *, reason: str, by: User, now: datetime, source: str) -> list[Mute]:
    """Mute every open alert of an incident, or none. Raises Conflict as above, or when none is open."""
    with transaction.atomic():
        alerts = list(incident.alerts.open().select_related("integration__service"))
        if not alerts:
            raise Conflict(f"{incident.number} has no open alert, so there is nothing to mute.")
        return [mute(alert, until, reason=reason, by=by, now=now, source=source) for alert in alerts]


def end(hold: Maintenance | Mute, *, by: User, now: datetime, source: str = "screen") -> None:
    """End it now; what it held is judged anew at once. Raises Conflict when it is over or gone."""
    with transaction.atomic():
        found = type(hold)._default_manager.select_for_update().filter(pk=hold.pk).first()
        if found is None or found.ends_at <= now:
            raise Conflict("This is over already.")
        span = _words(found.starts_at, found.ends_at)
        AuditEntry.objects.write(found, "ended", actor=by, at=now, source=source, detail=span)
        if found.starts_at >= now:
            found.delete()
        else:
            found.ends_at = now
            found.save(update_fields=["ends_at"])
        _held_by(found).update(page_after=now)


def _held_by(hold: Maintenance | Mute) -> QuerySet[Incident]:
    waiting = Incident.objects.filter(
        state=Incident.State.TRIGGERED, pages_made=0, page_after__isnull=False, ignores_holds=False
    )
    if isinstance(hold, Maintenance):
        return waiting.filter(service=hold.service_id)
    alerts = Alert.objects.filter(integration=hold.integration_id, dedup_key=hold.dedup_key)
    return waiting.filter(pk__in=alerts.values("incident"))


def _checked(span: tuple[datetime, datetime], now: datetime) -> tuple[datetime, datetime]:
    starts_at, ends_at = span
    if ends_at <= starts_at:
        raise Conflict("It must end after it starts.")
    if ends_at <= now:
        raise Conflict("It would be over already.")
    if (ends_at - starts_at).days >= LONGEST_DAYS:
        raise Conflict(f"It may last {LONGEST_DAYS} days at most; after that somebody should look again.")
    return starts_at, ends_at


def _words(starts_at: datetime, ends_at: datetime) -> str:
    return f"{starts_at:%Y-%m-%d %H:%M} to {ends_at:%Y-%m-%d %H:%M} UTC"

"""How far the COE of an incident has come that owes one: what is owed takes that over at once, and with every tick.

It decides which COE of several counts, and what is told of it in the audit. What is owed, until when, and what needs no
COE any more is `coe/owing.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from coe.models import COE, Owed, Revision
from oncall.models import AuditEntry

# What an incident may take from its trigger to its mitigation to be found by that index.
LONGEST_INCIDENT = timedelta(days=90)
# What the tick waives by itself.
LOWERED = "Its severity owes none any more."
OPEN_AGAIN = "The incident is open again."
AUTOMATIC = (LOWERED, OPEN_AGAIN)
CREDITED = ["coe", "drafted_at", "published_at"]


def settle(incident_ids: Iterable[int], now: datetime) -> None:
    """Take over how far the COEs of these incidents are: one was started, named, left out, submitted or published.

    Must run in the transaction of that. Rows that a tick holds are left to the next one.
    """
    mine = Owed.objects.filter(watched(now), incident__in=list(incident_ids)).order_by("pk")
    rows = list(mine.select_for_update(skip_locked=True, of=("self",)).select_related("incident"))
    standing = standing_of(row.incident_id for row in rows) if rows else {}
    verbs = {row: credit(row, standing.get(row.incident_id)) for row in rows}
    Owed.objects.bulk_update([row for row in rows if verbs[row]], CREDITED)
    AuditEntry.objects.bulk_create(entry(row, verb, now) for row in rows for verb in verbs[row] if verb != "linked")


def watched(now: datetime) -> Q:
    """Rows that may still change."""
    return Q(published_at__isnull=True, waived_at__isnull=True) | Q(
        published_at__isnull=True, waived_because__in=AUTOMATIC, publish_by__gte=now - LONGEST_INCIDENT
    )


@dataclass(slots=True)
class Standing:
    """How far the COE of an incident has come."""

    coe_id: int | None = None
    drafted_at: datetime | None = None
    published_at: datetime | None = None


def standing_of(incident_ids: Iterable[int]) -> dict[int, Standing]:
    """For each incident its COE, the one furthest ahead: published, then submitted, then the newest; two queries."""
    links = COE.incidents.through.objects.filter(incident__in=list(incident_ids)).order_by("coe_id")
    pairs = list(links.values_list("incident_id", "coe_id", "coe__published_at"))
    submitted = dict(
        Revision.objects.filter(coe__in={coe for _, coe, _ in pairs}, reason=Revision.Reason.SUBMITTED)
        .order_by()
        .values_list("coe_id")
        .annotate(first=Min("made_at"))
    )
    found: dict[int, Standing] = {}
    for incident, coe, published_at in pairs:
        drafted_at = submitted.get(coe) or published_at
        best = found.get(incident)
        if best is None or (bool(published_at), bool(drafted_at)) >= (bool(best.published_at), bool(best.drafted_at)):
            found[incident] = Standing(coe, drafted_at, published_at)
    return found


def credit(row: Owed, standing: Standing | None) -> list[str]:
    """Take over how far the COE is, None without one; says what is new."""
    is_now = standing or Standing()
    before = Standing(row.coe_id, row.drafted_at, row.published_at)
    if before == is_now:
        return []
    row.coe_id, row.drafted_at, row.published_at = is_now.coe_id, is_now.drafted_at, is_now.published_at
    verbs = ["linked"]
    if is_now.drafted_at and not before.drafted_at:
        verbs.append("drafted")
    if is_now.published_at and not before.published_at:
        verbs.append("published")
    return verbs


def entry(row: Owed, verb: str, now: datetime) -> AuditEntry:
    """The row of the audit."""
    until = f"draft {row.draft_by:%Y-%m-%d %H:%M}, publication {row.publish_by:%Y-%m-%d %H:%M} UTC"
    return AuditEntry(
        kind="coe.owed",
        object_id=row.pk,
        label=str(row)[:200],
        verb=verb,
        actor=None,
        at=now,
        source="tick",
        detail=row.waived_because if verb == "waived" else until,
    )

"""What is owed: which incidents must have a COE, until when, what settles it, and who is told.

A tick brings the rows to what incidents, severities and COEs say; it may run twice, late or in parallel. A row is made
when an incident is mitigated whose severity owes a COE by the default template, or when somebody asks for one. It is
settled by the submission for review and the publication, and waived with a reason by managers. What the tick waives by
itself (another severity, open again) it takes back by itself. Practices owe nothing. Times are elapsed hours and days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from coe import crediting, guarding, templating
from coe.crediting import AUTOMATIC, LONGEST_INCIDENT, LOWERED, OPEN_AGAIN
from coe.models import Owed, TemplateVersion
from coe.permissions import may_start, require
from coe.template import BUILT_IN, SEVERITIES, Form
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, Incident, User
from oncall.permissions import is_manager

# Incidents mitigated longer ago owe nothing any more: an installation that is new to this is not flooded with debts.
LOOK_BACK = timedelta(days=30)
State = Incident.State
OVER = (State.MITIGATED, State.RESOLVED)
CHANGING = ["coe", "draft_by", "publish_by", "drafted_at", "published_at", "waived_at", "waived_because"]


def may_request(user: User, incident: Incident) -> bool:
    """Whoever may start a COE may ask for one."""
    return may_start(user, incident)


def may_waive(user: User, incident: Incident) -> bool:
    """Managers of the team that owns the service, and administrators."""
    return user.is_administrator or is_manager(user, incident.service.team)


def require_waive(user: User, incident: Incident) -> None:
    """Raises NotAllowed unless the person may waive, or take a waiver back."""
    require(may_waive(user, incident), "Only managers of the team and administrators waive a COE that is owed.")


def tick(now: datetime) -> None:
    """Bring what is owed to what is true now."""
    guarding.step(_open, now)
    if not guarding.step(_reconcile, now):
        watched = Owed.objects.filter(crediting.watched(now)).order_by("pk").values_list("pk", flat=True)
        guarding.each(list(watched), lambda pk, now: _reconcile(now, Q(pk=pk)), now)


@transaction.atomic
def _open(now: datetime) -> None:
    """A row for each incident that owes a COE and has none."""
    version = templating.default_version()
    form = version.form if version else BUILT_IN
    owing = [severity for severity in SEVERITIES if form.demands_of(severity).is_owed]
    due = Incident.objects.real().filter(
        state__in=OVER,
        severity__in=owing,
        mitigated_at__gte=now - LOOK_BACK,
        triggered_at__gte=now - LOOK_BACK - LONGEST_INCIDENT,
        owed__isnull=True,
    )
    rows = []
    for incident in due:
        draft_by, publish_by = _times(incident.severity, version, incident.mitigated_at or now)
        rows.append(Owed(incident=incident, template=version, draft_by=draft_by, publish_by=publish_by))
    Owed.objects.bulk_create(rows, ignore_conflicts=True)
    # Of two ticks at once only the one that made a row sees its incident without an audit row: the other waited for it.
    made = Owed.objects.filter(incident__in=[row.incident_id for row in rows]).select_related("incident")
    said = set(
        AuditEntry.objects.filter(kind="coe.owed", verb="owed", object_id__in=[row.pk for row in made]).values_list(
            "object_id", flat=True
        )
    )
    AuditEntry.objects.bulk_create(crediting.entry(row, "owed", now) for row in made if row.pk not in said)


def _times(severity: int, version: TemplateVersion | None, since: datetime) -> tuple[datetime, datetime]:
    demands = templating.demands_of(severity, version)
    return since + timedelta(hours=demands.draft_hours), since + timedelta(days=demands.publish_days)


@transaction.atomic
def _reconcile(now: datetime, those: Q | None = None) -> None:
    """Settle, adjust and waive; another tick's rows are left to it. Six queries, however many rows."""
    rows = list(
        Owed.objects.filter(crediting.watched(now) & (those or Q()))
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("incident", "template__template")
    )
    standing, forms = crediting.standing_of(row.incident_id for row in rows), _Forms()
    changed, entries = [], []
    for row in rows:
        verbs = crediting.credit(row, standing.get(row.incident_id)) + _adjusted(row, forms, now)
        if verbs:
            changed.append(row)
            entries += [crediting.entry(row, verb, now) for verb in verbs if verb != "linked"]
    Owed.objects.bulk_update(changed, CHANGING, batch_size=500)
    AuditEntry.objects.bulk_create(entries)


class _Forms:
    """What each version demands, read once in a tick; and what the default one owes today."""

    def __init__(self) -> None:
        version = templating.default_version()
        self.default = version.form if version else BUILT_IN
        self._known: dict[int | None, Form] = {None: BUILT_IN}

    def of(self, version: TemplateVersion | None) -> Form:
        key = version.pk if version else None
        if version and key not in self._known:
            self._known[key] = version.form
        return self._known[key]


def _adjusted(row: Owed, forms: _Forms, now: datetime) -> list[str]:
    """Waive what is not owed any more, take that back, and keep the times those of the severity and the mitigation."""
    incident, reason = row.incident, ""
    if row.published_at is None and row.requested_by_id is None and not row.because:
        if not forms.default.demands_of(incident.severity).is_owed:
            reason = LOWERED
        elif incident.state not in OVER and row.drafted_at is None:
            reason = OPEN_AGAIN
    verbs = []
    if reason != row.waived_because:
        row.waived_because, row.waived_at = reason, now if reason else None
        verbs.append("waived" if reason else "owed again")
    since = incident.mitigated_at if incident.state in OVER else None
    if since and not reason:
        demands = forms.of(row.template).demands_of(incident.severity)
        times = since + timedelta(hours=demands.draft_hours), since + timedelta(days=demands.publish_days)
        if times != (row.draft_by, row.publish_by):
            row.draft_by, row.publish_by = times
            verbs.append("adjusted")
    return verbs


def request(incident: Incident, by: User, because: str, now: datetime, source: str = "screen") -> Owed:
    """Ask for a COE that the severity alone does not owe; the time counts from the mitigation, or from now until then.

    Raises NotAllowed, ValidationError without a reason, Conflict when one is owed already or was waived by a person.
    """
    require(may_request(by, incident), f"{incident.number} owes no COE: a practice needs no correction.")
    because = _reason(because, "Say what is to be learned from it.")
    with transaction.atomic():
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
        row = Owed.objects.select_for_update().filter(incident=incident).first()
        if row and row.waived_because not in AUTOMATIC:
            word = "is owed" if row.waived_at is None else "was waived"
            raise Conflict(f"A COE for {incident.number} {word} already.")
        version = templating.default_version()
        draft_by, publish_by = _times(incident.severity, version, incident.mitigated_at or now)
        facts: dict[str, Any] = {
            "template": version,
            "draft_by": draft_by,
            "publish_by": publish_by,
            "requested_by": by,
        }
        facts |= {"because": because, "waived_at": None, "waived_because": ""}
        row, _ = Owed.objects.update_or_create(incident=incident, defaults=facts)
        AuditEntry.objects.write(row, "requested", actor=by, at=now, source=source, detail=because)
        incident.timeline.write("coe", "A COE was asked for", at=now, actor=by, source=source)
    return row


def waive(row: Owed, by: User, because: str, now: datetime, source: str = "screen") -> None:
    """Say why the incident needs no COE. Raises NotAllowed, ValidationError, and Conflict when it is settled."""
    require_waive(by, row.incident)
    because = _reason(because, "Say why no COE is needed.")
    with transaction.atomic():
        row.refresh_from_db(from_queryset=Owed.objects.select_for_update())
        if row.published_at or row.waived_at:
            raise Conflict(f"The COE for {row.incident.number} is not owed any more.")
        row.waived_at, row.waived_by, row.waived_because = now, by, because
        row.save(update_fields=["waived_at", "waived_by", "waived_because"])
        AuditEntry.objects.write(row, "waived", actor=by, at=now, source=source, detail=because)


def demand_again(row: Owed, by: User, now: datetime, source: str = "screen") -> None:
    """Take a waiver back. Raises NotAllowed, and Conflict when none was passed by a person."""
    require_waive(by, row.incident)
    with transaction.atomic():
        row.refresh_from_db(from_queryset=Owed.objects.select_for_update())
        if row.waived_at is None or row.waived_because in AUTOMATIC:
            raise Conflict(f"The COE for {row.incident.number} was not waived by anybody.")
        row.waived_at, row.waived_by, row.waived_because = None, None, ""
        row.save(update_fields=["waived_at", "waived_by", "waived_because"])
        AuditEntry.objects.write(row, "owed again", actor=by, at=now, source=source)


def _reason(because: str, sentence: str) -> str:
    because = " ".join(because.split())
    if not because:
        raise ValidationError({"because": sentence})
    if len(because) > 300 or "\x00" in because or because in AUTOMATIC:
        raise ValidationError({"because": "A reason has at most 300 characters."})
    return because

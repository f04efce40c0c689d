"""Drafting a COE from an incident: what is known is written down with where it is known from.

Facts only: header, timeline, deployments with what was computed and said about them. Causes, lessons and corrections
are written by people. No person is named in what is drafted, roles are.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from coe import crediting, revising
from coe.drafting.changes import prevention_text, suspicions_of, trigger_of
from coe.drafting.related import related_lines
from coe.drafting.timeline import events_of
from coe.models import COE, Revision, Section, Template, TimelineEvent
from coe.permissions import may_start, require
from oncall.models import AuditEntry, Incident, User
from oncall.times import spoken

TITLE_LIMIT = 300
# A title that says how long already.
SPAN = re.compile(r"\bfor \d+ ?(?:s|sec|min|minute|h|hour|d|day)", re.IGNORECASE)


def draft_for(
    incident: Incident, by: User, now: datetime, source: str = "screen", *, template: Template | None = None
) -> COE:
    """Start the COE of an incident; an unfinished one that this person may see is returned instead of a second.

    It is started with the newest version of `template`, by default of the default one. Raises NotAllowed when the
    person may not start one.
    """
    require(may_start(by, incident), _refusal(incident))
    with transaction.atomic():
        # Two clicks at once queue up here.
        incident = Incident.objects.select_for_update(of=("self",)).select_related("service__team").get(pk=incident.pk)
        if started := COE.objects.about(incident.pk, by).unfinished().first():
            return started
        coe = _begin(incident, by, now, template)
        _fill(coe, incident, by, now)
        AuditEntry.objects.write(coe, "started", actor=by, at=now, source=source, after=coe.state)
        incident.timeline.write("coe", f"{coe.number} started", at=now, actor=by, source=source)
        crediting.settle([incident.pk], now)
    return coe


def _refusal(incident: Incident) -> str:
    if incident.is_practice:
        return f"{incident.number} is a practice: nothing failed, so there is nothing to correct."
    return "Only people who may respond to an incident start its COE."


def _begin(incident: Incident, by: User, now: datetime, template: Template | None) -> COE:
    template = template or Template.objects.filter(is_default=True).first()
    coe = COE.objects.create(
        template=template.current if template else None,
        title=title_for(incident),
        team=incident.service.team,
        owner=by,
        severity=incident.severity,
        zone=zone_for(incident, by),
        moved_by=by,
        moved_at=now,
        created_at=now,
        impact_started_at=incident.impact_started_at,
        impact_ended_at=incident.mitigated_at or incident.resolved_at,
    )
    coe.incidents.add(incident)
    return coe


def _fill(coe: COE, incident: Incident, by: User, now: datetime) -> None:
    """Everything that is known, and the first revision."""
    suspicions = suspicions_of(incident)
    trigger = trigger_of(suspicions)
    coe.services.add(incident.service, *([trigger.deployment.service] if trigger else []))
    drafted = {
        "prevention": prevention_text(incident, suspicions, coe.zone),
        "related": "\n".join(line.text for line in related_lines(incident, coe.zone)),
    }
    Section.objects.bulk_create(Section(coe=coe, key=key, text=drafted.get(key, "")) for key in coe.form.forms)
    TimelineEvent.objects.bulk_create(events_of(coe, incident, trigger))
    revising.record(coe, Revision.Reason.DRAFTED, by, now)


def title_for(incident: Incident) -> str:
    """The impact as far as the incident says it, and for how long unless it says so; a person improves it."""
    ended = incident.mitigated_at or incident.resolved_at
    has_span = SPAN.search(incident.title)
    span = f" for {spoken(ended - incident.impact_started_at)}" if ended and not has_span else ""
    room = TITLE_LIMIT - len(span)
    title = incident.title if len(incident.title) <= room else incident.title[: room - 1].rstrip() + "…"
    return title + span


def zone_for(incident: Incident, by: User) -> str:
    """The zone of the first schedule that the incident pages, else that of whoever writes."""
    policy = incident.service.escalation_policy
    steps = policy.steps.prefetch_related("targets__schedule") if policy else ()
    schedules = (target.schedule for step in steps for target in step.targets.all() if target.schedule)
    return next((schedule.zone for schedule in schedules), by.zone)

"""Incidents declared by a person, without any alert.

It decides that one declaration is one incident, however often it is sent. Who is paged is decided by
`oncall/paging.py`.
"""

from datetime import datetime, timedelta

from django.db import transaction

from oncall.models import Environment, Incident, Service, User
from oncall.models.incidents import LOWEST_PAGING, Severity, current_version

# The same declaration within this span is the same click, sent twice.
ECHO = timedelta(minutes=10)


def declare(
    title: str,
    service: Service,
    *,
    by: User,
    now: datetime,
    severity: int = Severity.SEV3,
    environment: Environment | None = None,
    summary: str = "",
    impact_started_at: datetime | None = None,
    is_practice: bool = False,
    source: str = "screen",
) -> Incident:
    """Open an incident and owe its first page, when the severity pages; all times in UTC.

    What the same person declares again for the same service under the same title, within ten minutes and while it is
    still open, is the incident there already is. A practice pages for real and counts in no statistics.
    """
    with transaction.atomic():
        # Two clicks at once queue up here; inserts that only refer to the service do not wait.
        Service.objects.select_for_update(no_key=True).get(pk=service.pk)
        echo = Incident.objects.open().filter(title=title, service=service, declared_by=by, triggered_at__gt=now - ECHO)
        if earlier := echo.first():
            return earlier
        incident = Incident.objects.create(
            title=title,
            summary=summary,
            service=service,
            environment=environment,
            severity=severity,
            declared_by=by,
            moved_by=by,
            moved_at=now,
            impact_started_at=impact_started_at or now,
            detected_at=now,
            triggered_at=now,
            page_after=now if severity <= LOWEST_PAGING else None,
            rank_after=now,
            policy_version=current_version(service),
            is_practice=is_practice,
        )
        text = "Declared as a practice: it pages for real and counts nowhere" if is_practice else "Declared"
        incident.timeline.write("declared", text, at=now, actor=by, source=source, is_starred=True)
    return incident

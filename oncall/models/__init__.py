"""The nouns of on-call.

A module imports only earlier ones of this order:
people < schedules < escalation < services < deployments < signals < incidents < timeline < suspects < pages < audit.
"""

from oncall.models.audit import AuditEntry, Heartbeat, Violation
from oncall.models.deployments import Deployment, RunningVersion
from oncall.models.escalation import EscalationPolicy, EscalationStep, StepTarget
from oncall.models.incidents import Incident
from oncall.models.pages import Attempt, Page
from oncall.models.people import ApiToken, ContactMethod, Membership, Team, User
from oncall.models.schedules import Override, Participant, Schedule, ScheduleLayer
from oncall.models.services import Dependency, Environment, Integration, Service, ServiceLink
from oncall.models.signals import Alert, AlertEvent, Signal
from oncall.models.suspects import Ranking, Suspect, Verdict
from oncall.models.timeline import TimelineEntry

__all__ = [
    "Alert",
    "AlertEvent",
    "ApiToken",
    "Attempt",
    "AuditEntry",
    "ContactMethod",
    "Dependency",
    "Deployment",
    "Environment",
    "EscalationPolicy",
    "EscalationStep",
    "Heartbeat",
    "Incident",
    "Integration",
    "Membership",
    "Override",
    "Page",
    "Participant",
    "Ranking",
    "RunningVersion",
    "Schedule",
    "ScheduleLayer",
    "Service",
    "ServiceLink",
    "Signal",
    "StepTarget",
    "Suspect",
    "Team",
    "TimelineEntry",
    "User",
    "Verdict",
    "Violation",
]

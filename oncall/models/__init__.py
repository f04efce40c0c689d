"""The nouns of on-call.

A module imports only earlier ones of this order:
people < contacts < schedules < escalation < services < deployments < signals < holds < incidents < timeline < suspects
< responders < pages < audit; keys stand alone.
"""

from oncall.models.audit import AuditEntry, Heartbeat, Violation
from oncall.models.contacts import Channel, ContactMethod, NotificationRule, Room
from oncall.models.deployments import Deployment, RunningVersion
from oncall.models.escalation import EscalationPolicy, EscalationStep, PolicyVersion, StepTarget
from oncall.models.holds import Maintenance, Mute
from oncall.models.incidents import Incident
from oncall.models.keys import InstallationKey
from oncall.models.pages import Attempt, DeliveryReceipt, Page
from oncall.models.people import ApiToken, Membership, Team, User
from oncall.models.responders import Responder
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
    "Channel",
    "ContactMethod",
    "DeliveryReceipt",
    "Dependency",
    "Deployment",
    "Environment",
    "EscalationPolicy",
    "EscalationStep",
    "Heartbeat",
    "Incident",
    "InstallationKey",
    "Integration",
    "Maintenance",
    "Membership",
    "Mute",
    "NotificationRule",
    "Override",
    "Page",
    "Participant",
    "PolicyVersion",
    "Ranking",
    "Responder",
    "Room",
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

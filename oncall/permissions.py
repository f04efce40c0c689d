"""What a person may do to what they see. What they see is each model's `visible_to`."""

from oncall.exceptions import NotAllowed
from oncall.models import Alert, EscalationPolicy, Incident, Maintenance, Mute, Schedule, Service, Team, User
from oncall.models.people import Membership


def require(is_allowed: bool, sentence: str) -> None:
    """Raise NotAllowed with a sentence that says who may; answered with 403."""
    if not is_allowed:
        raise NotAllowed(sentence)


def is_member(user: User, team: Team) -> bool:
    """Whether the person belongs to this team itself; teams below it do not count."""
    return Membership.objects.filter(user=user, team=team).exists()


def is_manager(user: User, team: Team) -> bool:
    """Whether the person manages this team itself."""
    return Membership.objects.filter(user=user, team=team, role=Membership.Role.MANAGER).exists()


def may_respond(user: User, incident: Incident) -> bool:
    """Everybody who sees an incident may take it: at three in the morning help is welcome from any team."""
    return user.is_active


def may_reroute(user: User, incident: Incident) -> bool:
    """Another policy wakes other people: managers of the service's team and administrators decide that."""
    return may_manage_team(user, incident.service.team)


def may_mute(user: User, alert: Alert) -> bool:
    """Members of the team whose service the alert is about, or comes in by, and administrators."""
    return may_change_service(user, alert.service) or is_member(user, alert.integration.service.team)


def may_mute_open(user: User, incident: Incident) -> bool:
    """Who may mute each of the incident's open alerts; asked once for all that are alike."""
    alerts = incident.alerts.open().select_related("service__team", "integration__service__team")
    alike = {(alert.service_id, alert.integration_id): alert for alert in alerts}
    if not alike:
        return may_change_service(user, incident.service)
    return all(may_mute(user, alert) for alert in alike.values())


def may_hold(user: User, service: Service) -> bool:
    """Scheduling maintenance of a service: members of the owning team and administrators."""
    return may_change_service(user, service)


def may_end(user: User, hold: Maintenance | Mute) -> bool:
    """Whoever may begin such a hold may end it, and whoever began this one."""
    service = hold.service if isinstance(hold, Maintenance) else hold.integration.service
    return may_hold(user, service) or hold.created_by_id == user.pk


def may_manage_team(user: User, team: Team) -> bool:
    """Membership, roles: the team's managers and administrators."""
    return user.is_administrator or is_manager(user, team)


def may_change_service(user: User, service: Service) -> bool:
    """Facts, links, dependencies and doors: members of the owning team and administrators."""
    return user.is_administrator or is_member(user, service.team)


def may_change_schedule(user: User, schedule: Schedule) -> bool:
    """Layers, participants and overrides: members of the team and administrators."""
    return user.is_administrator or is_member(user, schedule.team)


def may_change_policy(user: User, policy: EscalationPolicy) -> bool:
    """Steps and targets: members of the team and administrators."""
    return user.is_administrator or is_member(user, policy.team)


def may_change_rooms(user: User, team: Team) -> bool:
    """Rooms, and tests to them: members of the team and administrators."""
    return user.is_administrator or is_member(user, team)


def may_import_catalogue(user: User) -> bool:
    """An import touches every team: administrators only."""
    return user.is_administrator

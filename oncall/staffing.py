"""Who belongs to a team, with which job and role, each change with its audit row in one transaction.

It decides that a team which has a manager keeps one. Who may change it is decided by `oncall/permissions.py`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from oncall.exceptions import Conflict
from oncall.models import AuditEntry, Membership, Team, User


def add_member(team: Team, user: User, *, job: str, role: str, by: User, now: datetime) -> Membership:
    """Let a person belong to a team. Raises Conflict when the person does already."""
    with transaction.atomic():
        made, is_new = Membership.objects.get_or_create(team=team, user=user, defaults={"job": job, "role": role})
        if not is_new:
            raise Conflict(f"{user} is in {team} already.")
        AuditEntry.objects.write(made, "added", actor=by, at=now, after=f"{job} {role}")
    return made


def change_member(membership: Membership, *, job: str, role: str, by: User, now: datetime) -> None:
    """Set a member's job and role. Raises Conflict when the team would lose its last manager."""
    with transaction.atomic():
        found = _locked(membership)
        if role != Membership.Role.MANAGER:
            _keep_a_manager(found)
        before, after = f"{found.job} {found.role}", f"{job} {role}"
        found.job, found.role = job, role
        found.save(update_fields=["job", "role"])
        if before != after:
            AuditEntry.objects.write(found, "changed", actor=by, at=now, before=before, after=after)


def remove_member(membership: Membership, *, by: User, now: datetime) -> None:
    """Take a person out of a team; rotations keep their people. Raises Conflict for the last manager."""
    with transaction.atomic():
        found = _locked(membership)
        _keep_a_manager(found)
        AuditEntry.objects.write(found, "removed", actor=by, at=now, before=f"{found.job} {found.role}")
        found.delete()


def _locked(membership: Membership) -> Membership:
    """The membership as it is now; the team's row is locked, so that two managers cannot remove each other at once."""
    Team.objects.select_for_update().get(pk=membership.team_id)
    found = Membership.objects.select_related("team", "user").filter(pk=membership.pk).first()
    if found is None:
        raise Conflict("Somebody has removed this member already.")
    return found


def _keep_a_manager(leaving: Membership) -> None:
    managers = Membership.objects.filter(team=leaving.team, role=Membership.Role.MANAGER)
    if leaving.role == Membership.Role.MANAGER and not managers.exclude(pk=leaving.pk).exists():
        raise Conflict(f"{leaving.user} is the last manager of {leaving.team}. Make somebody else a manager first.")

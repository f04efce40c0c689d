"""Rooms of a team: made and removed, each change with its audit row in one transaction.

It decides that a room which a policy tells stays. Who may change rooms is decided by `oncall/permissions.py`, when a
room is told by `oncall/paging.py`.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from oncall.channels import REGISTRY
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, EscalationPolicy, Room, Team, User
from oncall.sealing import seal


def add_room(
    team: Team, name: str, channel: str, address: str, *, by: User, now: datetime, is_told_of_coes: bool = True
) -> tuple[Room, str]:
    """Note a room; returns it with the secret made for it, shown once and empty where the channel needs none.

    Raises ValueError with a sentence for an address that is none of the channel's, and Conflict when the team has a
    room of this name already.
    """
    kind = REGISTRY[channel]
    facts = {"name": name, "channel": channel, "address": kind.read_address(address)}
    held = kind.secret_in(address)
    made = "" if held else kind.make_secret()
    sealed = seal(held or made) if held or made else ""
    try:
        with transaction.atomic():
            room = Room.objects.create(
                team=team, sealed_secret=sealed, created_at=now, is_told_of_coes=is_told_of_coes, **facts
            )
            AuditEntry.objects.write(room, "created", actor=by, at=now)
    except IntegrityError as error:
        raise Conflict(f"{team} has a room called {name} already.") from error
    return room, made


def tell_of_coes(room: Room, *, is_told: bool, by: User, now: datetime) -> None:
    """Tell this room of its team's COEs from now on, or no more; the same again changes nothing."""
    with transaction.atomic():
        room.refresh_from_db(from_queryset=Room.objects.select_for_update())
        if room.is_told_of_coes == is_told:
            return
        room.is_told_of_coes = is_told
        room.save(update_fields=["is_told_of_coes"])
        words = {True: "told of COEs", False: "not told of COEs"}
        facts = {"before": words[not is_told], "after": words[is_told]}
        AuditEntry.objects.write(room, "changed", actor=by, at=now, **facts)


def remove_room(room: Room, *, by: User, now: datetime) -> None:
    """Tell this room no more; what was told stays in the ledger. Raises Conflict while a policy names it."""
    with transaction.atomic():
        telling = EscalationPolicy.objects.filter(current__steps__targets__room=room).distinct()
        if names := [policy.name for policy in telling[:3]]:
            raise Conflict(f"{room.name} is told by {', '.join(names)}. Take it out of there first.")
        AuditEntry.objects.write(room, "removed", actor=by, at=now)
        room.removed_at, room.sealed_secret = now, ""
        room.save(update_fields=["removed_at", "sealed_secret"])

"""Which required role each approval fills. Pure.

One person's approval fills one role. Whoever may fill several takes the one that lets most roles be filled; among
equals the role the person was asked in. Filling is a maximum matching by augmenting paths (H. W. Kuhn, 1955), so that
it never depends on who answered first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coe.template import Role


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that counts: by whom, in which role it was asked for or given, and every role it could fill."""

    person: int
    role: Role
    able: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Slot:
    """One required approval, and the person whose approval fills it; None while it is open."""

    role: Role
    person: int | None = None


def fill(required: Sequence[Role], approvals: Iterable[Approval]) -> list[Slot]:
    """A slot for each required role, in the order required, filled with as many approvals as can be."""
    given = sorted({approval.person: approval for approval in approvals}.values(), key=lambda one: one.person)
    held: dict[int, Approval] = {}
    for place, role in enumerate(required):
        asked = next((one for one in given if one.role == role and one not in held.values()), None)
        if asked:
            held[place] = asked
    for approval in given:
        if approval not in held.values():
            _place(approval, required, held, set())
    return [Slot(role, held[place].person if place in held else None) for place, role in enumerate(required)]


def _place(approval: Approval, required: Sequence[Role], held: dict[int, Approval], tried: set[int]) -> bool:
    """Find a slot for this approval, moving others on where that makes room."""
    for place, role in enumerate(required):
        if role in approval.able and place not in tried:
            tried.add(place)
            if place not in held or _place(held[place], required, held, tried):
                held[place] = approval
                return True
    return False


def able(role: Role, *, is_manager: bool, is_director: bool) -> frozenset[Role]:
    """What an approval given in a role can fill: that role, what the person is besides, and always a peer's.

    Being a bar raiser counts only for whom it was asked as one: nobody picks the own bar raiser.
    """
    besides = [Role.PEER, *([Role.MANAGER] if is_manager else []), *([Role.DIRECTOR] if is_director else [])]
    return frozenset([role, *besides])

"""Who may read what, as the index says it.

The same rule as `COE.objects.visible_to`: everybody reads what is for the organisation; a restricted COE is read by its
owner, its readers, its reviewers, the managers of its team, and administrators. Managers are named by their team, so
that a change of membership holds at once without touching the index.
"""

from __future__ import annotations

from dataclasses import dataclass

from coe.models import COE
from coe.searching.schema import ADMINISTRATORS, EVERYBODY
from oncall.models import Membership, User


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who searches. `user_id` None is nobody, who reads nothing.

    `hidden` are COEs that changed since the index was written: perhaps they have become restricted, so nobody is shown
    what the index says of them.
    """

    user_id: int | None
    is_administrator: bool = False
    managed_teams: tuple[int, ...] = ()
    hidden: frozenset[int] = frozenset()

    @classmethod
    def of(cls, user: User) -> Reader:
        """The reader a signed-in person is; one query."""
        if not user.is_active:
            return cls(None)
        if user.is_administrator:
            return cls(user.pk, is_administrator=True)
        managed = Membership.objects.filter(user=user, role=Membership.Role.MANAGER).values_list("team_id", flat=True)
        return cls(user.pk, managed_teams=tuple(managed))

    @classmethod
    def everybody(cls) -> Reader:
        """Whoever is there: reads what is for the whole organisation, and nothing else."""
        return cls(0)

    @property
    def tokens(self) -> tuple[str, ...]:
        """What a document's `readers` must name one of."""
        if self.user_id is None:
            return ()
        if self.is_administrator:
            return (ADMINISTRATORS,)
        return (EVERYBODY, f"u{self.user_id}", *(f"t{team}" for team in self.managed_teams))


def tokens_of(coe: COE) -> tuple[str, ...]:
    """Who may read this COE. Reads its readers and reviews; prefetch them when there are many COEs."""
    if not coe.is_restricted:
        return (EVERYBODY,)
    readers, reviews = coe.readers.all(), coe.reviews.all()
    people = {coe.owner_id, *(user.pk for user in readers), *(review.reviewer_id for review in reviews)}
    return (f"t{coe.team_id}", *(f"u{user_id}" for user_id in sorted(people)))

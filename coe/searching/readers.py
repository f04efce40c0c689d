"""Who may read what, as the index says it.

The same rule as `COE.objects.visible_to`: everybody reads what is for the organisation; a restricted COE is read by its
owner, its readers, the members of its reader teams, its reviewers, the managers of its team, and administrators.
Managers and members are named by their team and looked up when somebody searches: a change of membership holds at the
next request, without touching the index.
"""

from __future__ import annotations

from dataclasses import dataclass

from coe.models import COE, Review
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
    teams: tuple[int, ...] = ()
    hidden: frozenset[int] = frozenset()

    @classmethod
    def of(cls, user: User) -> Reader:
        """The reader a signed-in person is; one query."""
        if not user.is_active:
            return cls(None)
        if user.is_administrator:
            return cls(user.pk, is_administrator=True)
        roles = dict(Membership.objects.filter(user=user).values_list("team_id", "role"))
        managed = tuple(team for team, role in roles.items() if role == Membership.Role.MANAGER)
        return cls(user.pk, managed_teams=managed, teams=tuple(roles))

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
        managed, own = (f"t{team}" for team in self.managed_teams), (f"m{team}" for team in self.teams)
        return (EVERYBODY, f"u{self.user_id}", *managed, *own)


def tokens_of(coe: COE) -> tuple[str, ...]:
    """Who may read this COE. Reads its readers, reader teams and reviews; prefetch them when there are many COEs."""
    if not coe.is_restricted:
        return (EVERYBODY,)
    # Who handed a review on, or was let off, is no reader any more.
    reviewers = (review.reviewer_id for review in coe.reviews.all() if review.verdict in ("", *Review.JUDGED))
    people = {coe.owner_id, *(user.pk for user in coe.readers.all()), *reviewers}
    teams = sorted(team.pk for team in coe.reader_teams.all())
    return (f"t{coe.team_id}", *(f"m{team}" for team in teams), *(f"u{user_id}" for user_id in sorted(people)))

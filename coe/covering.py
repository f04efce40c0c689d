"""Which approvals a COE needs, which of them stand, and whom the missing ones wait for.

An approval stands until what it approved changed materially (`coe/materiality.py`), or its giver wrote part of the
text. Someone who asked for changes stands in the way until that person judges again, hands the round on, or leaves.
Which approval fills which role is `coe/approving.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from coe import approving
from coe.models import COE, Review
from coe.permissions import authors
from coe.template import ROLE_LABELS, Role
from oncall.models import Membership, Team, User

# Deeper than any organisation; a circle of teams ends here too.
MOST_TEAMS_ABOVE = 30


@dataclass(frozen=True, slots=True)
class Place:
    """One required role: who fills it, or whom it waits for; `is_vacant` when only an administrator can fill it."""

    role: Role
    review: Review | None = None
    waits_for: list[Review] = field(default_factory=list)
    is_vacant: bool = False

    @property
    def label(self) -> str:
        return ROLE_LABELS[self.role]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything that decides whether a COE is approved."""

    places: list[Place]
    objections: list[Review]

    @property
    def is_complete(self) -> bool:
        return not self.objections and all(place.review for place in self.places)

    @property
    def missing(self) -> list[Place]:
        """The roles that nobody filled yet."""
        return [place for place in self.places if not place.review]


def coverage(coe: COE) -> Coverage:
    """How far the COE is from being approved, by the rounds as they stand in the database."""
    rounds = list(coe.reviews.select_related("reviewer", "revision", "delegated_by").order_by("pk"))
    wrote = authors(coe)
    standing = approvals_standing(rounds, wrote)
    slots = approving.fill(
        coe.form.demands_of(coe.header.severity).approvals, [_approval(coe, one) for one in standing]
    )
    by_person = {review.reviewer_id: review for review in standing}
    asked = [review for review in rounds if not review.verdict]
    open_roles = {slot.role for slot in slots if slot.person is None}
    vacant = {role for role in open_roles if not able_people(coe, role).exclude(pk__in=by_person).exists()}
    # An administrator who stands in does so for every role that nobody else can fill: nothing may wait forever.
    stand_in = next((review for review in standing if review.is_stand_in), None)
    places = []
    for slot in slots:
        review = by_person[slot.person] if slot.person is not None else None
        waits_for = [one for one in asked if Role(one.role) == slot.role] if review is None else []
        is_vacant = review is None and slot.role in vacant
        places.append(Place(slot.role, review or (stand_in if is_vacant else None), waits_for, is_vacant))
    return Coverage(places, objections_of(rounds, wrote))


def approvals_standing(rounds: Iterable[Review], wrote: set[int]) -> list[Review]:
    """The newest judgement of each person where it is an approval that still holds; of nobody who wrote any of it."""
    newest = {review.reviewer_id: review for review in rounds if review.verdict in Review.JUDGED}
    return [
        review
        for person, review in newest.items()
        if review.verdict == Review.Verdict.APPROVED and review.overtaken_at is None and person not in wrote
    ]


def objections_of(rounds: Iterable[Review], wrote: set[int]) -> list[Review]:
    """Judgements that ask for changes and were not followed by another.

    Those of people who left do not hold it up, nor those of a re-issue that was given up.
    """
    newest = {review.reviewer_id: review for review in rounds if review.verdict}
    # A round that was asked for anew and not answered yet does not take the objection back.
    return [
        review
        for person, review in newest.items()
        if review.verdict == Review.Verdict.CHANGES_REQUESTED
        and review.overtaken_at is None
        and review.reviewer.is_active
        and person not in wrote
    ]


def _approval(coe: COE, review: Review) -> approving.Approval:
    able = approving.able(
        Role(review.role),
        is_manager=_manages(review.reviewer, [coe.team_id]),
        is_director=_manages(review.reviewer, teams_above(coe.team)),
    )
    return approving.Approval(review.reviewer_id, Role(review.role), able)


def able_people(coe: COE, role: Role) -> QuerySet[User]:
    """Everybody who could approve in this role, administrators standing in left out: active, and wrote none of it."""
    people = User.objects.filter(is_active=True).exclude(pk__in=authors(coe))
    if role == Role.MANAGER:
        return people.filter(_managing([coe.team_id]))
    if role == Role.DIRECTOR:
        return people.filter(_managing(teams_above(coe.team)))
    if role == Role.BAR_RAISER:
        return _bar_raisers(people, coe)
    return people


def _bar_raisers(people: QuerySet[User], coe: COE) -> QuerySet[User]:
    """Those of the pool who neither share a team with the owner nor belong to the COE's, without a stated conflict."""
    near = Team.objects.filter(memberships__user=coe.owner_id).values_list("pk", flat=True)
    teams = [coe.team_id, *near]
    colleagues = Membership.objects.filter(team__in=teams).values("user")
    return people.filter(bar_raiser__isnull=False).exclude(pk__in=colleagues).exclude(bar_raiser__conflicts__in=teams)


def is_able(user: User, coe: COE, role: Role) -> bool:
    """Whether this person could approve in this role."""
    return able_people(coe, role).filter(pk=user.pk).exists()


def role_of(coe: COE, user: User) -> tuple[Role, bool]:
    """In which role somebody who was not asked gives a judgement now, and whether as a stand-in.

    The first missing role that the person can fill but the bar raiser's, which is assigned; an administrator fills one
    that is vacant; else a peer.
    """
    missing = coverage(coe).missing
    for place in missing:
        if place.role not in (Role.BAR_RAISER, Role.PEER) and is_able(user, coe, place.role):
            return place.role, False
    for place in missing:
        if place.is_vacant and user.is_administrator:
            return place.role, True
    return Role.PEER, False


def teams_above(team: Team) -> list[int]:
    """The ids of the teams above this one in the tree, the nearest first."""
    found: list[int] = []
    parent = team.parent_id
    while parent is not None and parent not in found and parent != team.pk and len(found) < MOST_TEAMS_ABOVE:
        found.append(parent)
        parent = Team.objects.filter(pk=parent).values_list("parent_id", flat=True).first()
    return found


def _managing(teams: list[int]) -> Q:
    managers = Membership.objects.filter(team__in=teams, role=Membership.Role.MANAGER)
    return Q(pk__in=managers.values("user"))


def _manages(user: User, teams: list[int]) -> bool:
    return Membership.objects.filter(user=user, team__in=teams, role=Membership.Role.MANAGER).exists()

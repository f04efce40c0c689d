"""Whom a comment names: `@alice@example.com`, `@Alice Moreau`, `@alice`, or a role such as `@owner`.

It decides who is meant. Only those who may read the COE are told; who else was named is given back, to be said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Q

from coe.models import COE
from coe.permissions import authors
from oncall.models import Membership, User

MOST_NAMED = 20
_MENTION = re.compile(
    r"(?<![\w@.])@([\w.+-]+@[\w-]+(?:\.[\w-]+)+|[^\W\d_][\w'’-]*(?:\.[\w'’-]+)*(?: [A-ZÀ-Þ][\w'’-]*){0,3})"
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who is told, and the names of those who were meant and may not read it."""

    people: list[User]
    refused: list[str]


def mentioned(coe: COE, text: str) -> Mentions:
    """Everybody named in the text, once, without guessing: a name that several people have names nobody."""
    found: dict[int, User] = {}
    for word in dict.fromkeys(match[1] for match in _MENTION.finditer(text)):
        if len(found) >= MOST_NAMED:
            break
        found |= {user.pk: user for user in _people(coe, word)}
    people = list(found.values())[:MOST_NAMED]
    told = [user for user in people if COE.objects.draft_visible_to(user).filter(pk=coe.pk).exists()]
    return Mentions(told, [user.name for user in people if user not in told])


def _people(coe: COE, word: str) -> list[User]:
    role = ROLES.get(word.lower().partition(" ")[0].rstrip("."))
    if role:
        return list(User.objects.filter(role(coe), is_active=True).distinct()[:MOST_NAMED])
    # "@Alice Moreau Thanks": the longest name that somebody has.
    parts = word.rstrip(".").split(" ")
    for count in range(len(parts), 0, -1):
        if one := _person(coe, " ".join(parts[:count])):
            return [one]
    return []


def _person(coe: COE, name: str) -> User | None:
    people = User.objects.filter(is_active=True)
    if "@" in name:
        return people.filter(email=name.lower()).first()
    spaced = name.replace(".", " ")
    near = people.filter(Q(pk__in=authors(coe)) | Q(teams=coe.team_id) | Q(reviews__coe=coe)).distinct()
    starts = Q(name__istartswith=f"{name} ") | Q(email__istartswith=f"{name}@")
    for candidates in (people.filter(name__iexact=spaced), near.filter(starts), people.filter(starts)):
        found = list(candidates[:2])
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _managers(coe: COE) -> Q:
    managing = Membership.objects.filter(team=coe.team_id, role=Membership.Role.MANAGER)
    return Q(pk__in=managing.values("user"))


ROLES = {
    "owner": lambda coe: Q(pk=coe.owner_id),
    "authors": lambda coe: Q(pk__in=authors(coe)),
    "reviewers": lambda coe: Q(reviews__coe=coe, reviews__verdict__in=["", "approved", "changes_requested"]),
    "bar-raiser": lambda coe: Q(reviews__coe=coe, reviews__role="bar_raiser", reviews__verdict__in=["", "approved"]),
    "manager": _managers,
    "managers": _managers,
    "team": lambda coe: Q(teams=coe.team_id),
}

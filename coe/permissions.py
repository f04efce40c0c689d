"""What a person may do to a COE they see. What they see is `COE.objects.visible_to`.

Nobody approves the own COE: authors are its owner, everybody who ever changed its text, and whoever suggested much.
"""

from collections import Counter

from coe.models import COE, ActionItem, Collection, Comment, Review, Revision
from oncall.models import Incident, Membership, Team, User
from oncall.permissions import is_manager, is_member, require

__all__ = [
    "authors",
    "is_author",
    "may_change_action",
    "may_change_collection",
    "may_choose",
    "may_collect_for",
    "may_edit",
    "may_publish",
    "may_restrict",
    "may_review",
    "may_start",
    "require",
    "require_edit",
]

# More words of accepted suggestions than this make their giver an author.
MOST_SUGGESTED_WORDS = 60
# Revisions whose maker has written; who submits, approves or publishes has not by that alone.
WRITTEN = (Revision.Reason.DRAFTED, Revision.Reason.SAVED, Revision.Reason.AUTOSAVED)


def may_start(user: User, incident: Incident) -> bool:
    """Everybody who may respond may also write down why: whoever starts a COE owns it, until it is handed over.

    A practice needs no correction: nothing failed.
    """
    return user.is_active and not incident.is_practice


def may_edit(user: User, coe: COE) -> bool:
    """Text, timeline, causes, action items, submitting: the owner, members of the team, administrators."""
    return user.is_administrator or coe.owner_id == user.pk or is_member(user, coe.team)


def require_edit(user: User, coe: COE) -> None:
    """Raises NotAllowed unless the person may edit."""
    require(may_edit(user, coe), f"Only the owner of {coe.number}, members of {coe.team} and administrators edit it.")


def may_publish(user: User, coe: COE) -> bool:
    """Whoever may edit may publish what somebody else approved."""
    return may_edit(user, coe)


def may_restrict(user: User, coe: COE) -> bool:
    """Who reads it: the owner, managers of the team, administrators."""
    return user.is_administrator or coe.owner_id == user.pk or is_manager(user, coe.team)


def authors(coe: COE) -> set[int]:
    """The ids of the owner, of everybody who ever changed the text, and of whoever suggested much of it."""
    by_revision = coe.revisions.filter(reason__in=WRITTEN).values_list("made_by_id", flat=True)
    by_section = coe.sections.values_list("edited_by_id", flat=True)
    by_typing = coe.writers.values_list("user", flat=True)
    found = {coe.owner_id, *by_revision, *by_section, *by_typing, *_by_suggestions(coe)}
    return {author for author in found if author is not None}


def _by_suggestions(coe: COE) -> set[int]:
    """Whose accepted suggestions together are more than a reviewer's help: they wrote part of it."""
    accepted = Comment.objects.filter(thread__coe=coe, accepted_at__isnull=False).values_list("by_id", "suggestion")
    words: Counter[int] = Counter()
    for by, suggestion in accepted:
        words[by] += len((suggestion or "").split())
    return {by for by, count in words.items() if count > MOST_SUGGESTED_WORDS}


def is_author(user: User, coe: COE) -> bool:
    """Whether the person wrote any of it."""
    return user.pk in authors(coe)


def may_review(user: User, coe: COE) -> bool:
    """Named reviewers, managers of the team and administrators, as long as they wrote none of it."""
    is_named = coe.reviews.filter(reviewer=user, verdict__in=["", *Review.JUDGED]).exists()
    return (is_named or user.is_administrator or is_manager(user, coe.team)) and not is_author(user, coe)


def may_change_action(user: User, action: ActionItem) -> bool:
    """Done, verified, dropped: its owner, members of its team or of the COE's, administrators."""
    is_ours = user.is_administrator or action.owner_id == user.pk
    return is_ours or is_member(user, action.team) or may_edit(user, action.coe)


def may_collect_for(user: User, team: Team) -> bool:
    """A reading list of a team stands on its screen and on its members' homes: its managers and administrators."""
    return user.is_administrator or is_manager(user, team)


def may_change_collection(user: User, collection: Collection) -> bool:
    """Its owner, managers of its team, administrators."""
    manages = collection.team is not None and is_manager(user, collection.team)
    return user.is_administrator or collection.owner_id == user.pk or manages


def may_choose(user: User) -> bool:
    """The COE of the month is for the whole organisation: managers of any team, and administrators."""
    return user.is_administrator or Membership.objects.filter(user=user, role=Membership.Role.MANAGER).exists()

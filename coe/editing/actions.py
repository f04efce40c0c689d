"""Adding, changing and removing the action items of a draft. What happens to them later is `coe/following_up.py`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max

from coe.editing.writing import count_on, part_of, writing
from coe.models import COE, ActionItem, Cause, Revision
from oncall.exceptions import Conflict
from oncall.models import User

MOST_ACTIONS = 100
FACTS = frozenset({"title", "exit_test", "owner", "team", "due_on", "priority", "kind", "tracker_url", "corrects"})


def add_action(coe: COE, *, by: User, now: datetime, **facts: Any) -> ActionItem:
    """Add an action item at the end; facts are those of FACTS, and without a team it is the COE's.

    `corrects` are ids of causes. Raises ValidationError beyond MOST_ACTIONS, TypeError for an unknown fact.
    """
    _judge(facts)
    with writing(coe, by, now):
        if coe.actions.count() >= MOST_ACTIONS:
            raise ValidationError(f"A COE holds at most {MOST_ACTIONS} action items.")
        last = coe.actions.aggregate(last=Max("position"))["last"]
        team = facts.pop("team", None) or coe.header.team
        position = 0 if last is None else last + 1
        corrects = facts.pop("corrects", ())
        action = ActionItem.objects.create(
            coe=coe, team=team, position=position, moved_at=now, is_proposed=coe.is_published, **facts
        )
        _correct(action, corrects)
    return action


def change_action(
    coe: COE,
    pk: int,
    *,
    base: int | None = None,
    by: User,
    now: datetime,
    reason: str = Revision.Reason.SAVED,
    **facts: Any,
) -> ActionItem:
    """Change facts of an action item; `base` is the item's counter that the writer read.

    Raises Conflict when it is gone, RowConflict for an older counter, TypeError for an unknown fact.
    """
    _judge(facts)
    with writing(coe, by, now, reason):
        action = part_of(coe.actions.all(), pk, "action item")
        _judge_promise(action, facts)
        corrects = facts.pop("corrects", None)
        count_on(action, "action item", base, facts)
        if corrects is not None:
            _correct(action, corrects)
        for name, value in facts.items():
            setattr(action, name, value)
        action.save(update_fields=[*facts, "edits"])
    return action


def remove_action(coe: COE, pk: int, *, by: User, now: datetime) -> None:
    """Remove an action item that nobody was promised. Removed already is fine; raises Conflict for a promised one."""
    with writing(coe, by, now):
        action = coe.actions.filter(pk=pk).first()
        if action and action.is_promised:
            raise Conflict(f"“{action.title}” is promised already. Drop it on its own screen, and say why.")
        coe.actions.filter(pk=pk).delete()


def _judge_promise(action: ActionItem, facts: dict[str, Any]) -> None:
    """What was promised says the same until it is done or dropped; raises ValidationError for other words."""
    if action.is_promised and any(
        getattr(action, name) != value for name, value in facts.items() if name != "corrects"
    ):
        raise ValidationError("This action item is promised already. Drop it on its own screen, and add another here.")


def _correct(action: ActionItem, causes: Iterable[int]) -> None:
    """Hang it to the causes it corrects, by their ids; those of another COE, or removed meanwhile, are left out."""
    action.corrects.set(Cause.objects.filter(coe=action.coe_id, pk__in=list(causes)))


def _judge(facts: dict[str, Any]) -> None:
    if unknown := facts.keys() - FACTS:
        raise TypeError(f"not a fact of an action item: {', '.join(sorted(unknown))}")

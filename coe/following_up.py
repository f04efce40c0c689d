"""Corrections after the publication: done, verified, ineffective, dropped; and the COE that closes when all are.

The moves themselves are those of `ActionItem`; this module says who may make them, and what they mean for the COE and
for search, which knows which COEs still have open action items.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import closing, publishing
from coe.models import COE, ActionItem
from coe.permissions import may_change_action, require
from oncall.exceptions import Conflict
from oncall.models import User


def finish(action: ActionItem, by: User, now: datetime, source: str = "screen") -> None:
    """Say that it is done: a claim until it is verified."""
    with _following(action, by, now, source):
        action.finish(by, now, source)


def verify(action: ActionItem, evidence: str, by: User, now: datetime, source: str = "screen") -> None:
    """Say that the exit test was passed; raises ValidationError without evidence."""
    _require_words(evidence, "Say what shows that it works: a test, an alarm, a drill, a dashboard.")
    with _following(action, by, now, source):
        action.verify(by, evidence.strip(), now, source)


def find_ineffective(action: ActionItem, evidence: str, by: User, now: datetime, source: str = "screen") -> None:
    """Say that it was done and did not help; raises ValidationError without evidence."""
    _require_words(evidence, "Say what shows that it did not help.")
    with _following(action, by, now, source):
        action.find_ineffective(by, evidence.strip(), now, source)


def reopen(action: ActionItem, by: User, now: datetime, source: str = "screen") -> None:
    """Take back that it is done, or that it was dropped."""
    with _following(action, by, now, source):
        action.reopen(by, now, source)


def drop(action: ActionItem, reason: str, by: User, now: datetime, source: str = "screen") -> None:
    """Say that it will not be done; raises ValidationError without a reason."""
    _require_words(reason, "Say why it will not be done.")
    with _following(action, by, now, source):
        action.drop(by, reason.strip(), now, source)


def _require_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise ValidationError({"evidence": sentence})


@contextmanager
def _following(action: ActionItem, by: User, now: datetime, source: str) -> Iterator[None]:
    """Judge who asks; after the move bring the COE to where its corrections are."""
    sentence = "Only its owner, members of its team and administrators move an action item."
    require(may_change_action(by, action), sentence)
    with transaction.atomic():
        # Always the COE first: two last items verified at once must see each other.
        coe = COE.objects.select_for_update().get(pk=action.coe_id)
        if not coe.actions.promised().filter(pk=action.pk).exists():
            raise Conflict(f"“{action.title}” is in a draft of {coe.number}: it is not promised yet.")
        yield
        publishing.note_change(coe, now)
        closing.settle(coe, by, now, source)

"""What a cause explains besides the one it stands below, how causes join, and why nothing corrects one.

Every edge is judged under the lock of the COE, over the list and the links together: two people who draw the two halves
of a circle at once get one edge and one sentence.
"""

from datetime import datetime

from django.core.exceptions import ValidationError

from coe.editing.causes import Tree, circle
from coe.editing.writing import judge_text, part_of, writing
from coe.models import COE, Cause, CauseLink
from oncall.models import User

MOST_LINKS = 200


def link(coe: COE, cause_pk: int, effect_pk: int, *, by: User, now: datetime) -> None:
    """Let a cause explain one more. Linked already is fine.

    Raises ValidationError for a circle and beyond MOST_LINKS, Conflict when one of the two is gone.
    """
    with writing(coe, by, now):
        tree = Tree.of(coe)
        cause, effect = tree.get(cause_pk), tree.get(effect_pk)
        if cause.parent_id == effect_pk or effect_pk in tree.further.get(cause_pk, ()):
            return
        if tree.explains(effect_pk, cause_pk):
            raise circle(cause, effect)
        if sum(map(len, tree.further.values())) >= MOST_LINKS:
            raise ValidationError(f"A COE holds at most {MOST_LINKS} further links between causes. Sum some up.")
        CauseLink.objects.create(coe=coe, cause=cause, effect=effect)


def unlink(coe: COE, cause_pk: int, effect_pk: int, *, by: User, now: datetime) -> None:
    """Take a link away; the cause stays where it stands in the list. Gone already is fine."""
    with writing(coe, by, now):
        coe.cause_links.filter(cause=cause_pk, effect=effect_pk).delete()


def set_join(coe: COE, pk: int, join: Cause.Join, *, by: User, now: datetime) -> None:
    """Say whether the causes of this one contribute each, or only together. Raises Conflict when it is gone."""
    with writing(coe, by, now):
        cause = part_of(coe.causes.all(), pk, "cause")
        cause.join = join
        cause.save(update_fields=["join"])


def set_no_action(coe: COE, pk: int, because: str, *, base: str | None = None, by: User, now: datetime) -> None:
    """Say why nothing corrects a cause; an empty text takes that back. `base` is the reason that the writer read.

    Raises Conflict when it is gone, RowConflict when somebody gave another reason since.
    """
    with writing(coe, by, now):
        cause = part_of(coe.causes.all(), pk, "cause")
        judge_text("reason", "nothing corrects it because", cause.no_action_because, because, base)
        cause.no_action_because = because
        cause.save(update_fields=["no_action_because"])

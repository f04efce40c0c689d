"""The tree of causes: adding, changing, moving. With its links it never holds a circle, nor more than people can read.

What a cause explains besides the one it stands below is `coe/editing/linking.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.core.exceptions import ValidationError
from django.db.models import F

from coe.editing.writing import count_on, part_of, writing
from coe.graphing import is_explained
from coe.models import COE, Cause, CauseLink, Revision
from oncall.exceptions import Conflict
from oncall.models import User

MOST_CAUSES = 200
DEEPEST = 12


@dataclass
class Tree:
    """The causes of one COE while they are rearranged; `save` writes what changed."""

    causes: dict[int, Cause]
    below: dict[int | None, list[Cause]] = field(default_factory=dict)
    # What each explains besides the one it stands below.
    further: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, coe: COE) -> Tree:
        tree = cls({cause.pk: cause for cause in coe.causes.all()})
        for cause_pk, effect_pk in coe.cause_links.values_list("cause", "effect"):
            tree.further.setdefault(cause_pk, set()).add(effect_pk)
        for cause in tree.causes.values():
            tree.below.setdefault(cause.parent_id, []).append(cause)
        return tree

    def get(self, pk: int) -> Cause:
        """Raises Conflict when somebody removed it meanwhile."""
        if pk not in self.causes:
            raise Conflict("This cause was removed meanwhile.")
        return self.causes[pk]

    def siblings(self, cause: Cause) -> list[Cause]:
        return self.below[cause.parent_id]

    def depth(self, pk: int | None) -> int:
        """How many causes stand above what would be placed under this one."""
        depth = 0
        while pk is not None:
            pk, depth = self.causes[pk].parent_id, depth + 1
        return depth

    def height(self, cause: Cause) -> int:
        return 1 + max((self.height(child) for child in self.below.get(cause.pk, ())), default=0)

    def explains(self, pk: int, wanted: int) -> bool:
        """Whether one explains another, at first hand or further up, over the list and the links; or is it."""
        effects = {
            one: [*self.further.get(one, ()), *([cause.parent_id] if cause.parent_id else [])]
            for one, cause in self.causes.items()
        }
        return is_explained(pk, wanted, effects)

    def place(self, cause: Cause, parent_pk: int | None, position: int) -> None:
        """Put the cause, with all below it, under another one. Raises ValidationError for circles and depth."""
        if parent_pk is not None and self.explains(parent_pk, cause.pk):
            raise circle(cause, self.causes[parent_pk])
        if self.depth(parent_pk) + self.height(cause) > DEEPEST:
            raise ValidationError(f"Causes stand at most {DEEPEST} deep. Sum some up.")
        self.siblings(cause).remove(cause)
        cause.parent_id = parent_pk
        self.below.setdefault(parent_pk, []).insert(max(position, 0), cause)

    def save(self) -> None:
        for siblings in self.below.values():
            for position, cause in enumerate(siblings):
                cause.position = position
        Cause.objects.bulk_update(self.causes.values(), ["parent", "position"])
        # A cause that now stands below what it was linked to explains it once, not twice.
        CauseLink.objects.filter(cause__in=self.causes, effect=F("cause__parent")).delete()


def circle(cause: Cause, effect: Cause) -> ValidationError:
    """What is said about an edge that would close a circle."""
    if cause.pk == effect.pk:
        return ValidationError("A cause cannot explain itself.", code="circle")
    return ValidationError(
        f"“{cause.text[:80]}” is itself explained by “{effect.text[:80]}”: "
        "they would go round in a circle, and each would explain itself.",
        code="circle",
    )


def add_cause(coe: COE, text: str, kind: str, *, parent_pk: int | None = None, by: User, now: datetime) -> Cause:
    """Add a cause as the last one below another, or at the top. Raises ValidationError beyond the limits."""
    with writing(coe, by, now):
        tree = Tree.of(coe)
        if parent_pk is not None:
            tree.get(parent_pk)
        if len(tree.causes) >= MOST_CAUSES:
            raise ValidationError(f"A COE holds at most {MOST_CAUSES} causes. Sum some up.")
        if tree.depth(parent_pk) + 1 > DEEPEST:
            raise ValidationError(f"Causes stand at most {DEEPEST} deep. Sum some up.")
        position = len(tree.below.get(parent_pk, ()))
        return Cause.objects.create(coe=coe, parent_id=parent_pk, position=position, text=text, kind=kind)


def change_cause(
    coe: COE,
    pk: int,
    text: str,
    kind: str,
    *,
    base: int | None = None,
    by: User,
    now: datetime,
    reason: str = Revision.Reason.SAVED,
) -> Cause:
    """Change what it says; `base` is the cause's counter that the writer read.

    Raises Conflict when it is gone, RowConflict for an older counter.
    """
    with writing(coe, by, now, reason):
        cause = part_of(coe.causes.all(), pk, "cause")
        count_on(cause, "cause", base, {"text": text, "kind": kind})
        cause.text, cause.kind = text, kind
        cause.save(update_fields=["text", "kind", "edits"])
    return cause


def move_cause(coe: COE, pk: int, parent_pk: int | None, position: int, *, by: User, now: datetime) -> None:
    """Put a cause and all below it somewhere else. Raises ValidationError for a circle, Conflict when it is gone."""
    with writing(coe, by, now):
        tree = Tree.of(coe)
        if parent_pk is not None:
            tree.get(parent_pk)
        tree.place(tree.get(pk), parent_pk, position)
        tree.save()


def shift(coe: COE, pk: int, direction: Literal["up", "down"], *, by: User, now: datetime) -> None:
    """One place up or down among its siblings; the first stays first, the last stays last."""
    with writing(coe, by, now):
        tree = Tree.of(coe)
        cause = tree.get(pk)
        place = tree.siblings(cause).index(cause) + (-1 if direction == "up" else 1)
        tree.place(cause, cause.parent_id, place)
        tree.save()


def indent(coe: COE, pk: int, *, by: User, now: datetime) -> None:
    """Make it explain the sibling before it; the first one stays where it is."""
    with writing(coe, by, now):
        tree = Tree.of(coe)
        cause = tree.get(pk)
        place = tree.siblings(cause).index(cause)
        if place:
            before = tree.siblings(cause)[place - 1]
            tree.place(cause, before.pk, len(tree.below.get(before.pk, ())))
            tree.save()


def outdent(coe: COE, pk: int, *, by: User, now: datetime) -> None:
    """Make it the next sibling of what it explained; one at the top stays where it is."""
    with writing(coe, by, now):
        tree = Tree.of(coe)
        cause = tree.get(pk)
        if cause.parent_id is not None:
            parent = tree.get(cause.parent_id)
            tree.place(cause, parent.parent_id, tree.siblings(parent).index(parent) + 1)
            tree.save()


def remove_cause(coe: COE, pk: int, *, by: User, now: datetime) -> None:
    """Remove one; what explained it explains instead what it explained. Removed already is fine."""
    with writing(coe, by, now):
        tree = Tree.of(coe)
        cause = tree.causes.get(pk)
        if cause is None:
            return
        bridges = _bridges(tree, cause)
        siblings = tree.siblings(cause)
        place = siblings.index(cause)
        children = tree.below.pop(cause.pk, [])
        for child in children:
            child.parent_id = cause.parent_id
        siblings[place : place + 1] = children
        del tree.causes[pk]
        tree.save()
        CauseLink.objects.bulk_create(bridges, ignore_conflicts=True)
        cause.delete()


def _bridges(tree: Tree, gone: Cause) -> list[CauseLink]:
    """The links that take the place of those of a cause that goes, so that nothing it stood between falls apart."""
    children = [child.pk for child in tree.below.get(gone.pk, ())]
    linked = [pk for pk, effects in tree.further.items() if gone.pk in effects]
    upper = tree.further.get(gone.pk, set())
    pairs = [(pk, effect) for pk in [*children, *linked] for effect in upper]
    pairs += [(pk, gone.parent_id) for pk in linked if gone.parent_id and tree.causes[pk].parent_id != gone.parent_id]
    return [
        CauseLink(coe_id=gone.coe_id, cause_id=cause, effect_id=effect)
        for cause, effect in pairs
        if tree.causes[cause].parent_id != effect
    ]

"""Writing down in time what is typed: by the process that took it, and by the clock for what a crash left."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from coe import guarding, revising
from coe.cowriting import documents, drawing
from coe.models import COE, Revision, SharedText

# Who wrote within so long of each other is in one sitting; every writer is kept by name all the same.
TOGETHER = timedelta(minutes=5)


def settle(coe_pk: int, now: datetime) -> bool:
    """Write down what was typed, as a revision that saved itself; whether anything was new."""
    if not is_behind(coe_pk):
        return False
    with transaction.atomic():
        coe = COE.objects.select_for_update(of=("self",)).select_related("team", "owner", "template").get(pk=coe_pk)
        by = drawing.draw(coe)
        if by is None:
            return False
        together = set(coe.writers.filter(wrote_at__gt=now - TOGETHER).values_list("user", flat=True))
        revising.record(coe, Revision.Reason.AUTOSAVED, by, now, together=together)
    return True


def is_behind(coe_pk: int) -> bool:
    """Whether anything was typed that is not in the sections yet; one query."""
    return SharedText.objects.filter(pk=coe_pk, coe__text_updates__pk__gt=F("settled")).exists()


def tick(now: datetime) -> None:
    """What a process that died left unsettled, and the updates of documents that rest, folded."""
    guarding.each(drawing.unsettled(), settle, now)
    fold_what_rests(now)


def fold_what_rests(now: datetime) -> None:
    """Documents that nobody has typed into for a while become one piece again."""
    guarding.each(drawing.at_rest(now), _fold, now)


def _fold(coe_pk: int, now: datetime) -> None:
    """What is folded must be in the sections: what is behind has its turn at the next look."""
    coe = COE.objects.select_for_update(of=("self",)).select_related("template").get(pk=coe_pk)
    if not is_behind(coe_pk):
        drawing.fold(SharedText.objects.get(pk=coe_pk), documents.opened(coe))

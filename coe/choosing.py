"""The COE of the month: who chooses it, what is offered for it, and which one is shown.

It is for the whole organisation: what is restricted is neither offered nor chosen, and one that becomes restricted
later is shown to nobody who may not read it (`CollectionEntry.objects.visible_to`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet

from coe.models import COE, Applicability, Collection, CollectionEntry, Reading
from coe.permissions import may_choose, require
from coe.reading import publication_of
from oncall.models import AuditEntry, User

# A thank is worth as much as so many readings, and a team that applies it as two thanks.
READING, THANKS, APPLIED = 1, 3, 6
# Some of what stirred most may be restricted.
MOST_OFFERED, MOST_LOOKED_AT = 8, 40
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A COE that stirred something in a month: how many read it, thanked for it, and said that it applies to them."""

    coe: COE
    readers: int
    thanks: int
    applies: int
    is_new: bool

    @property
    def score(self) -> int:
        return READING * self.readers + THANKS * self.thanks + APPLIED * self.applies


def choose(month: date, coe: COE, why: str, *, by: User, now: datetime, source: str = "screen") -> Collection:
    """Make it the COE of the month of this day, in place of another one; `why` is one sentence.

    Raises NotAllowed, Conflict for what is not published, ValidationError for what is restricted, for a month to come,
    and without a reason.
    """
    require_choose(by)
    publication_of(coe)
    first, words = month.replace(day=1), " ".join(why.split())[:300]
    if coe.is_restricted:
        raise ValidationError({"coe": f"{coe.number} is restricted; the COE of the month is for everybody."})
    if not first.year >= FIRST_YEAR or first > by.local(now).date():
        raise ValidationError({"month": "Choose this month or one before it."})
    if not words:
        raise ValidationError({"why": "Say in a sentence why everybody should read it."})
    with transaction.atomic():
        facts = {"name": f"COE of {first:%B %Y}", "owner": by, "made_at": now}
        chosen, _ = Collection.objects.update_or_create(month=first, defaults=facts)
        chosen.entries.all().delete()
        CollectionEntry.objects.create(collection=chosen, coe=coe, note=words, added_by=by, added_at=now)
        AuditEntry.objects.write(chosen, "chosen", actor=by, at=now, source=source, detail=coe.number)
    return chosen


def withdraw(chosen: Collection, by: User, now: datetime, source: str = "screen") -> None:
    """Nothing is chosen for that month any more. Raises NotAllowed."""
    require_choose(by)
    with transaction.atomic():
        AuditEntry.objects.write(chosen, "withdrawn", actor=by, at=now, source=source)
        chosen.delete()


def require_choose(user: User) -> None:
    """Raises NotAllowed unless the person may choose."""
    require(may_choose(user), "Only managers and administrators choose the COE of the month.")


def chosen_for(user: User) -> QuerySet[CollectionEntry]:
    """What was chosen, of what this person may read, the newest month first."""
    entries = CollectionEntry.objects.visible_to(user).filter(collection__month__isnull=False)
    return entries.select_related("collection__owner", "coe__team").order_by("-collection__month")


def current(user: User, now: datetime) -> CollectionEntry | None:
    """The choice of this month or the last one, as the person's clock counts months."""
    this = user.local(now).date().replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    return chosen_for(user).filter(collection__month__range=(before, this)).first()


def candidates(month: date, user: User) -> list[Candidate]:
    """What stirred most in the month of this day, of what everybody reads; months count in UTC. Five queries."""
    first = datetime.combine(month.replace(day=1), time(), tzinfo=UTC)
    span = (first, (first + timedelta(days=31)).replace(day=1) - timedelta(microseconds=1))
    readers = _by_coe(Reading.objects.filter(first_at__range=span))
    thanks = _by_coe(Reading.objects.filter(thanked_at__range=span))
    applies = _by_coe(Applicability.objects.filter(at__range=span, answer=Applicability.Answer.YES))
    known = COE.objects.visible_to(user).published().filter(audience=COE.Audience.ORGANISATION).select_related("team")
    new = known.filter(published_at__range=span).order_by("-published_at")[:MOST_OFFERED]
    stirring = Counter[int]()
    for weight, counted in ((READING, readers), (THANKS, thanks), (APPLIED, applies)):
        stirring.update({pk: weight * count for pk, count in counted.items()})
    found = {coe.pk: coe for coe in new}
    found |= known.in_bulk([pk for pk, _ in stirring.most_common(MOST_LOOKED_AT)])
    made = [
        Candidate(coe, readers[pk], thanks[pk], applies[pk], span[0] <= coe.published_at <= span[1])
        for pk, coe in found.items()
        if coe.published_at
    ]
    return sorted(made, key=lambda one: (-one.score, -one.coe.pk))[:MOST_OFFERED]


def _by_coe(rows: QuerySet[Any]) -> Counter[int]:
    """How many of the rows each COE has."""
    return Counter(dict(rows.order_by().values_list("coe").annotate(Count("pk"))))

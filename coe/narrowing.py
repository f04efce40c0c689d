"""COEs by a tag, a kind of cause, a change, a source: for listings that also show what was never published.

The causes of what is published are judged by its publication: while a re-issue is written, their rows say what readers
do not know yet. The library and the search ask the index instead (`coe/searching/`).
"""

from __future__ import annotations

from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet, Value

from coe.models import COE, Cause, Revision
from coe.models.coes import COEQuerySet
from oncall.models import User, Verdict

IMPORTED, HERE = "imported", "here"
REISSUING = Q(published_at__isnull=False) & ~Q(state__in=COE.FINISHED)


class _Holds(Func):
    """Whether a JSON document has what an SQL/JSON path names (PostgreSQL, section 9.16.2)."""

    function, output_field = "jsonb_path_exists", BooleanField()
    template = "%(function)s(%(expressions)s::jsonpath)"


def in_state(coes: COEQuerySet, state: str) -> COEQuerySet:
    """Those in this state as readers know it: what is published is, also while a re-issue is written."""
    known = Q(state=state) & ~REISSUING
    return coes.filter(known | REISSUING if state == COE.State.PUBLISHED else known)


def drafted_in_state(coes: COEQuerySet, state: str, user: User) -> COEQuerySet:
    """Those whose re-issue is in this state, of what this person writes or reviews."""
    return coes.filter(REISSUING, state=state, pk__in=COE.objects.in_hands_of(user).values("pk"))


def tagged(coes: COEQuerySet, name: str) -> COEQuerySet:
    """Those that bear the tag."""
    return coes.filter(Exists(COE.tags.through.objects.filter(coe=OuterRef("pk"), tag__name=name)))


def of_cause(coes: COEQuerySet, kind: str) -> COEQuerySet:
    """Those with a cause of this kind, which must be one of `Cause.Kind`; while a re-issue is written as published."""
    path = Value(f'$.causes.**.kind ? (@ == "{Cause.Kind(kind).value}")')
    by_rows = Exists(Cause.objects.filter(coe=OuterRef("pk"), kind=kind))
    by_publication = Exists(_publications().filter(_Holds("content", path)))
    return coes.filter((~REISSUING & Q(by_rows)) | (REISSUING & Q(by_publication)))


def triggered_by_change(coes: COEQuerySet, is_triggered: bool) -> COEQuerySet:
    """Those about an incident that a change is confirmed to have caused; or those that are not."""
    confirmed = Verdict.objects.filter(ruling=Verdict.Ruling.CONFIRMED, incident__is_practice=False)
    found = Exists(confirmed.filter(incident__coes=OuterRef("pk")))
    return coes.filter(found) if is_triggered else coes.exclude(found)


def from_source(coes: COEQuerySet, source: str) -> COEQuerySet:
    """Those that were imported, or those that were written here."""
    return coes.exclude(source="") if source == IMPORTED else coes.filter(source="")


def _publications() -> QuerySet[Revision]:
    """What readers have of the COE of the outer query, while a re-issue of it is written; nothing otherwise."""
    later = Revision.objects.publications().filter(coe=OuterRef("coe"), number__gt=OuterRef("number"))
    mine = Revision.objects.publications().filter(coe=OuterRef("pk")).exclude(coe__state__in=COE.FINISHED)
    return mine.filter(~Exists(later)).order_by()

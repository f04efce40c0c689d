"""Publication, and who reads it.

A publication is a revision that never changes, together with the row that makes it findable, in one transaction. Each
change of who may read a COE is another such row: an index that lags must not show what has become restricted.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import announcing, closing, crediting, editing, lacking, reconsidering, revising
from coe.models import COE, DraftHeader, Revision, SearchChange
from coe.permissions import may_publish, may_restrict, require
from oncall.models import AuditEntry, Incident, Team, User


def begin_reissue(coe: COE, by: User, now: datetime, source: str = "screen") -> None:
    """Write it anew: a draft beside what is published, which everybody goes on reading until the next publication.

    Raises NotAllowed, and Conflict when it is not published.
    """
    require(may_publish(by, coe), "Only its owner, members of its team and administrators re-issue a COE.")
    with transaction.atomic():
        coe.reissue(by, now, source)
        DraftHeader.begin(coe)
        note_change(coe, now)


def publish(
    coe: COE,
    by: User,
    now: datetime,
    source: str = "screen",
    *,
    change_note: str = "",
    ticked: Collection[str] = (),
) -> Revision:
    """Publish what was approved; returns the revision that everybody reads from now on.

    `ticked` are keys of checklist items that this person says to be true now, besides those that are ticked.
    Whoever follows it is told, and rooms; a re-issue needs a note of what changed, and tells its earlier readers too.
    It closes when everything it corrects is verified already. Raises NotAllowed, lacking.NotReady while the checklist
    is not ticked, ValidationError for a re-issue without a note, and Conflict when the COE is not approved.
    """
    require(may_publish(by, coe), "Only its owner, members of its team and administrators publish a COE.")
    with transaction.atomic():
        coe.lock_in_state(COE.State.APPROVED, "published")
        if ticked:
            editing.tick_more(coe, ticked, by=by, now=now)
        if missing := lacking.for_publication(coe):
            raise lacking.NotReady(coe, "publication", missing)
        is_reissue = coe.revisions.publications().exists()
        note = change_note.strip()[:300]
        if is_reissue and not note:
            raise ValidationError({"change_note": "Say what changed since the last publication."})
        told = set(coe.incidents.values_list("pk", flat=True)) if is_reissue else set()
        if isinstance(coe.header, DraftHeader):
            coe.header.publish()
        coe.publish(by, now, source)
        revision = revising.record(coe, Revision.Reason.PUBLISHED, by, now, change_note=note, with_html=True)
        note_change(coe, now)
        coe.actions.filter(is_proposed=True).update(is_proposed=False)
        announcing.announce(coe, revision, by, now, is_reissue=is_reissue)
        if not coe.is_restricted:
            _tell_incidents(coe.incidents.exclude(pk__in=told), coe, by, now, source)
        crediting.settle(coe.incidents.values_list("pk", flat=True), now)
        closing.settle(coe, by, now, source)
    return revision


def _tell_incidents(incidents: Iterable[Incident], coe: COE, by: User, now: datetime, source: str) -> None:
    """By its number only: everybody sees an incident, and the COE may be restricted later."""
    for incident in incidents:
        incident.timeline.write("coe", f"{coe.number} published", at=now, actor=by, source=source)


def note_change(coe: COE, now: datetime) -> None:
    """Every search index must look at this COE again. Must run in the transaction that changed it."""
    SearchChange.objects.create(coe_id=coe.pk, at=now)


def require_restrict(user: User, coe: COE) -> None:
    """Raises NotAllowed unless the person may say who reads it."""
    require(may_restrict(user, coe), "Only its owner, managers of its team and administrators say who reads a COE.")


def set_audience(
    coe: COE,
    audience: str,
    *,
    reason: str = "",
    readers: Iterable[User] = (),
    teams: Iterable[Team] = (),
    reconsider_on: date | None = None,
    note: str = "",
    by: User,
    now: datetime,
    source: str = "screen",
) -> None:
    """Say who may read it: the organisation, or only these people and the members of these teams, for a reason.

    Owner, reviewers, managers of the team and administrators read it in any case. A restriction is reconsidered on a
    day, by default `reconsidering.USUAL` from now; `note` says why it changes, for the audit. Raises NotAllowed, and
    ValidationError for a restriction without a reason, or a day that is past or too far.
    """
    require_restrict(by, coe)
    if audience not in COE.Audience.values:
        raise ValidationError({"audience": "Choose the whole organisation or a restricted audience."})
    is_restricted = audience == COE.Audience.RESTRICTED
    if is_restricted and not reason.strip():
        raise ValidationError({"restricted_because": "Say why not everybody may read it."})
    day = reconsidering.judged(reconsider_on, by.local(now).date()) if is_restricted else None
    with transaction.atomic():
        coe.refresh_from_db(from_queryset=COE.objects.select_for_update())
        before, coe.audience, coe.reconsider_on = coe.audience, audience, day
        coe.restricted_because = reason.strip() if is_restricted else ""
        coe.restricted_by = by if is_restricted else None
        coe.save(update_fields=["audience", "restricted_because", "restricted_by", "reconsider_on"])
        coe.readers.set(readers if is_restricted else ())
        coe.reader_teams.set(teams if is_restricted else ())
        note_change(coe, now)
        said = [note.strip(), reason.strip(), f"To be reconsidered on {day}." if day else ""]
        detail = " · ".join(word for word in said if word)
        AuditEntry.objects.write(
            coe, "audience", actor=by, at=now, source=source, before=before, after=audience, detail=detail
        )

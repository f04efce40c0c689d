"""Publication, and who reads it.

A publication is a revision that never changes, together with the row that makes it findable, in one transaction. Each
change of who may read a COE is another such row: an index that lags must not show what has become restricted.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import closing, editing, lacking, revising
from coe.models import COE, DraftHeader, Notice, Revision, SearchChange
from coe.permissions import may_publish, may_restrict, require
from coe.subscribing import concerned_by
from coe.telling import tell
from oncall.models import AuditEntry, User


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
    Whoever follows it is told; a re-issue needs a note of what changed, and tells those who read the earlier one. It
    closes when everything it corrects is verified already. Raises NotAllowed, lacking.NotReady while the checklist is
    not ticked, ValidationError for a re-issue without a note, and Conflict when the COE is not approved.
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
        if isinstance(coe.header, DraftHeader):
            coe.header.publish()
        coe.publish(by, now, source)
        revision = revising.record(coe, Revision.Reason.PUBLISHED, by, now, change_note=note, with_html=True)
        note_change(coe, now)
        coe.actions.filter(is_proposed=True).update(is_proposed=False)
        _tell_readers(coe, revision, by, now, is_reissue=is_reissue)
        if not coe.is_restricted and not is_reissue:
            _tell_incidents(coe, by, now, source)
        closing.settle(coe, by, now, source)
    return revision


def _tell_readers(coe: COE, revision: Revision, by: User, now: datetime, *, is_reissue: bool) -> None:
    """Those who read the earlier publication, by the note; whoever follows such COEs, of a first one."""
    key = f"publication-{coe.pk}-{revision.number}"
    if is_reissue:
        readers = User.objects.filter(readings__coe=coe).exclude(pk=by.pk)
        tell(readers, Notice.Kind.REISSUED, key=key, coe=coe, detail=revision.change_note, now=now)
    else:
        tell(concerned_by(coe).exclude(pk=by.pk), Notice.Kind.PUBLISHED, key=key, coe=coe, now=now)


def _tell_incidents(coe: COE, by: User, now: datetime, source: str) -> None:
    """By its number only: everybody sees an incident, and the COE may be restricted later."""
    for incident in coe.incidents.all():
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
    by: User,
    now: datetime,
    source: str = "screen",
) -> None:
    """Say who may read it: the organisation, or only these readers, for a reason.

    Owner, reviewers, managers of the team and administrators read it in any case. Raises NotAllowed, and
    ValidationError for a restriction without a reason.
    """
    require_restrict(by, coe)
    if audience not in COE.Audience.values:
        raise ValidationError({"audience": "Choose the whole organisation or a restricted audience."})
    is_restricted = audience == COE.Audience.RESTRICTED
    if is_restricted and not reason.strip():
        raise ValidationError({"restricted_because": "Say why not everybody may read it."})
    with transaction.atomic():
        coe.refresh_from_db(from_queryset=COE.objects.select_for_update())
        before, coe.audience = coe.audience, audience
        coe.restricted_because = reason.strip() if is_restricted else ""
        coe.save(update_fields=["audience", "restricted_because"])
        coe.readers.set(readers if is_restricted else ())
        note_change(coe, now)
        AuditEntry.objects.write(
            coe, "audience", actor=by, at=now, source=source, before=before, after=audience, detail=reason.strip()
        )

"""Writes COEs of the demonstration: rows in bulk, moves as they would have been made, one revision for each move.

It decides nothing about what they say (`showpieces.py`, `library.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from coe import template
from coe.models import (
    COE,
    ActionItem,
    Cause,
    CheckedItem,
    SearchChange,
    Section,
    Tag,
    TimelineEvent,
)
from demo import drawings, revisions
from demo.writings import Promise, Why, Writing
from oncall.models import AuditEntry

ANSWERED = {ActionItem.State.DONE, ActionItem.State.VERIFIED}
# The states a COE passes on its way to the one it is in.
WAY = {
    COE.State.DRAFT: (),
    COE.State.IN_REVIEW: ("in_review",),
    COE.State.CHANGES_REQUESTED: ("in_review", "changes_requested"),
    COE.State.APPROVED: ("in_review", "approved"),
    COE.State.PUBLISHED: ("in_review", "approved", "published"),
    COE.State.CLOSED: ("in_review", "approved", "published", "closed"),
}


def make(writings: list[Writing], now: datetime) -> None:
    """Create every COE with its parts; those that are published can be found by search."""
    ordered = sorted(writings, key=lambda writing: writing.created_at)
    for writing in ordered:
        writing.row = _row(writing)
    COE.objects.bulk_create([writing.row for writing in ordered])
    _links(ordered)
    _tags(ordered)
    _parts(ordered)
    _actions(ordered, now)
    drawings.make(ordered)
    _history(ordered)
    revisions.make(ordered)
    SearchChange.objects.bulk_create(SearchChange(coe_id=w.row.pk, at=now) for w in ordered if w.is_published)


def _row(writing: Writing) -> COE:
    return COE(
        title=writing.title,
        team=writing.team,
        owner=writing.owner,
        severity=writing.severity,
        zone=writing.zone,
        audience=COE.Audience.RESTRICTED if writing.restricted_because else COE.Audience.ORGANISATION,
        restricted_because=writing.restricted_because,
        source=writing.source,
        state=writing.state,
        moved_by=writing.owner,
        moved_at=writing.moved_at,
        impact_started_at=writing.impact_started_at,
        impact_ended_at=writing.impact_ended_at,
        created_at=writing.created_at,
        published_at=writing.published_at,
        edits=3,
    )


def _links(writings: list[Writing]) -> None:
    services, incidents, readers = COE.services.through, COE.incidents.through, COE.readers.through
    services.objects.bulk_create(
        services(coe_id=w.row.pk, service_id=service.pk) for w in writings for service in w.services
    )
    incidents.objects.bulk_create(incidents(coe_id=w.row.pk, incident_id=w.incident.pk) for w in writings if w.incident)
    readers.objects.bulk_create(readers(coe_id=w.row.pk, user_id=reader.pk) for w in writings for reader in w.readers)


def _tags(writings: list[Writing]) -> None:
    names = sorted({name for writing in writings for name in writing.tags})
    Tag.objects.bulk_create(Tag(name=name) for name in names)
    known, borne = dict(Tag.objects.values_list("name", "pk")), COE.tags.through
    borne.objects.bulk_create(borne(coe_id=w.row.pk, tag_id=known[name]) for w in writings for name in w.tags)


def _parts(writings: list[Writing]) -> None:
    Section.objects.bulk_create(
        Section(coe=w.row, key=key, text=w.sections.get(key, ""), edits=1, edited_by=w.owner, edited_at=w.created_at)
        for w in writings
        for key in template.BUILT_IN.forms
    )
    TimelineEvent.objects.bulk_create(
        TimelineEvent(coe=w.row, at=line.at, text=line.text, anchor=line.anchor, source=line.source)
        for w in writings
        for line in w.lines
    )
    level: list[tuple[COE, Cause | None, list[Why]]] = [(w.row, None, w.causes) for w in writings]
    while level:
        made = [(_cause(why, coe, parent, place), why) for coe, parent, whys in level for place, why in enumerate(whys)]
        Cause.objects.bulk_create([cause for cause, _ in made])
        level = [(cause.coe, cause, why.because) for cause, why in made if why.because]


def _cause(why: Why, coe: COE, parent: Cause | None, place: int) -> Cause:
    facts = {"kind": why.kind, "join": why.join, "no_action_because": why.no_action_because}
    why.row = Cause(coe=coe, parent=parent, position=place, text=why.text, **facts)
    return why.row


def _actions(writings: list[Writing], now: datetime) -> None:
    ActionItem.objects.bulk_create(
        _action(writing, promise, place, now) for writing in writings for place, promise in enumerate(writing.promises)
    )


def _action(writing: Writing, promise: Promise, place: int, now: datetime) -> ActionItem:
    """Done a few days before it was due, and never in the future."""
    began = writing.published_at or writing.created_at
    due_in = promise.due_on - began.date()
    done = min(began + max(due_in - timedelta(days=6), timedelta(days=1)), now - timedelta(days=2))
    is_done, is_verified = promise.state in ANSWERED, promise.state == ActionItem.State.VERIFIED
    return ActionItem(
        coe=writing.row,
        position=place,
        title=promise.title,
        exit_test=promise.exit_test,
        owner=promise.owner,
        team=writing.team,
        due_on=promise.due_on,
        priority=promise.priority,
        kind=promise.kind,
        state=promise.state,
        evidence=promise.evidence,
        moved_by=promise.owner,
        moved_at=done + timedelta(days=1) if is_verified else done if is_done else began,
        done_at=done if is_done else None,
        verified_at=done + timedelta(days=1) if is_verified else None,
    )


def _history(writings: list[Writing]) -> None:
    """An audit row for each move, and the ticks of the checklist of whoever submitted."""
    mine = [w for w in writings if not w.is_imported]
    entries = []
    for writing in mine:
        before = "draft"
        for verb in WAY[COE.State(writing.state)]:
            at = writing.submitted_at if verb == "in_review" else writing.moved_at
            entries.append(_audit(writing, verb, before, at))
            before = verb
    AuditEntry.objects.bulk_create(entries)
    CheckedItem.objects.bulk_create(
        CheckedItem(coe=w.row, key=item.key, checked_by=w.owner, checked_at=w.submitted_at)
        for w in mine
        if w.state != COE.State.DRAFT
        for item in template.BUILT_IN.checklist
    )


def _audit(writing: Writing, verb: str, before: str, at: datetime) -> AuditEntry:
    return AuditEntry(
        at=at,
        actor=writing.owner,
        kind="coe",
        object_id=writing.row.pk,
        label=str(writing.row)[:200],
        verb=verb,
        before=before,
        after=verb,
        source="screen",
    )

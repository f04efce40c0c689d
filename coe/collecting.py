"""Collections: made, changed, filled, put in order, deleted.

It does not decide who reads the COEs in them: `CollectionEntry.objects.visible_to`. The COE of the month, which is a
collection of one, is chosen by `coe/choosing.py`.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from coe.models import COE, Collection, CollectionEntry
from coe.permissions import may_change_collection, may_collect_for, require
from coe.reading import publication_of
from oncall.models import AuditEntry, Team, User

# Nobody reads more than this; what is longer is a search.
MOST_ENTRIES = 200
LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_NOTE = 120, 2_000, 300
UP, DOWN = "up", "down"


def make(
    name: str, description: str = "", team: Team | None = None, *, by: User, now: datetime, source: str = "screen"
) -> Collection:
    """A new, empty one; with a team it is that team's reading list. Raises NotAllowed and ValidationError."""
    facts = {"name": _name(name), "description": description.strip()[:LONGEST_DESCRIPTION], "team": team}
    if team:
        _require_team(by, team)
    with transaction.atomic():
        made = Collection.objects.create(**facts, owner=by, made_at=now)
        AuditEntry.objects.write(made, "made", actor=by, at=now, source=source)
    return made


def change(
    collection: Collection,
    name: str,
    description: str,
    team: Team | None,
    *,
    by: User,
    now: datetime,
    source: str = "screen",
) -> None:
    """Another name, description or team. Raises NotAllowed and ValidationError."""
    require_change(by, collection)
    if team and team.pk != collection.team_id:
        _require_team(by, team)
    with transaction.atomic():
        before = collection.name
        collection.name, collection.team = _name(name), team
        collection.description = description.strip()[:LONGEST_DESCRIPTION]
        collection.save(update_fields=["name", "description", "team"])
        AuditEntry.objects.write(
            collection, "changed", actor=by, at=now, source=source, before=before[:40], after=collection.name[:40]
        )


def delete(collection: Collection, by: User, now: datetime, source: str = "screen") -> None:
    """It goes with its notes; the COEs stay. Raises NotAllowed."""
    require_change(by, collection)
    with transaction.atomic():
        AuditEntry.objects.write(collection, "deleted", actor=by, at=now, source=source)
        collection.delete()


def add(
    collection: Collection, coe: COE, note: str = "", *, by: User, now: datetime, source: str = "screen"
) -> CollectionEntry:
    """Put a published COE at the end, with why it is worth reading.

    Raises NotAllowed, Conflict for what is not published, ValidationError for one that is in it or one too many.
    """
    require_change(by, collection)
    publication_of(coe)
    with transaction.atomic():
        _lock(collection)
        if collection.entries.filter(coe=coe).exists():
            raise ValidationError({"coe": f"{coe.number} is in it already."})
        if collection.entries.count() >= MOST_ENTRIES:
            raise ValidationError({"coe": f"A collection holds at most {MOST_ENTRIES} COEs."})
        last = collection.entries.aggregate(last=Max("position"))["last"]
        made = CollectionEntry.objects.create(
            collection=collection,
            coe=coe,
            position=0 if last is None else last + 1,
            note=_note(note),
            added_by=by,
            added_at=now,
        )
        AuditEntry.objects.write(collection, "added", actor=by, at=now, source=source, detail=coe.number)
    return made


def annotate(entry: CollectionEntry, note: str, by: User, now: datetime, source: str = "screen") -> None:
    """Say anew why it is worth reading. Raises NotAllowed."""
    require_change(by, entry.collection)
    with transaction.atomic():
        entry.note = _note(note)
        entry.save(update_fields=["note"])
        AuditEntry.objects.write(entry.collection, "changed", actor=by, at=now, source=source, detail=entry.coe.number)


def take_out(entry: CollectionEntry, by: User, now: datetime, source: str = "screen") -> None:
    """It is not in the collection any more. Raises NotAllowed."""
    require_change(by, entry.collection)
    with transaction.atomic():
        AuditEntry.objects.write(entry.collection, "removed", actor=by, at=now, source=source, detail=entry.coe.number)
        entry.delete()


def shift(entry: CollectionEntry, way: str, by: User) -> None:
    """One place up or down among those that this person sees; at the end it stays. Raises NotAllowed."""
    seen = list(entry.collection.entries.visible_to(by).values_list("pk", flat=True))
    place = seen.index(entry.pk) + (-1 if way == UP else 1) if entry.pk in seen else -1
    if 0 <= place < len(seen):
        put_at(entry, place + 1, by)


def put_at(entry: CollectionEntry, number: int, by: User) -> None:
    """Make it the `number`th, from 1, of those that this person sees; what the person does not see keeps its order.

    Raises NotAllowed.
    """
    collection = entry.collection
    require_change(by, collection)
    with transaction.atomic():
        _lock(collection)
        seen = [pk for pk in collection.entries.visible_to(by).values_list("pk", flat=True) if pk != entry.pk]
        order = [pk for pk in collection.entries.values_list("pk", flat=True) if pk != entry.pk]
        number = min(max(number, 1), len(seen) + 1)
        place = order.index(seen[number - 1]) if number <= len(seen) else len(order)
        order.insert(place, entry.pk)
        rows = [CollectionEntry(pk=pk, position=position) for position, pk in enumerate(order)]
        CollectionEntry.objects.bulk_update(rows, ["position"])


def require_change(user: User, collection: Collection) -> None:
    """Raises NotAllowed unless the person may change it."""
    require(
        may_change_collection(user, collection),
        "Only its owner, managers of its team and administrators change a collection.",
    )


def _require_team(user: User, team: Team) -> None:
    require(may_collect_for(user, team), f"Only managers of {team} and administrators make its reading lists.")


def _lock(collection: Collection) -> None:
    """Hold the row until the transaction ends: places count up without doubles."""
    Collection.objects.select_for_update().get(pk=collection.pk)


def _name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise ValidationError({"name": "Give it a name."})
    return words[:LONGEST_NAME]


def _note(note: str) -> str:
    return " ".join(note.split())[:LONGEST_NOTE]

"""How the rows of a draft come back to those of a publication: lines, causes with links, action items, graphs.

A row that is still there says again what it said, one that was removed is made anew under its own id, so that links,
comments and corrections that name it find it, and one that was added is gone. Each function takes the snapshot of the
publication and that of the present; the caller holds the COE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from django.db import models
from django.db.models import F

from coe.comparing import parts
from coe.comparing.matching import Row, matched
from coe.models import COE, Cause, CauseLink, Graph, Picture, TimelineEvent
from oncall.models import Deployment
from oncall.times import parse_instant

type_content = Mapping[str, Any]


class Sorted(NamedTuple):
    """What becomes of the rows: the present id of each that stays, the rows that are made anew, the ids that go."""

    kept: dict[int, Row]
    gone: list[Row]
    added: list[int]


def lines(coe: COE, then: type_content, present: type_content) -> None:
    """The timeline. A line that the draft added may be added again by a refresh from the incident."""
    found = _sorted(parts.timeline(then, "UTC"), parts.timeline(present, "UTC"))
    coe.timeline.filter(pk__in=found.added).delete()
    events = {event.pk: event for event in coe.timeline.filter(pk__in=found.kept)}
    changed = [event for pk, event in events.items() if _change(event, _line(found.kept[pk].thing))]
    # Anchors change hands: each is free before it is given.
    coe.timeline.filter(pk__in=[event.pk for event in changed]).update(anchor="")
    TimelineEvent.objects.bulk_update(changed, ["at", "text", "is_starred", "anchor", "source", "edits"])
    _make_lines(coe, found.gone)


def _line(thing: type_content) -> dict[str, Any]:
    return {
        "at": parse_instant(thing["at"]),
        "text": thing["text"],
        "is_starred": bool(thing.get("is_starred")),
        "anchor": thing.get("anchor") or "",
        "source": thing.get("source") or "",
    }


def _make_lines(coe: COE, rows: Sequence[Row]) -> None:
    """Lines that were removed, with what they were drafted from as far as that is there and no other line was."""
    removed = {(one.at, one.text): one for one in coe.removed_events.all()} if rows else {}
    taken = set(coe.timeline.exclude(entry=None).values_list("entry", flat=True))
    known = set(
        Deployment.objects.filter(pk__in=[row.thing.get("deployment") or 0 for row in rows]).values_list(
            "pk", flat=True
        )
    )
    made, used = [], []
    for row in rows:
        facts, deployment = _line(row.thing), row.thing.get("deployment")
        origin = removed.pop((facts["at"], facts["text"]), None)
        entry = origin.entry_id if origin and origin.entry_id not in taken else None
        taken |= {entry} if entry else set()
        used += [origin.pk] if origin else []
        origins = {"entry_id": entry, "deployment_id": deployment if deployment in known else None}
        made.append(TimelineEvent(pk=_pk(row), coe=coe, **facts, **origins))
    TimelineEvent.objects.bulk_create(made)
    coe.removed_events.filter(pk__in=used).delete()


def causes(coe: COE, then: type_content, present: type_content) -> dict[Hashable, int]:
    """The causes, where they stood, with their links; returns what the ids of the publication's causes are now."""
    rows = parts.causes(then)
    found = _sorted(rows, parts.causes(present))
    pks: dict[Hashable, int] = {row.id: pk for pk, row in found.kept.items()}
    for row in found.gone:
        pks[row.id] = Cause.objects.create(pk=_pk(row), coe=coe, text=row.thing["text"]).pk
    there, places, changed = {cause.pk: cause for cause in coe.causes.all()}, Counter[Hashable](), []
    for row in rows:
        usual = {"kind": Cause.Kind.CONTRIBUTING, "join": Cause.Join.ANY, "no_action_because": ""}
        facts = {name: row.thing.get(name) or value for name, value in usual.items()}
        place = {"parent_id": pks.get(row.group), "position": places[row.group]}
        places[row.group] += 1
        cause = there[pks[row.id]]
        if _change(cause, {"text": row.thing["text"], **facts, **place}):
            changed.append(cause)
    Cause.objects.bulk_update(changed, ["text", "kind", "join", "no_action_because", "parent", "position", "edits"])
    # Only now: what stood below them would go with them.
    coe.causes.filter(pk__in=found.added).delete()
    _links(coe, {(pks[link["cause"]], pks[link["effect"]]) for link in then.get("links", ())})
    return pks


def _links(coe: COE, wanted: set[tuple[int, int]]) -> None:
    there = {(cause, effect): pk for pk, cause, effect in coe.cause_links.values_list("pk", "cause", "effect")}
    coe.cause_links.filter(pk__in=[pk for pair, pk in there.items() if pair not in wanted]).delete()
    missing = sorted(wanted - there.keys())
    CauseLink.objects.bulk_create([CauseLink(coe=coe, cause_id=one, effect_id=other) for one, other in missing])


def actions(coe: COE, then: type_content, present: type_content, causes: Mapping[Hashable, int]) -> None:
    """The action items: what the draft proposed is gone, what is promised keeps its life and corrects what it did."""
    coe.actions.filter(is_proposed=True).delete()
    found = _sorted(parts.actions(then), parts.actions(present))
    for action in coe.actions.filter(pk__in=found.kept).prefetch_related("corrects"):
        corrected = found.kept[action.pk].thing.get("corrects", ())
        wanted = {causes[pk] for pk in corrected if pk in causes}
        if wanted != {cause.pk for cause in action.corrects.all()}:
            action.corrects.set(wanted)
            coe.actions.filter(pk=action.pk).update(edits=F("edits") + 1)


def graphs(coe: COE, then: type_content, present: type_content) -> None:
    """The graphs in their order; one whose picture is gone for good is left out."""
    rows = parts.graphs(then)
    found = _sorted(rows, parts.graphs(present))
    coe.graphs.filter(pk__in=found.added).delete()
    there, pictures = {graph.pk: graph for graph in coe.graphs.all()}, _pictures(coe, rows)
    now = {row.id: pk for pk, row in found.kept.items()}
    for place, row in enumerate(rows):
        key = (row.thing.get("picture") or {}).get("key")
        if key and key not in pictures:
            continue
        facts = {name: row.thing.get(name) or "" for name in ("kind", "title", "description", "unit", "csv", "url")}
        facts |= {"picture_id": pictures[key] if key else None, "position": place}
        graph = there.get(now.get(row.id, 0))
        if graph is None:
            Graph.objects.create(pk=_pk(row), coe=coe, **facts)
        elif _change(graph, facts):
            graph.save()


def _pictures(coe: COE, rows: Sequence[Row]) -> dict[str, int]:
    """The pictures that these graphs show, by key; each is described as it was."""
    alts = {one["key"]: one["alt"] for row in rows if (one := row.thing.get("picture"))}
    known = list(Picture.objects.filter(coe=coe, key__in=alts).only("pk", "key", "alt"))
    for picture in known:
        if picture.alt != alts[str(picture.key)]:
            Picture.objects.filter(pk=picture.pk).update(alt=alts[str(picture.key)])
    return {str(picture.key): picture.pk for picture in known}


def _sorted(then: Sequence[Row], present: Sequence[Row]) -> Sorted:
    same = matched(then, present).same
    kept = {cast(int, same[row.id]): row for row in then if row.id in same}
    gone = [row for row in then if row.id not in same]
    # Rows of the present are those of the database.
    return Sorted(kept, gone, [cast(int, row.id) for row in present if row.id not in kept])


def _pk(row: Row) -> Any:
    """Its own id again; of an older snapshot that has none, another one."""
    return row.id if row.is_known else None


def _change(row: models.Model, facts: Mapping[str, Any]) -> bool:
    """Let a row say this; whether it said anything else. It counts as a save."""
    if all(getattr(row, name) == value for name, value in facts.items()):
        return False
    for name, value in facts.items():
        setattr(row, name, value)
    row.edits += 1  # type: ignore[attr-defined]
    return True

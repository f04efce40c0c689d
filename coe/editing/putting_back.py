"""How one row of an older revision comes back: a line, a cause, an action item, a graph, a waiver.

A row that is still there says again what it said; one that was removed is made anew. The caller holds the COE in
`writing`, has matched the row, and keeps the revision. Where a row cannot come back as it was, it is refused in one
sentence, or comes without what is gone: a deployment, an owner who left, an anchor that another line holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F

from coe import documents
from coe.comparing import RowChange
from coe.comparing.matching import Row, matched
from coe.comparing.parts import actions as rows_of_actions
from coe.comparing.parts import causes as rows_of_causes
from coe.comparing.parts import graphs as rows_of_graphs
from coe.editing import ordering
from coe.editing.actions import MOST_ACTIONS
from coe.editing.causes import DEEPEST, MOST_CAUSES, Tree
from coe.editing.graphs import MOST_GRAPHS, judged
from coe.editing.timeline import BY_HAND, MOST_EVENTS
from coe.models import COE, ActionItem, Cause, CauseLink, Graph, RemovedEvent, Section, TimelineEvent
from oncall.exceptions import Conflict
from oncall.models import Deployment, Team, User
from oncall.times import parse_instant

type_content = Mapping[str, Any]


def line(coe: COE, change: RowChange, content: type_content, now: datetime) -> None:
    """A line of the timeline; one that somebody removed is no longer among the removed ones."""
    thing, event = change.row.thing, _present(coe.timeline.all(), change)
    facts = {"at": parse_instant(thing["at"]), "text": thing["text"], "is_starred": bool(thing.get("is_starred"))}
    anchor = thing.get("anchor") or ""
    holder = coe.timeline.filter(anchor=anchor).first() if anchor else None
    is_taken = holder is not None and holder != event
    if event:
        anchor = event.anchor if is_taken else anchor
        coe.timeline.filter(pk=event.pk).update(**facts, anchor=anchor, edits=F("edits") + 1)
        return
    _judge_number(coe.timeline.count(), MOST_EVENTS, "A timeline", "lines")
    removed = coe.removed_events.filter(at=facts["at"], text=facts["text"]).first()
    TimelineEvent.objects.create(
        coe=coe,
        **facts,
        anchor="" if is_taken else anchor,
        source=thing.get("source") or BY_HAND,
        **_origin(coe, thing, removed),
    )
    if removed:
        removed.delete()


def _origin(coe: COE, thing: type_content, removed: RemovedEvent | None) -> dict[str, int | None]:
    """What it was drafted from, as far as that is still there and no other line was."""
    entry = removed.entry_id if removed else None
    deployment = Deployment.objects.filter(pk=thing.get("deployment") or 0).first()
    is_free = entry is not None and not coe.timeline.filter(entry=entry).exists()
    return {"entry_id": entry if is_free else None, "deployment_id": deployment.pk if deployment else None}


def cause(coe: COE, change: RowChange, content: type_content, now: datetime) -> None:
    """A cause, below what it explained if that is still there, with its further links."""
    tree, known = Tree.of(coe), _known_causes(coe, content)
    parent = _parent(tree, known, change)
    facts = {
        name: change.row.thing.get(name) or default
        for name, default in (("text", ""), ("kind", "contributing"), ("join", "any"), ("no_action_because", ""))
    }
    there = tree.causes.get(change.old.id) if change.old else None  # type: ignore[call-overload]
    if there is None:
        _judge_number(len(tree.causes), MOST_CAUSES, "A COE", "causes")
        if tree.depth(parent) + 1 > DEEPEST:
            raise ValidationError(f"Causes stand at most {DEEPEST} deep. Sum some up.")
        there = Cause.objects.create(coe=coe, parent_id=parent, position=len(tree.below.get(parent, ())), **facts)
        tree = Tree.of(coe)
    else:
        coe.causes.filter(pk=there.pk).update(**facts, edits=F("edits") + 1)
    there = tree.get(there.pk)
    tree.place(there, parent, _place(content, change.row.id))
    tree.save()
    _link(
        coe,
        there.pk,
        {known.get(link["effect"]) for link in content.get("links", ()) if link["cause"] == change.row.id},
    )


def _known_causes(coe: COE, content: type_content) -> dict[Hashable, Hashable]:
    """What the ids of the revision's causes are now, of those that are still there."""
    now = {"causes": documents.tree_of(coe.causes.all()), "links": list(coe.cause_links.values("cause", "effect"))}
    return matched(rows_of_causes(content), rows_of_causes(now)).same


def _parent(tree: Tree, known: Mapping[Hashable, Hashable], change: RowChange) -> int | None:
    if change.row.group is None:
        return None
    parent = known.get(change.row.group)
    if parent not in tree.causes:
        words = change.row.facts["Explains"].words[:80]
        raise Conflict(f"What this cause explained, “{words}”, is not there any more. Restore that one first.")
    return parent


def _place(content: type_content, pk: Hashable) -> int:
    """How many causes stood before it under the same one."""
    rows = rows_of_causes(content)
    group = next(row.group for row in rows if row.id == pk)
    return [row.id for row in rows if row.group == group].index(pk)


def _link(coe: COE, pk: int, effects: set[Hashable]) -> None:
    """Let it explain besides what it explained, of what is there; an edge that would close a circle is left out."""
    coe.cause_links.filter(cause=pk).exclude(effect__in=[one for one in effects if one]).delete()
    for effect in sorted(one for one in effects if isinstance(one, int)):
        tree = Tree.of(coe)
        if tree.causes[pk].parent_id != effect and not tree.explains(effect, pk):
            CauseLink.objects.get_or_create(cause_id=pk, effect_id=effect, defaults={"coe": coe})


def action(coe: COE, change: RowChange, content: type_content, now: datetime) -> None:
    """An action item, unless it is promised: then it says what was promised."""
    thing, there = change.row.thing, _present(coe.actions.all(), change)
    owner = User.objects.filter(pk=(thing.get("owner") or {}).get("id") or 0, is_active=True).first()
    facts: dict[str, Any] = {
        **{name: thing.get(name) or "" for name in ("title", "exit_test", "tracker_url")},
        "owner": owner,
        "team": Team.objects.filter(slug=thing.get("team") or "").first() or coe.team,
        "due_on": date.fromisoformat(thing["due_on"]) if thing.get("due_on") else None,
        "priority": thing.get("priority") or ActionItem.Priority.MEDIUM,
        "kind": thing.get("kind") or ActionItem.Kind.PREVENT,
    }
    if there and there.is_promised:
        raise Conflict(f"“{there.title}” is promised already. Drop it on its own screen, and add another here.")
    if there:
        coe.actions.filter(pk=there.pk).update(**facts, edits=F("edits") + 1)
    else:
        _judge_number(coe.actions.count(), MOST_ACTIONS, "A COE", "action items")
        facts |= {"moved_at": now, "is_proposed": coe.is_published}
        there = ActionItem.objects.create(coe=coe, **facts)
        _place_behind(coe.actions, there.pk, change, rows_of_actions, content)
    known = _known_causes(coe, content)
    there.corrects.set([known[pk] for pk in thing.get("corrects", ()) if pk in known])


def graph(coe: COE, change: RowChange, content: type_content, now: datetime) -> None:
    """A graph; its picture must still be among those of the COE."""
    thing, there = change.row.thing, _present(coe.graphs.all(), change)
    key = (thing.get("picture") or {}).get("key")
    picture = coe.pictures.filter(key=key).first() if key else None
    if key and picture is None:
        raise Conflict(f"The picture of “{thing['title']}” was removed for good; add the graph with another one.")
    facts = {name: thing.get(name) or "" for name in ("title", "description", "kind", "unit", "csv", "url")}
    facts = judged(coe, {**facts, "picture": picture})
    if there:
        coe.graphs.filter(pk=there.pk).update(**facts, edits=F("edits") + 1)
    else:
        _judge_number(coe.graphs.count(), MOST_GRAPHS, "A COE", "graphs")
        there = Graph.objects.create(coe=coe, **facts)
        _place_behind(coe.graphs, there.pk, change, rows_of_graphs, content)


def waiver(coe: COE, change: RowChange, content: type_content, now: datetime) -> None:
    """Why a question is not answered."""
    key = str(change.row.id)
    asked = coe.form.forms.get(key)
    if asked is None or not asked.is_question:
        raise Conflict(f"The template does not ask “{change.title}” any more.")
    Section.objects.get_or_create(coe=coe, key=key)
    coe.sections.filter(key=key).update(waived_because=change.row.name[:300])


PARTS: dict[str, Callable[[COE, RowChange, type_content, datetime], None]] = {
    "timeline": line,
    "causes": cause,
    "actions": action,
    "graphs": graph,
    "waived": waiver,
}


def _present(rows: Any, change: RowChange) -> Any:
    """The row as it is now, None when it was removed."""
    return rows.filter(pk=change.old.id).first() if change.old else None


def _place_behind(
    rows: Any, made: int, change: RowChange, read: Callable[[type_content], list[Row]], content: type_content
) -> None:
    """Let a row that was made anew stand behind what it stood behind."""
    then = read(content)
    known = matched(then, read(documents.content_of(rows.instance))).same
    now = [pk for pk in rows.values_list("pk", flat=True) if pk != made]
    now.insert(ordering.place_of(change.row.id, [row.id for row in then], known, now), made)
    ordering.write(rows, now)


def _judge_number(count: int, most: int, whole: str, parts: str) -> None:
    if count >= most:
        raise ValidationError(f"{whole} holds at most {most} {parts}. Remove some first.")

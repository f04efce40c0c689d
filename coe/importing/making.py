"""Making a COE of what was read: a draft, or, by administrators, what others published long ago.

What an installation does not have (people, services, incidents of that name) is left out and told. An import by an
administrator as published goes past review: it is history, and its source says whose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.text import slugify

from coe import crediting, publishing, revising, template
from coe.importing import illustrating
from coe.importing.proposing import Proposal
from coe.models import (
    COE,
    ActionItem,
    Cause,
    CauseLink,
    CheckedItem,
    Graph,
    Picture,
    Revision,
    Section,
    Tag,
    TimelineEvent,
)
from coe.permissions import require
from oncall.models import AuditEntry, Incident, Service, Team, User
from oncall.permissions import is_member
from oncall.times import instant_or_none

MOST_TAGS = 20
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IS_URL = URLValidator(schemes=["http", "https"])


@dataclass
class Made:
    """The COE, and what of the file could not come along."""

    coe: COE
    remarks: list[str] = field(default_factory=list)


def may_import(user: User, team: Team) -> bool:
    """Members of the team for which it is, and administrators, while they are there: an import may take a while."""
    return user.is_active and (user.is_administrator or is_member(user, team))


def make(
    proposal: Proposal,
    *,
    team: Team,
    owner: User,
    by: User,
    now: datetime,
    publish: bool = False,
    source: str = "screen",
) -> Made:
    """Write the proposal down. Raises NotAllowed, and ValidationError with a sentence for what cannot be."""
    require(may_import(by, team), f"Only members of {team} and administrators import COEs for it.")
    require(not publish or by.is_administrator, "Only administrators import COEs as published.")
    if proposal.problem:
        raise ValidationError(proposal.problem)
    if publish and (proposal.day is None or not proposal.content["source"]):
        raise ValidationError("What is imported as published needs a date and a source.")
    with transaction.atomic():
        made = Made(_row(proposal, team, owner, by, now, publish))
        pictures = _pictures(made, proposal, by, now)
        _parts(made, illustrating.relinked(proposal.content, pictures), pictures, by, now)
        reason = Revision.Reason.PUBLISHED if publish else Revision.Reason.IMPORTED
        at = made.coe.published_at or now
        revising.record(made.coe, reason, by, at, with_html=publish)
        AuditEntry.objects.write(
            made.coe, "imported", actor=by, at=now, source=source, after=made.coe.state, detail=proposal.name[-200:]
        )
        crediting.settle(made.coe.incidents.values_list("pk", flat=True), now)
        if publish:
            publishing.note_change(made.coe, now)
    return made


def _row(proposal: Proposal, team: Team, owner: User, by: User, now: datetime, publish: bool) -> COE:
    content = proposal.content
    day = min(_noon(proposal.day), now) if proposal.day else None
    state = COE.State.PUBLISHED if publish else COE.State.DRAFT
    return COE.objects.create(
        title=_fit(content["title"], 300, "title"),
        team=team,
        owner=owner,
        severity=content["severity"],
        zone=content["zone"],
        source=_fit(content["source"], 300, "source"),
        no_actions_because=_fit(content["no_actions_because"], 300, "reason for no action items"),
        impact_started_at=instant_or_none(content["impact_started_at"]),
        impact_ended_at=instant_or_none(content["impact_ended_at"]),
        created_at=day or now,
        published_at=day if publish else None,
        state=state,
        moved_by=by,
        moved_at=now,
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _pictures(made: Made, proposal: Proposal, by: User, now: datetime) -> dict[str, Picture]:
    alts = illustrating.alts_of(proposal.content) | proposal.alts
    rows, left = illustrating.kept(made.coe, proposal.pictures, alts, by, now)
    made.remarks += left
    return rows


def _parts(made: Made, content: dict[str, Any], pictures: Mapping[str, Picture], by: User, now: datetime) -> None:
    coe, held = made.coe, content["sections"] | dict.fromkeys(content["waived"], "") | content["sections"]
    texts = dict.fromkeys(template.BUILT_IN.forms, "") | held
    keys = [key for key in texts if key in template.BUILT_IN.forms or texts[key] or key in content["waived"]]
    Section.objects.bulk_create(
        Section(
            coe=coe,
            key=_fit(key, 30, "key of a section"),
            text=texts[key],
            waived_because=_fit(content["waived"].get(key, ""), 300, "reason of a waived question"),
            edits=1,
            edited_by=by,
            edited_at=now,
        )
        for key in keys
    )
    _timeline(coe, content)
    causes = _causes(coe, content)
    _actions(made, content, causes)
    _graphs(made, content, pictures, by)
    _related(made, content, by)
    CheckedItem.objects.bulk_create(
        CheckedItem(coe=coe, key=key[:30], checked_by=by, checked_at=now) for key in dict.fromkeys(content["checklist"])
    )


def _timeline(coe: COE, content: dict[str, Any]) -> None:
    taken: set[str] = set()
    rows = []
    for event in content["timeline"]:
        anchor = "" if event["anchor"] in taken else event["anchor"]
        taken.add(anchor)
        rows.append(
            TimelineEvent(
                coe=coe,
                at=datetime.fromisoformat(event["at"]),
                text=_fit(event["text"], 1000, "line of the timeline"),
                anchor=anchor,
                source=_fit(event["source"], 120, "source of a line of the timeline"),
                is_starred=event["is_starred"],
            )
        )
    TimelineEvent.objects.bulk_create(rows)


def _causes(coe: COE, content: dict[str, Any]) -> dict[int, Cause]:
    made: dict[int, Cause] = {}

    def create(nodes: list[dict[str, Any]], parent: Cause | None) -> None:
        for place, node in enumerate(nodes):
            made[node["id"]] = Cause.objects.create(
                coe=coe,
                parent=parent,
                position=place,
                text=_fit(node["text"], 500, "cause"),
                kind=node["kind"],
                join=node["join"],
                no_action_because=_fit(node["no_action_because"], 300, "reason at a cause"),
            )
            create(node["children"], made[node["id"]])

    create(content["causes"], None)
    pairs = dict.fromkeys((one["cause"], one["effect"]) for one in content["links"] if one["cause"] != one["effect"])
    CauseLink.objects.bulk_create(CauseLink(coe=coe, cause=made[cause], effect=made[effect]) for cause, effect in pairs)
    return made


def _actions(made: Made, content: dict[str, Any], causes: dict[int, Cause]) -> None:
    for place, action in enumerate(content["actions"]):
        row = ActionItem.objects.create(
            coe=made.coe,
            position=place,
            title=_fit(action["title"], 300, "action item"),
            exit_test=action["exit_test"],
            owner=_owner(made, action),
            team=_team(made, action),
            due_on=date.fromisoformat(action["due_on"]) if action["due_on"] else None,
            priority=_one_of(action["priority"], ActionItem.Priority, ActionItem.Priority.MEDIUM),
            kind=_one_of(action["kind"], ActionItem.Kind, ActionItem.Kind.PREVENT),
            tracker_url=_url(made, action["tracker_url"], 500),
            state=ActionItem.State.DONE if action.get("is_done") else ActionItem.State.OPEN,
        )
        row.corrects.set(causes[pk] for pk in action["corrects"])


def _owner(made: Made, action: dict[str, Any]) -> User | None:
    """The one person of this name; names in foreign texts stay text."""
    name = (action["owner"] or {}).get("name", "")
    if not name:
        return None
    found = User.objects.filter(is_active=True, name=name)[:2]
    if len(found) == 1:
        return found[0]
    made.remarks.append(f"“{name}”, owner of an action item, is not one person here: the item has no owner.")
    return None


def _team(made: Made, action: dict[str, Any]) -> Team:
    return Team.objects.filter(slug=action["team"]).first() or made.coe.team if action.get("team") else made.coe.team


def _graphs(made: Made, content: dict[str, Any], pictures: Mapping[str, Picture], by: User) -> None:
    for place, graph in enumerate(content["graphs"]):
        known = graph["picture"] if graph["kind"] == "picture" else None
        picture = known and (pictures.get(f"pictures/{known['key']}") or _picture(made.coe, known, by))
        url = _url(made, graph["url"], 1000) if graph["kind"] == "link" else ""
        if not (picture or url or (graph["kind"] == "csv" and graph["csv"].strip())):
            made.remarks.append(
                f"The graph “{graph['title'][:100]}” shows nothing here: its picture or link is missing."
            )
            continue
        Graph.objects.create(
            coe=made.coe,
            position=place,
            kind=graph["kind"],
            title=_fit(graph["title"], 200, "title of a graph"),
            description=graph["description"],
            unit=_fit(graph["unit"], 40, "unit of a graph"),
            csv=graph["csv"],
            url=url,
            picture=picture,
        )


def _picture(coe: COE, known: dict[str, Any], by: User) -> Picture | None:
    """A copy of the picture, when it is one of this installation that the person may see."""
    found = Picture.objects.visible_to(by).filter(key=known["key"]).first() if _KEY.fullmatch(known["key"]) else None
    if found is None:
        return None
    facts = {name: getattr(found, name) for name in ("name", "kind", "width", "height", "data", "added_at")}
    return Picture.objects.get_or_create(
        coe=coe, digest=found.digest, defaults={**facts, "alt": known["alt"][:500], "added_by": by}
    )[0]


def _related(made: Made, content: dict[str, Any], by: User) -> None:
    coe = made.coe
    slugs = [service["slug"] for service in content["services"]]
    coe.services.set(services := list(Service.objects.filter(slug__in=slugs)))
    if missing := sorted(set(slugs) - {service.slug for service in services}):
        made.remarks.append(f"Services that are not here: {', '.join(missing)[:300]}.")
    for one in content["incidents"]:
        # The number alone may be that of another installation.
        found = Incident.objects.visible_to(by).filter(pk=one["id"], title=one["title"]) if one["id"] else ()
        if found:
            coe.incidents.add(*found)
        else:
            made.remarks.append(f"{one['number'][:20]} “{one['title'][:100]}” is not here.")
    names = dict.fromkeys(slugify(name)[:40] for name in content["tags"])
    coe.tags.set(Tag.objects.get_or_create(name=name)[0] for name in list(filter(None, names))[:MOST_TAGS])


def _url(made: Made, url: str, longest: int) -> str:
    if not url:
        return ""
    try:
        _IS_URL(url)
    except ValidationError:
        made.remarks.append(f"“{url[:100]}” is no address of the web and was left out.")
        return ""
    return _fit(url, longest, "address")


def _one_of(value: str, choices: Any, otherwise: str) -> str:
    return value if value in choices.values else otherwise


def _fit(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise ValidationError(f"A {what} has more than {longest} characters: “{text[:60]}…”. Shorten it in the file.")
    return text

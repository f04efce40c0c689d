"""What an incident knows that its COE does not tell yet: found, shown, and added as far as somebody wants it.

What people wrote, corrected or removed stays as it is: a line is new only when neither it nor its removal is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from coe.drafting.changes import suspicions_of, trigger_of
from coe.drafting.timeline import events_of
from coe.editing.lines import add_lines
from coe.editing.sections import save_header
from coe.models import COE, TimelineEvent
from oncall.models import Incident, User


@dataclass(frozen=True, slots=True)
class News:
    """One thing that would be added: a key that stays the same, and the unsaved line."""

    key: str
    event: TimelineEvent


def news_of(coe: COE, user: User) -> list[News]:
    """Every line that a refresh would add, in order of time; of the incidents that this person may see."""
    known = _known(coe)
    found: dict[str, News] = {}
    for incident in coe.incidents.visible_to(user).select_related("service"):
        for event in events_of(coe, incident, trigger_of(suspicions_of(incident))):
            key = _key(event, incident)
            if key not in known and event.anchor not in known:
                found.setdefault(key, News(key, event))
            elif key not in known and event.entry_id:
                event.anchor = ""
                found.setdefault(key, News(key, event))
    return sorted(found.values(), key=lambda news: news.event.at)


def _key(event: TimelineEvent, incident: Incident) -> str:
    if event.entry_id:
        return f"entry-{event.entry_id}"
    if event.deployment_id:
        return f"deployment-{event.deployment_id}"
    return f"{incident.pk}-{event.anchor or event.text}"


def _known(coe: COE) -> set[str]:
    """The keys of everything that stands in the timeline or was removed from it, and the anchors that are taken."""
    known: set[str] = set()
    for rows in (coe.timeline.all(), coe.removed_events.all()):
        for entry, deployment, text in rows.values_list("entry_id", "deployment_id", "text"):
            known |= {f"entry-{entry}", f"deployment-{deployment}"}
            known |= {f"{pk}-{text}" for pk in coe.incidents.values_list("pk", flat=True)} if not entry else set()
    return known | set(coe.timeline.exclude(anchor="").values_list("anchor", flat=True))


def refresh(coe: COE, keys: set[str], *, by: User, now: datetime) -> int:
    """Add these of `news_of`, and the end of the impact where the COE says none; returns how many lines were added."""
    with transaction.atomic():
        wanted = [news.event for news in news_of(coe, by) if news.key in keys]
        added = add_lines(coe, wanted, by=by, now=now) if wanted else 0
        ended = _ended(coe, by)
        if coe.header.impact_ended_at is None and ended:
            save_header(coe, impact_ended_at=ended, by=by, now=now)
    return added


def _ended(coe: COE, user: User) -> datetime | None:
    """When the last of its incidents was mitigated; None while one goes on."""
    ends = [incident.mitigated_at or incident.resolved_at for incident in coe.incidents.visible_to(user)]
    known = [end for end in ends if end]
    return max(known) if known and len(known) == len(ends) else None

"""Pages and attempts as they are opened: one page a person, one attempt for each way in which that person is told.

Whom to page and when is decided by `oncall/paging.py`; this module writes it down, inside the caller's transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oncall import delivering, hours
from oncall.calling import Call, Directory, Way
from oncall.models import Attempt, Incident, NotificationRule, Page, Responder, Room, User
from oncall.models.contacts import spoken
from oncall.models.escalation import MOST_ROUNDS
from oncall.payloads import cut


@dataclass(slots=True)
class Opened:
    """Who will be told, and when the first of them is."""

    reached: list[User] = field(default_factory=list)
    first_at: datetime | None = None


def open_pages(
    incident: Incident,
    calls: list[Call],
    directory: Directory,
    now: datetime,
    responder: Responder | None = None,
) -> Opened:
    """Open a page for each person, with an attempt for each way; a page that only shadows get reaches nobody."""
    place = {**_place(incident), "responder": responder}
    pages = [Page(user=call.user, reason=cut(call.reason, 200), opened_at=now, **place) for call in calls]
    Page.objects.bulk_create(pages)
    priority = 0 if incident.pages_made == 0 else 1
    attempts, opened = [], Opened()
    for page, call in zip(pages, calls, strict=True):
        ways, waits_until = directory.ways(call.user, incident.urgency), _quiet_until(call.user, incident, now)
        quiet = waits_until - now if waits_until else timedelta()
        mine = [
            delivering.attempt_for(page, way.method, now, priority=priority, wait=quiet + way.after, rule=way.rule)
            for way in ways
        ]
        attempts += mine
        _write_page(incident, page, ways, now, waits_until)
        if mine and not call.is_shadow:
            opened.reached.append(call.user)
            first_at = min(attempt.send_after for attempt in mine)
            opened.first_at = min(opened.first_at or first_at, first_at)
    Attempt.objects.bulk_create(attempts)
    incident.pages_made += len(attempts)
    return opened


def tell_rooms(incident: Incident, rooms: Iterable[Room], now: datetime) -> None:
    """A word to each room. Nobody is called by it, so it neither reaches somebody nor counts as the first page."""
    for room in rooms:
        reason = "named in the escalation policy"
        page = Page.objects.create(room=room, reason=reason, opened_at=now, **_place(incident))
        Attempt.objects.create(
            page=page, channel=room.channel, address=room.address, created_at=now, send_after=now, priority=2
        )
        text = f"Told {room.name} by {spoken(room.channel)}"
        incident.timeline.write("page", text, at=now, source="paging")


def page_last_resort(incident: Incident, people: Iterable[User], directory: Directory, now: datetime) -> None:
    """The policy is at its end: administrators not paged yet are paged once, and the timeline says so aloud."""
    incident.page_after, incident.exhausted_at = None, now
    text = "The escalation policy is at its end and nobody has acknowledged"
    incident.timeline.write("unreachable", text, at=now, source="paging", is_starred=True)
    paged = set(incident.pages.filter(cycle=incident.cycle).values_list("user", flat=True))
    rest = [Call(user, "an administrator, the last resort") for user in people if user.pk not in paged]
    if not open_pages(incident, rest, directory, now).reached:
        text = "No administrator is left to page"
        incident.timeline.write("unreachable", text, at=now, source="paging")


def _place(incident: Incident) -> dict[str, Any]:
    """Where on its way the incident is. Rounds of a last resort count on: a person may be named in both policies."""
    round_ = incident.resorts * MOST_ROUNDS + incident.round
    return {"incident": incident, "cycle": incident.cycle, "round": round_, "step": incident.step}


def _quiet_until(user: User, incident: Incident, now: datetime) -> datetime | None:
    """When this person's quiet hours end, if what is not urgent must wait for that."""
    if user.quiet_from is None or user.quiet_until is None or incident.urgency != NotificationRule.Urgency.LOW:
        return None
    return hours.hours_end(now, user.quiet_from, user.quiet_until, user.wall_zone)


def _write_page(incident: Incident, page: Page, ways: list[Way], now: datetime, waits_until: datetime | None) -> None:
    if not ways:
        text = f"Could not page {page.user}, {page.reason}: no verified contact method"
        incident.timeline.write("unreachable", text, at=now, source="paging")
        return
    text = f"Paged {page.user} by {_words(ways)}, {page.reason}"
    if waits_until:
        text += f"; told at {waits_until:%H:%M} UTC, when their quiet hours end"
    incident.timeline.write("page", text, at=now, source="paging", is_starred=incident.pages_made == 0)


def _words(ways: list[Way]) -> str:
    """e-mail at once, SMS after 5 min"""
    first: dict[str, timedelta] = {}
    for way in ways:
        name = spoken(way.method.channel)
        first[name] = min(first.get(name, way.after), way.after)
    later = [f" after {after // timedelta(minutes=1)} min" if after else "" for after in first.values()]
    return ", ".join(f"{name}{when}" for name, when in zip(first, later, strict=True))

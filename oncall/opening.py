"""Pages and attempts as they are opened: one page a person, one attempt for each way in which that person is told.

Whom to page and when is decided by `oncall/paging.py`; this module writes it down, inside the caller's transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oncall import delivering, hours
from oncall.calling import Call, Directory, Way
from oncall.models import Attempt, Incident, NotificationRule, Page, Responder, Room, TimelineEntry, User
from oncall.models.contacts import spoken
from oncall.models.escalation import MOST_ROUNDS
from oncall.models.timeline import announce
from oncall.payloads import cut


@dataclass(slots=True)
class Sheaf:
    """Pages, attempts and lines of timelines of one moment, written together: in a storm that is three statements.

    Within a transaction; nothing of it is in the database before `bind`.
    """

    now: datetime
    pages: list[Page] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    entries: list[TimelineEntry] = field(default_factory=list)

    def write(self, incident: Incident, kind: str, text: str, *, is_starred: bool = False) -> None:
        """One line of the incident's timeline, by the pager."""
        entry = TimelineEntry(
            incident=incident, kind=kind, text=text, at=self.now, source="paging", is_starred=is_starred
        )
        self.entries.append(entry)

    def bind(self) -> None:
        """Write all of it down."""
        Page.objects.bulk_create(self.pages)
        Attempt.objects.bulk_create(self.attempts)
        TimelineEntry.objects.bulk_create(self.entries)
        if self.entries:
            announce(*(f"incident:{entry.incident_id}" for entry in self.entries), "incidents")
        self.pages, self.attempts, self.entries = [], [], []


@dataclass(slots=True)
class Opened:
    """Who will be told, and when the first of them is."""

    reached: list[User] = field(default_factory=list)
    first_at: datetime | None = None


def open_pages(
    sheaf: Sheaf, incident: Incident, calls: list[Call], directory: Directory, *, responder: Responder | None = None
) -> Opened:
    """Open a page for each person, with an attempt for each way; a page that only shadows get reaches nobody."""
    opened = Opened()
    is_first = incident.pages_made == 0
    for call in calls:
        page = Page(
            user=call.user,
            reason=cut(call.reason, 200),
            opened_at=sheaf.now,
            responder=responder,
            **_place(incident),
        )
        attempts = _attempts(sheaf, page, call.user, directory, is_first)
        sheaf.pages.append(page)
        sheaf.attempts += attempts
        incident.pages_made += len(attempts)
        if attempts and not call.is_shadow:
            opened.reached.append(call.user)
            first_at = min(attempt.send_after for attempt in attempts)
            opened.first_at = min(opened.first_at or first_at, first_at)
    return opened


def _attempts(sheaf: Sheaf, page: Page, user: User, directory: Directory, is_first: bool) -> list[Attempt]:
    incident, now = page.incident, sheaf.now
    ways, waits_until = directory.ways(user, incident.urgency), _quiet_until(user, incident, now)
    _write_page(sheaf, page, ways, waits_until, is_first)
    quiet = waits_until - now if waits_until else timedelta()
    priority = 0 if is_first else 1
    return [
        delivering.attempt_for(page, way.method, now, priority=priority, wait=quiet + way.after, rule=way.rule)
        for way in ways
    ]


def tell_rooms(sheaf: Sheaf, incident: Incident, rooms: Iterable[Room]) -> None:
    """A word to each room. Nobody is called by it, so it neither reaches somebody nor counts as the first page."""
    now = sheaf.now
    for room in rooms:
        page = Page(room=room, reason="named in the escalation policy", opened_at=now, **_place(incident))
        sheaf.pages.append(page)
        sheaf.attempts.append(
            Attempt(page=page, channel=room.channel, address=room.address, created_at=now, send_after=now, priority=2)
        )
        sheaf.write(incident, "page", f"Told {room.name} by {spoken(room.channel)}")


def page_last_resort(sheaf: Sheaf, incident: Incident, people: Iterable[User], directory: Directory) -> None:
    """The policy is at its end: administrators not paged yet are paged once, and the timeline says so aloud."""
    incident.page_after, incident.exhausted_at = None, sheaf.now
    text = "The escalation policy is at its end and nobody has acknowledged"
    sheaf.write(incident, "unreachable", text, is_starred=True)
    sheaf.bind()  # what this walk has opened counts as well
    paged = set(incident.pages.filter(cycle=incident.cycle).values_list("user", flat=True))
    rest = [Call(user, "an administrator, the last resort") for user in people if user.pk not in paged]
    if not open_pages(sheaf, incident, rest, directory).reached:
        sheaf.write(incident, "unreachable", "No administrator is left to page")


def _place(incident: Incident) -> dict[str, Any]:
    """Where on its way the incident is. Rounds of a last resort count on: a person may be named in both policies."""
    round_ = incident.resorts * MOST_ROUNDS + incident.round
    return {"incident": incident, "cycle": incident.cycle, "round": round_, "step": incident.step}


def _quiet_until(user: User, incident: Incident, now: datetime) -> datetime | None:
    """When this person's quiet hours end, if what is not urgent must wait for that."""
    if user.quiet_from is None or user.quiet_until is None or incident.urgency != NotificationRule.Urgency.LOW:
        return None
    return hours.hours_end(now, user.quiet_from, user.quiet_until, user.wall_zone)


def _write_page(sheaf: Sheaf, page: Page, ways: list[Way], waits_until: datetime | None, is_first: bool) -> None:
    if not ways:
        text = f"Could not page {page.user}, {page.reason}: no verified contact method"
        sheaf.write(page.incident, "unreachable", text)
        return
    text = f"Paged {page.user} by {_words(ways)}, {page.reason}"
    if waits_until:
        text += f"; told at {waits_until:%H:%M} UTC, when their quiet hours end"
    sheaf.write(page.incident, "page", text, is_starred=is_first)


def _words(ways: list[Way]) -> str:
    """e-mail at once, SMS after 5 min"""
    first: dict[str, timedelta] = {}
    for way in ways:
        name = spoken(way.method.channel)
        first[name] = min(first.get(name, way.after), way.after)
    later = [f" after {after // timedelta(minutes=1)} min" if after else "" for after in first.values()]
    return ", ".join(f"{name}{when}" for name, when in zip(first, later, strict=True))

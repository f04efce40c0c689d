"""When which step of an escalation policy is due. The database is the queue; every function may run twice, late or in
parallel.

A tick opens the pages that are owed, an incident in one short transaction, and sends what is due. Whom a step calls is
decided by `oncall/calling.py`, who sends by `oncall/dispatching.py`, what becomes of an attempt by
`oncall/delivering.py`, what it says by `oncall/composing.py`.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from oncall import delivering, dispatching
from oncall.calling import Call, Directory, Step, administrators, on_call
from oncall.models import Attempt, ContactMethod, Incident, Page
from oncall.payloads import cut

__all__ = ["on_call", "open_due", "tick"]

logger = logging.getLogger(__name__)

# The delay after the fallback step of a service that has no policy.
FALLBACK_DELAY = timedelta(minutes=5)
# Incidents whose pages are opened before the first of them are sent: in a storm nobody waits for the last one's.
BATCH = 25
# What one look at the queue finds, of which some may not be servable.
LOOK = 500


def tick(now: datetime, at_once: int = dispatching.SENDERS) -> int:
    """Bring pages to where the clock says; returns how many attempts were dealt with.

    At most `at_once` messages of a channel go out at the same time.
    """
    clock = dispatching.Clock(now)
    delivering.give_up_lapsed(now)
    served, dealt = open_due(now), 0
    while served:
        dealt += dispatching.send_due(clock(), at_once)
        served = open_due(clock())
    return dealt + dispatching.send_due(clock(), at_once)


class Walk:
    """The way of one incident through its policy: each step in turn, each round, then the last resort."""

    def __init__(self, incident: Incident, directory: Directory) -> None:
        policy = incident.service.escalation_policy
        self.incident = incident
        self.directory = directory
        self.repeats = policy.repeats if policy else 0
        self.steps = directory.steps(policy.pk if policy else None)
        # Steps in a row that reached nobody.
        self.unreachable = 0

    def go_on(self, now: datetime) -> None:
        """Page the present step and say when the next one is owed: at once, if this one reached nobody."""
        incident = self.incident
        if self.steps and incident.step >= len(self.steps):
            self._next_round()  # the policy was made shorter meanwhile
        if incident.round > self.repeats:
            _page_last_resort(incident, self.directory, now)
            return
        step = self.steps[incident.step] if self.steps else None
        if self._page(step, now):
            incident.page_after = now + (step.delay if step else FALLBACK_DELAY)
            self.unreachable = 0
        else:
            self.unreachable += 1
        self._advance()

    def _page(self, step: Step | None, now: datetime) -> int:
        calls = self.directory.calls(self.incident, step)
        for problem in calls.problems:
            self.incident.timeline.write("unreachable", problem, at=now, source="paging")
        attempts = _open_pages(self.incident, calls.people, self.directory, now)
        if not attempts:
            why = "no verified contact method" if calls.people else "it names nobody now"
            text = f"Step {self.incident.step + 1} reaches nobody: {why}"
            self.incident.timeline.write("unreachable", text, at=now, source="paging")
        return attempts

    def _advance(self) -> None:
        incident = self.incident
        incident.step += 1
        if incident.step >= len(self.steps):
            self._next_round()
        if self.unreachable and self.unreachable >= len(self.steps):
            incident.round = self.repeats + 1  # a whole round without a soul: another would find nobody either

    def _next_round(self) -> None:
        self.incident.step, self.incident.round = 0, self.incident.round + 1


def open_due(now: datetime, limit: int = BATCH) -> int:
    """Open the pages that are owed, an incident at a time, of `limit` incidents; returns how many were served."""
    served = 0
    directory = Directory(now)
    for pk in list(Incident.objects.due(now).values_list("pk", flat=True)[:LOOK]):
        try:
            served += _serve(pk, directory, now)
        except Exception:  # one incident that cannot be served must not keep the others from their pages
            logger.exception("paging.incident_failed incident=%s", pk)
        if served == limit:
            break
    return served


def _serve(pk: int, directory: Directory, now: datetime) -> bool:
    """Page the incident's present step, moving on at once from steps that reach nobody. False if another had it."""
    with transaction.atomic():
        due = Incident.objects.due(now).select_related("service__team", "service__escalation_policy")
        incident = due.filter(pk=pk).select_for_update(skip_locked=True, of=("self",), no_key=True).first()
        if incident is None:
            return False
        walk = Walk(incident, directory)
        while incident.page_after is not None and incident.page_after <= now:
            walk.go_on(now)
        incident.save(update_fields=["page_after", "round", "step", "pages_made", "exhausted_at"])
    return True


def _open_pages(incident: Incident, calls: list[Call], directory: Directory, now: datetime) -> int:
    """Open a page for each person and an attempt for each verified method; returns how many attempts there are."""
    place = {"cycle": incident.cycle, "round": incident.round, "step": incident.step}
    pages = [
        Page(incident=incident, user=call.user, reason=cut(call.reason, 200), opened_at=now, **place) for call in calls
    ]
    Page.objects.bulk_create(pages)
    priority = 0 if incident.pages_made == 0 else 1
    attempts = [
        delivering.attempt_for(page, method, now, priority=priority)
        for page in pages
        for method in directory.methods(page.user)
    ]
    Attempt.objects.bulk_create(attempts)
    for page in pages:
        _write_page(incident, page, directory.methods(page.user), now)
    incident.pages_made += len(attempts)
    return len(attempts)


def _write_page(incident: Incident, page: Page, methods: list[ContactMethod], now: datetime) -> None:
    if methods:
        ways = ", ".join(sorted({method.get_channel_display().lower() for method in methods}))
        text = f"Paged {page.user} by {ways}, {page.reason}"
        incident.timeline.write("page", text, at=now, source="paging", is_starred=incident.pages_made == 0)
    else:
        text = f"Could not page {page.user}, {page.reason}: no verified contact method"
        incident.timeline.write("unreachable", text, at=now, source="paging")


def _page_last_resort(incident: Incident, directory: Directory, now: datetime) -> None:
    """The policy is at its end: administrators not paged yet are paged once, and the timeline says so aloud."""
    incident.page_after, incident.exhausted_at = None, now
    text = "The escalation policy is at its end and nobody has acknowledged"
    incident.timeline.write("unreachable", text, at=now, source="paging", is_starred=True)
    paged = set(incident.pages.filter(cycle=incident.cycle).values_list("user", flat=True))
    rest = [Call(user, "an administrator, the last resort") for user in administrators() if user.pk not in paged]
    if not _open_pages(incident, rest, directory, now):
        text = "No administrator is left to page"
        incident.timeline.write("unreachable", text, at=now, source="paging")

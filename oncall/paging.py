"""When which step of an escalation policy is due. The database is the queue; every function may run twice, late or in
parallel.

A tick opens the pages that are owed, an incident in one short transaction, and sends what is due. Whom a step calls is
decided by `oncall/calling.py`, which pages and attempts that makes by `oncall/opening.py`, who sends by
`oncall/dispatching.py`, what becomes of an attempt by `oncall/delivering.py`, what it says by `oncall/composing.py`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction

from oncall import delivering, dispatching, holding, opening, responding
from oncall.calling import Call, Directory, Step, administrators, in_turn, on_call
from oncall.models import EscalationStep, Incident, PolicyVersion
from oncall.models.incidents import current_version
from oncall.opening import Sheaf

__all__ = ["on_call", "open_due", "tick"]

logger = logging.getLogger(__name__)

# The delay after the fallback step of a service that has no policy.
FALLBACK_DELAY = timedelta(minutes=5)
# Incidents whose pages are opened before the first of them are sent: in a storm nobody waits for the last one's.
BATCH = 25
# What one look at the queue finds, of which some may not be servable.
LOOK = 500
# How often a last resort takes over from another policy; a circle of them ends at the administrators.
MOST_RESORTS = 5


def tick(now: datetime, at_once: int = dispatching.SENDERS) -> int:
    """Bring pages to where the clock says; returns how many attempts were dealt with.

    At most `at_once` messages of a channel go out at the same time.
    """
    clock = dispatching.Clock(now)
    delivering.give_up_lapsed(now)
    delivering.give_up_unsendable(now)
    responding.wake_snoozed(now)
    served, dealt = open_due(now), 0
    while served:
        dealt += dispatching.send_due(clock(), at_once)
        served = open_due(clock())
    return dealt + dispatching.send_due(clock(), at_once)


class Walk:
    """The way of one incident through its policy: each step in turn, each round, then the last resort."""

    def __init__(self, incident: Incident, directory: Directory, sheaf: Sheaf) -> None:
        self.incident = incident
        self.directory = directory
        self.sheaf = sheaf
        self.now = sheaf.now
        self._follow(incident.policy_version_id)

    def _follow(self, version_id: int | None) -> None:
        self.version: PolicyVersion | None = None
        self.steps: list[Step] = []
        if version_id is not None:
            self.version, self.steps = self.directory.version(version_id)
        # Steps in a row that reached nobody.
        self.unreachable = 0

    @property
    def repeats(self) -> int:
        return self.version.repeats if self.version else 0

    def go_on(self) -> None:
        """Page the present step and say when the next one is owed: at once, if this one reached nobody."""
        incident = self.incident
        if self.steps and incident.step >= len(self.steps):
            self._next_round()
        if incident.round > self.repeats:
            self._end()
            return
        step = self.steps[incident.step] if self.steps else None
        heard_at = self._page(step)
        if heard_at:
            incident.page_after = heard_at + (step.delay if step else FALLBACK_DELAY)
            self.unreachable = 0
        else:
            self.unreachable += 1
        self._advance()

    def _page(self, step: Step | None) -> datetime | None:
        """When the first of whom the step names is told; None when it reaches nobody."""
        if step and (why := step.unmet(self.incident.severity, self.now)):
            self._write(f"Step {self.incident.step + 1} is passed over: {why}")
            return None
        calls = self.directory.calls(self.incident, step)
        for problem in calls.problems:
            self._write(problem)
        opening.tell_rooms(self.sheaf, self.incident, calls.rooms)
        people = self._missing(calls.people)
        opened = self._open(step, people)
        if opened.reached and step:
            wanted = min(step.acknowledgements, len(opened.reached))
            self.incident.acknowledgements_wanted = max(self.incident.acknowledgements_wanted, wanted)
        if not opened.reached:
            self._write(f"Step {self.incident.step + 1} reaches nobody: {_why(calls.people, people)}")
        return opened.first_at

    def _missing(self, people: list[Call]) -> list[Call]:
        """Those who have not said yet that they come."""
        answered = self.incident.answered_by if self.incident.acknowledgements_wanted > 1 else set()
        return [call for call in people if call.user.pk not in answered]

    def _open(self, step: Step | None, people: list[Call]) -> opening.Opened:
        if step is None or step.pick == EscalationStep.Pick.EVERYBODY:
            return opening.open_pages(self.sheaf, self.incident, people, self.directory)
        for call in in_turn(step, people):
            opened = opening.open_pages(self.sheaf, self.incident, [call], self.directory)
            if opened.reached:
                return opened
        return opening.Opened()

    def _write(self, text: str, *, is_starred: bool = False) -> None:
        self.sheaf.write(self.incident, "unreachable", text, is_starred=is_starred)

    def _advance(self) -> None:
        incident = self.incident
        incident.step += 1
        if incident.step >= len(self.steps):
            self._next_round()
        if self.unreachable and self.unreachable >= len(self.steps):
            incident.round = self.repeats + 1  # a whole round without a soul: another would find nobody either

    def _next_round(self) -> None:
        self.incident.step, self.incident.round = 0, self.incident.round + 1

    def _end(self) -> None:
        """The last resort takes over; behind the last of them stand the administrators."""
        incident, resort = self.incident, self.version.last_resort if self.version else None
        if resort is None or resort.current is None or incident.resorts >= MOST_RESORTS:
            opening.page_last_resort(self.sheaf, incident, [*administrators()], self.directory)
            return
        text = f"{self.version.policy if self.version else ''} is at its end; {resort} goes on as its last resort"
        self._write(text, is_starred=True)
        incident.policy_version, incident.resorts = resort.current, incident.resorts + 1
        incident.round = incident.step = 0
        self._follow(incident.policy_version_id)


def _why(named: list[Call], missing: list[Call]) -> str:
    if not named:
        return "it names nobody now"
    if not missing:
        return "all whom it names are on it already"
    if all(call.is_shadow for call in missing):
        return "it names shadows only"
    return "no verified contact method"


def open_due(now: datetime, limit: int = BATCH) -> int:
    """Open the pages that are owed of about `limit` incidents; returns how many were served."""
    directory = Directory(now)
    served = 0
    for pk in list(responding.due_responders(now)[:limit]):
        served += _guarded(responding.page_responder, pk, directory, now)
    due = list(Incident.objects.due(now).values_list("pk", flat=True)[:LOOK])
    while due and served < limit:
        batch, due = due[: limit - served], due[limit - served :]
        served += _serve_all(batch, directory, now)
    return served


def _serve_all(batch: list[int], directory: Directory, now: datetime) -> int:
    """Serve these in one transaction, whose one commit is waited for; if one of them cannot be, each by itself."""
    try:
        return _serve(batch, directory, now)
    except Exception:
        logger.exception("paging.batch_failed")
    return sum(_guarded(lambda pk, *rest: _serve([pk], *rest), pk, directory, now) for pk in batch)


def _guarded(serve: Callable[[int, Directory, datetime], int], pk: int, directory: Directory, now: datetime) -> int:
    """One that cannot be served must not keep the others from their pages."""
    try:
        return serve(pk, directory, now)
    except Exception:
        logger.exception("paging.serving_failed pk=%s", pk)
        return 0


def _serve(batch: list[int], directory: Directory, now: datetime) -> int:
    """Page the present step of each, moving on at once from steps that reach nobody. Others' are left to them."""
    with transaction.atomic():
        due = Incident.objects.due(now).filter(pk__in=batch)
        ours = list(due.select_for_update(skip_locked=True, no_key=True))
        sheaf = Sheaf(now)
        for incident in ours:
            incident.service = directory.service(incident.service_id)
            if not _held(incident, directory, sheaf):
                _keep_version(incident)
                walk = Walk(incident, directory, sheaf)
                while incident.page_after is not None and incident.page_after <= now:
                    walk.go_on()
        sheaf.bind()
        _save_walks(ours)
    return len(ours)


# What serving an incident changes. By hand, because `bulk_update` took half of the worker's time in a storm.
WALKED = {
    "page_after": "timestamptz",
    "round": "smallint",
    "step": "smallint",
    "pages_made": "integer",
    "exhausted_at": "timestamptz",
    "policy_version_id": "bigint",
    "resorts": "smallint",
    "acknowledgements_wanted": "smallint",
}
SAVE = f"""
UPDATE oncall_incident AS incident SET {", ".join(f"{name} = walked.{name}" for name in WALKED)}
FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in WALKED.values())}) AS walked(id, {", ".join(WALKED)})
WHERE incident.id = walked.id
"""  # noqa: S608 - made of the names above alone


def _save_walks(incidents: list[Incident]) -> None:
    columns = [[getattr(incident, name) for incident in incidents] for name in ("pk", *WALKED)]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, columns)


def _held(incident: Incident, directory: Directory, sheaf: Sheaf) -> bool:
    """Whether maintenance or a mute keeps the first page back; then it is owed when that ends."""
    hold = holding.hold_of(incident, sheaf.now) if directory.any_holds() else None
    if hold is None:
        return False
    incident.page_after = hold.ends_at
    text = f"Nobody is paged before {hold.ends_at:%H:%M} UTC on {hold.ends_at.day} {hold.ends_at:%B}: {hold.reason}"
    sheaf.write(incident, "held", text)
    return True


def _keep_version(incident: Incident) -> None:
    """An incident that a process of an older release opened keeps the version there is at its first page."""
    if incident.policy_version_id is None and incident.round == 0 and incident.step == 0:
        incident.policy_version = current_version(incident.service)

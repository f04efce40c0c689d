"""Why somebody was paged, and why nobody was, in sentences made from the rows of the ledger.

Pure: plain values in, sentences out. `when` puts an instant into the words of whoever reads. It explains what is
written; whether that is right is the auditor's question (`oncall/invariants.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

type_when = Callable[[datetime], str]

REACHED = frozenset({"sent", "delivered"})
LOST = frozenset({"failed", "uncertain"})
WAITING = frozenset({"pending", "sending"})


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: `channel` as it is spoken of in a sentence, `state` as in `Attempt.State`."""

    channel: str
    state: str
    send_after: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    number: int = 1
    error: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One page: to a person or a room, in one step (counted from 0) of one round of one cycle."""

    whom: str
    reason: str
    opened_at: datetime
    is_room: bool = False
    is_by_name: bool = False
    cycle: int = 1
    round: int = 0
    step: int = 0
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an incident stands. `hold` is what keeps it from its first page; `notes` are the timeline's own words about
    steps that were passed over, people who could not be reached and holds, since it was last triggered."""

    severity: int
    pages_people: bool
    state: str
    cycle: int = 1
    page_after: datetime | None = None
    snoozed_until: datetime | None = None
    exhausted_at: datetime | None = None
    moved_by: str = ""
    moved_at: datetime | None = None
    hold: str = ""
    notes: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Somebody, and why they were paged: a sentence for each page, oldest first."""

    whom: str
    sentences: tuple[str, ...]


def why_paged(calls: Sequence[Call], when: type_when) -> list[Explanation]:
    """For each person, in the order in which they were first paged."""
    ordered = sorted((call for call in calls if not call.is_room), key=lambda call: call.opened_at)
    people = dict.fromkeys(call.whom for call in ordered)
    return [Explanation(whom, tuple(_paged(call, when) for call in ordered if call.whom == whom)) for whom in people]


def _paged(call: Call, when: type_when) -> str:
    place = "" if call.is_by_name else f"step {call.step + 1}" + (f" of round {call.round + 1}" if call.round else "")
    head = f"{when(call.opened_at)}, {place}: {call.reason}" if place else f"{when(call.opened_at)}: {call.reason}"
    return f"{head}. {_told(call, when)}"


def _told(call: Call, when: type_when) -> str:
    """What became of the page, as one sentence: the best that happened."""
    if not call.tries:
        return "Nothing was sent: no verified contact method."
    for state, words in (("delivered", "Arrived"), ("sent", "Sent")):
        if found := [one for one in call.tries if one.state == state]:
            first = min(found, key=lambda one: one.sent_at or one.send_after)
            at = (first.delivered_at if state == "delivered" else None) or first.sent_at or first.send_after
            return f"{words} by {first.channel} at {when(at)}."
    if waiting := [one for one in call.tries if one.state in WAITING]:
        first = min(waiting, key=lambda one: one.send_after)
        return f"Goes out by {first.channel} at {when(first.send_after)}."
    if lost := [one for one in call.tries if one.state in LOST]:
        return f"Nothing arrived for sure. {_lost(lost[-1])}"
    return "Withdrawn before it went out: somebody had answered."


def _lost(one: Try) -> str:
    words = "failed" if one.state == "failed" else "is uncertain"
    tries = f", try {one.number}," if one.number > 1 else ""
    return f"{_capital(one.channel)}{tries} {words}{': ' + one.error if one.error else ''}".rstrip(".") + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_reached(calls: Iterable[Call], cycle: int) -> bool:
    """Whether a message about it went out to any person since it was last triggered."""
    tries = (one for call in calls if call.cycle == cycle and not call.is_room for one in call.tries)
    return any(one.state in REACHED for one in tries)


def why_nobody(situation: Situation, calls: Sequence[Call], when: type_when, now: datetime) -> list[str]:
    """Why no person has been told since it was last triggered; empty when somebody was, and never empty otherwise."""
    if is_reached(calls, situation.cycle):
        return []
    mine = [call for call in calls if call.cycle == situation.cycle and not call.is_room]
    found = [*_by_state(situation, when)]
    if not situation.pages_people:
        found.insert(0, f"SEV {situation.severity} pages nobody: only SEV 3 and worse do.")
    if situation.pages_people:
        found += [*_by_pages(mine, when, now), *(f"{when(at)}: {text}." for at, text in situation.notes)]
        found += _by_clock(situation, when, now) if situation.state == "triggered" else []
    return found or ["Nothing says why. This is a fault of Errata, and the auditor reports it."]


def _by_state(situation: Situation, when: type_when) -> Iterator[str]:
    if situation.snoozed_until is not None:
        yield f"It is snoozed until {when(situation.snoozed_until)}; then it is triggered again and pages."
    elif situation.state != "triggered":
        by = f" by {situation.moved_by}" if situation.moved_by else ""
        at = f" at {when(situation.moved_at)}" if situation.moved_at else ""
        yield f"It was {situation.state}{by}{at}, before anybody was told."


def _by_pages(calls: Sequence[Call], when: type_when, now: datetime) -> Iterator[str]:
    """What stands between the pages that were opened and their people."""
    for call in calls:
        if not call.tries:
            yield f"{call.whom} was to be paged and has no verified contact method."
        for one in call.tries:
            if one.state in WAITING and one.number == 1 and one.send_after > now:
                why = "their rules or quiet hours say so"
                yield f"{call.whom} is told by {one.channel} at {when(one.send_after)}, not before: {why}."
            elif one.state in WAITING:
                yield f"The {_ordinal(one.number)} try to tell {call.whom} by {one.channel} is on its way."
        if lost := [one for one in call.tries if one.state in LOST]:
            yield f"{call.whom} could not be told. {_lost(lost[-1])}"


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _by_clock(situation: Situation, when: type_when, now: datetime) -> Iterator[str]:
    """What happens next, and when."""
    if situation.exhausted_at is not None:
        yield f"The escalation policy is at its end since {when(situation.exhausted_at)}. Escalate pages again."
    elif situation.page_after is None:
        return
    elif situation.hold and situation.page_after > now:
        yield f"It is held until {when(situation.page_after)}: {situation.hold}."
    elif situation.page_after > now:
        yield f"The next step is due at {when(situation.page_after)}."
    else:
        yield f"The next page is due since {when(situation.page_after)} and will be opened within seconds."

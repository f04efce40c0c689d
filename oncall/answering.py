"""What people say back to a page, by whatever way: acknowledge, resolve, escalate, snooze, reassign, ask for help.

It decides which incident is meant, whether the person may, and the sentence they get back. Every way ends here, so that
all of them do the same and the timeline says who did it and how (`source`: link, sms, voice, slack, telegram, …). What
a command means as text is decided by `oncall/commands.py`.
"""

from datetime import datetime, timedelta

from oncall import responding
from oncall.commands import Command, Unclear, read
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import ContactMethod, Incident, User
from oncall.permissions import may_respond, require

# What a status lists.
MOST_LISTED = 5


def person_at(channel: str, address: str) -> User | None:
    """Whose verified contact method this is; None when nobody's, or more than one person's."""
    methods = ContactMethod.objects.verified().filter(channel=channel, address=address, user__is_active=True)
    people = {method.user_id: method.user for method in methods.select_related("user")[:2]}
    return next(iter(people.values())) if len(people) == 1 else None


def answer_text(user: User, text: str, *, now: datetime, source: str) -> str:
    """Do what somebody wrote; the sentence to write back, also when it cannot be done."""
    try:
        command = read(text)
    except Unclear as unclear:
        return str(unclear)
    return answer(user, command, now=now, source=source)


def answer(user: User, command: Command, *, now: datetime, source: str) -> str:
    """Do what somebody wants; the sentence to give back, also when it cannot be done."""
    if command.verb == "status":
        return _status(user)
    incident = _meant(user, command.incident)
    if incident is None:
        number = f"There is no INC-{command.incident}." if command.incident else "You have no page to answer."
        return f"{number} Write STATUS for what is open."
    try:
        return act(incident, user, command, now=now, source=source)
    except (Conflict, NotAllowed) as refusal:
        return str(refusal)


def act(incident: Incident, user: User, command: Command, *, now: datetime, source: str) -> str:
    """Do it to this incident; the sentence that says so. Raises Conflict, and NotAllowed for who may not respond."""
    require(may_respond(user, incident), "You may not respond to this incident.")
    name = incident.number
    match command.verb:
        case "acknowledge":
            incident.acknowledge(by=user, at=now, source=source)
            missing = incident.acknowledgements_wanted - len(incident.answered_by)
            is_waiting = incident.state == Incident.State.TRIGGERED
            return f"You are on {name}; {missing} more wanted." if is_waiting else f"{name} is yours: {incident.title}"
        case "resolve":
            incident.resolve(by=user, at=now, source=source)
            return f"{name} is resolved."
        case "escalate":
            incident.escalate(by=user, at=now, source=source)
            return f"{name} goes to the next step."
        case "snooze":
            incident.snooze(now + timedelta(minutes=command.minutes), by=user, at=now, source=source)
            return f"{name} is yours and silent for {command.minutes} minutes."
        case "add":
            asked = _person(command.person)
            responding.add_responder(incident, asked, by=user, now=now, source=source)
            return f"{asked} is asked to help with {name}."
        case "reassign":
            taker = _person(command.person)
            responding.reassign(incident, taker, by=user, now=now, source=source)
            return f"{name} goes to {taker}."
    raise Unclear(f"Nothing is called {command.verb}.")


def _person(email: str) -> User:
    found = User.objects.filter(email=email.lower(), is_active=True).first()
    if found is None:
        raise Conflict(f"Nobody here has the address {email[:80]}.")
    return found


def _meant(user: User, number: int | None) -> Incident | None:
    """The incident of this number, else the one this person was paged about last and that is not over."""
    seen = Incident.objects.visible_to(user).select_related("service__team", "service__escalation_policy__current")
    if number is not None:
        return seen.filter(pk=number).first()
    return seen.open().filter(pages__user=user).order_by("-pages__opened_at", "-pk").first()


def _status(user: User) -> str:
    """The worst open incidents this person was paged about, in a line each."""
    mine = Incident.objects.visible_to(user).open().filter(pages__user=user).distinct()
    rows = list(mine.order_by("severity", "-triggered_at")[: MOST_LISTED + 1])
    if not rows:
        return "Nothing that you were paged about is open."
    lines = [f"{one.number} SEV{one.severity} {one.state}: {one.title}" for one in rows[:MOST_LISTED]]
    return "\n".join([*lines, "and more"] if len(rows) > MOST_LISTED else lines)

"""A button pressed below a page in a chat: what it does, and what everybody in the chat sees from then on.

It decides which message takes the place of the old one. What a command changes is decided by `oncall/answering.py`, how
the message is written by each chat's file in `oncall/channels/`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from oncall import answering, composing
from oncall.channels.cards import said_at
from oncall.channels.message import Message
from oncall.commands import Command
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import Incident, Page, User

State = Incident.State


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of a press: a sentence for whoever pressed, and the page as it reads now, for everybody there.

    `message` is None when there is no such page any more; then the old message stays.
    """

    sentence: str
    is_done: bool = False
    status: str = ""
    message: Message | None = None


def press(user: User, command: Command, pages: QuerySet[Page], *, now: datetime, source: str) -> Pressed:
    """Do what the button says. `pages` are those that went to the place where it was pressed."""
    seen = Incident.objects.visible_to(user).select_related("service__team", "service__escalation_policy__current")
    incident = seen.filter(pk=command.incident or 0).first()
    if incident is None:
        return Pressed(f"There is no INC-{command.incident}.")
    try:
        sentence, is_done = answering.act(incident, user, command, now=now, source=source), True
    except (Conflict, NotAllowed) as refusal:
        sentence, is_done = str(refusal), False
    return Pressed(sentence, is_done, status_of(incident.pk), _message(pages.filter(incident=incident), now))


def pages_of(user: User, incident: int) -> QuerySet[Page]:
    """The pages of this incident that went to this person."""
    return Page.objects.filter(incident=incident, user=user)


def pages_in(channel: str, *addresses: str) -> QuerySet[Page]:
    """The pages that went to the rooms at these addresses."""
    return Page.objects.filter(room__channel=channel, room__address__in=addresses)


def status_of(incident_id: int) -> str:
    """In a few words who has it, as it is now."""
    incident = Incident.objects.select_related("moved_by", "acknowledged_by").get(pk=incident_id)
    by = f" by {incident.moved_by}" if incident.moved_by else ""
    match incident.state:
        case State.TRIGGERED if coming := len(incident.answered_by):
            return f"{coming} of {incident.acknowledgements_wanted} people are on it."
        case State.TRIGGERED:
            return f"Waiting for somebody{'; passed on' + by if by else ''}."
        case State.ACKNOWLEDGED if incident.snoozed_until:
            return f"Snoozed{by} until {said_at(incident.snoozed_until)}."
    return f"{incident.get_state_display()}{by}."


def _message(pages: QuerySet[Page], now: datetime) -> Message | None:
    places = ("incident__service__team", "user", "room", "responder")
    page = pages.select_related(*places).order_by("-opened_at", "-pk").first()
    return composing.page_message(page, now) if page else None

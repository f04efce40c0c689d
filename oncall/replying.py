"""What a reply by phone means: an SMS without a number answers the SMS before it, a key answers the call it is in.

It decides which incidents a reply is about and that a repetition of it changes nothing. What a command does is decided
by `oncall/answering.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models.functions import Coalesce

from oncall.answering import act, answer
from oncall.commands import Command, Unclear, read
from oncall.exceptions import Conflict, NotAllowed
from oncall.linking import Grant
from oncall.models import Attempt, Incident, User
from oncall.sealing import digest

# Seconds for which the answer to a message is remembered; providers repeat one within minutes.
REMEMBERED = 24 * 3600
# What a key of a phone does.
KEYS = {"4": "acknowledge", "6": "resolve", "8": "escalate"}
State = Attempt.State


def once(name: str, act_on_it: Callable[[], str]) -> str:
    """Do it, unless a message of this name was answered before: then give the same answer and do nothing.

    Without a name it is done in any case. Two at once wait for each other, and the answer is remembered in the
    transaction that does what it says.
    """
    if not name:
        return act_on_it()
    key = f"reply:{digest(name)}"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        said: str | None = cache.get(key)
        if said is None:
            said = act_on_it()
            cache.set(key, said, REMEMBERED)
    return said


def reply(user: User, text: str, *, address: str, now: datetime) -> str:
    """Do what somebody wrote by SMS from this address; the sentence to write back."""
    try:
        command = read(text)
    except Unclear as unclear:
        return str(unclear)
    is_unnamed = command.incident is None and command.verb != "status"
    told = _told_last(user, address) if is_unnamed else []
    if len(told) > 1:
        if command.verb == "acknowledge":
            return acknowledge_all(user, told, now=now, source="sms")
        example = f"{text.split(maxsplit=1)[0].upper()} {told[0].pk}"
        return f"The last message was about {len(told)} incidents. Name one of them, as in {example}."
    if told:
        command = replace(command, incident=told[0].pk)
    return answer(user, command, now=now, source="sms")


def press(grant: Grant, key: str, *, now: datetime) -> str:
    """Do what a key of the phone stands for; the sentence to say, nothing for a key without a meaning.

    Many incidents at once can only be acknowledged: nobody resolves by ear what they have not heard.
    """
    verb = KEYS.get(key, "")
    if grant.is_bundle:
        seen = Incident.objects.visible_to(grant.user).filter(pk__in=[one.pk for one in grant.incidents])
        takes_all = verb == "acknowledge"
        return acknowledge_all(grant.user, seen, now=now, source="voice") if takes_all else ""
    command = Command(verb, grant.pages[0].incident_id)
    return answer(grant.user, command, now=now, source="voice") if verb else ""


def acknowledge_all(user: User, incidents: Iterable[Incident], *, now: datetime, source: str) -> str:
    """Take all that still wait for somebody; the sentence that says how many. Locked by everybody in the same order."""
    taken = missed = 0
    for incident in sorted(incidents, key=lambda one: one.pk):
        try:
            act(incident, user, Command("acknowledge"), now=now, source=source)
            taken += 1
        except (Conflict, NotAllowed):
            missed += 1
    if not taken:
        return f"None of the {missed} incidents waits for you any more."
    others = f" {missed} more did not wait for you any more." if missed else ""
    return f"{taken} {'incident is' if taken == 1 else 'incidents are'} yours.{others}"


def _told_last(user: User, address: str) -> list[Incident]:
    """What the last SMS to this address was about, the worst first: one incident, or those of a bundle."""
    arrived = [State.SENDING, State.SENT, State.DELIVERED, State.UNCERTAIN]
    sent = Attempt.objects.filter(page__user=user, channel="sms", address=address, state__in=arrived)
    last = sent.order_by(Coalesce("sent_at", "delivered_at", "send_after").desc(), "-pk").first()
    if last is None:
        return []
    same = Attempt.objects.filter(bundle=last.bundle, page__user=user) if last.bundle else sent.filter(pk=last.pk)
    seen = Incident.objects.visible_to(user).filter(pages__attempts__in=same).distinct()
    return list(seen.order_by("severity", "triggered_at", "pk"))

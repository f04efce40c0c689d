"""The doors through which Slack talks back: pressed buttons and the slash command.

Slack signs every call; nothing is read before the signature is checked. Who acts is whoever has verified the member ID
as a contact method. A message with blocks cannot be replaced by the answer itself, only at its `response_url`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oncall import answering, pressing, tasks
from oncall.channels import slack
from oncall.channels.cards import BUTTONS, card_of
from oncall.commands import Command
from oncall.models import Page, User
from oncall.views import talking
from oncall.views.doors import read
from oncall.views.talking import word_at

DOOR = "slack"
FORGED = "This call is not signed by Slack, or it is older than five minutes."
# How Slack writes an e-mail address that somebody types.
MAIL = re.compile(r"<mailto:([^|>]+)\|[^>]*>")
Form = dict[str, str]


@csrf_exempt
@require_POST
def actions(request: HttpRequest) -> HttpResponse:
    """A pressed button."""
    return _admitted(request, _press)


@csrf_exempt
@require_POST
def commands(request: HttpRequest) -> HttpResponse:
    """The slash command: `/errata ack 12`."""
    return _admitted(request, _obey)


def _admitted(request: HttpRequest, do: Callable[[Form, datetime], HttpResponse]) -> HttpResponse:
    """What `do` makes of the form of a call that Slack signed a moment ago, once."""
    body, now = read(request), timezone.now()
    if body is None:
        return talking.too_large()
    signature = request.headers.get("X-Slack-Signature", "")
    if not slack.is_genuine(body, request.headers.get("X-Slack-Request-Timestamp", ""), signature, now):
        return talking.refused(request, DOOR, FORGED)
    form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    return talking.once(DOOR, signature, lambda: do(form, now))


def _press(form: Form, now: datetime) -> HttpResponse:
    payload = talking.read_object(form.get("payload", ""))
    pressed = payload.get("actions")
    action = pressed[0] if isinstance(pressed, list) and pressed else {}
    verb, number = word_at(action, "action_id"), word_at(action, "value")
    if verb not in BUTTONS or not re.fullmatch(r"\d{1,9}", number, re.ASCII):
        return HttpResponse()  # a button that opens a page, or one of another release
    url = word_at(payload, "response_url")
    user = answering.person_at("slack", word_at(payload, "user", "id"))
    if user is None:
        _say(url, talking.stranger("Slack"))
        return HttpResponse()
    command = Command(verb, int(number))
    pages = _pages(user, command, word_at(payload, "channel", "id"))
    outcome = pressing.press(user, command, pages, now=now, source="slack")
    tasks.page_soon()
    if outcome.message:
        shown = slack.written(card_of(outcome.message), outcome.status)
        talking.later(DOOR, lambda: slack.answer(url, {**shown, "replace_original": True}))
    if not (outcome.is_done and outcome.message):
        _say(url, outcome.sentence)
    return HttpResponse()


def _pages(user: User, command: Command, channel: str) -> QuerySet[Page]:
    """What went to where it was pressed: the person's own, in a conversation with the app, or the room's."""
    if channel.startswith("D"):
        return pressing.pages_of(user, command.incident or 0)
    return pressing.pages_in("slack", channel)


def _say(url: str, sentence: str) -> None:
    """To whoever pressed; nobody else sees it."""
    body: dict[str, Any] = {**_private(sentence), "replace_original": False}
    talking.later(DOOR, lambda: slack.answer(url, body))


def _obey(form: Form, now: datetime) -> HttpResponse:
    if form.get("ssl_check"):
        return HttpResponse()
    user = answering.person_at("slack", form.get("user_id", ""))
    if user is None:
        return talking.answered(_private(talking.stranger("Slack")))
    text = MAIL.sub(r"\1", form.get("text", ""))
    sentence = answering.answer_text(user, text, now=now, source="slack")
    tasks.page_soon()
    return talking.answered(_private(sentence))


def _private(sentence: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": slack.escaped(sentence), "mrkdwn": False}

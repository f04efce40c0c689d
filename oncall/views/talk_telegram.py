"""The door through which Telegram talks back: pressed buttons and what people write to the bot.

Telegram brings along the secret that its webhook was set up with; nothing is read before it is checked. It repeats an
update until it is answered with 200, each with its number. Who acts is whoever has verified their own chat with the bot
as a contact method. An answer may carry one call of the Bot API, which needs no token.
"""

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oncall import answering, pressing, tasks
from oncall.channels import telegram
from oncall.channels.cards import BUTTONS, card_of
from oncall.commands import Command
from oncall.models import Page, User
from oncall.payloads import cut
from oncall.views import talking
from oncall.views.doors import read
from oncall.views.talking import word_at

DOOR = "telegram"
FORGED = "This call does not bring the secret that Telegram was given."
# What a notification above a chat may hold.
TOAST = 200
PRESSED = re.compile(r"([a-z]+):(\d{1,9})", re.ASCII)
# "/ack@errata_bot 12" in a group.
COMMAND = re.compile(r"/(\w+)(?:@\w+)?", re.ASCII)


@csrf_exempt
@require_POST
def updates(request: HttpRequest) -> HttpResponse:
    """One update of the bot."""
    secret = settings.ERRATA_TELEGRAM_SECRET
    if not secret or not constant_time_compare(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), secret):
        return talking.refused(request, DOOR, FORGED)
    body = read(request)
    if body is None:
        return talking.too_large()
    update, now = talking.read_object(body), timezone.now()
    return talking.once(DOOR, word_at(update, "update_id") or repr(body), lambda: _answer(update, now))


def _answer(update: dict[str, Any], now: datetime) -> HttpResponse:
    query, message = update.get("callback_query"), update.get("message")
    if isinstance(query, dict):
        return _press(query, now)
    if isinstance(message, dict) and word_at(message, "text"):
        return _obey(message, now)
    return HttpResponse()  # somebody joined, a picture, …


def _press(query: dict[str, Any], now: datetime) -> HttpResponse:
    meant = PRESSED.fullmatch(word_at(query, "data"))
    user = answering.person_at("telegram", word_at(query, "from", "id"))
    if meant is None or meant[1] not in BUTTONS:
        return _toast(query, "This button means nothing any more.")
    if user is None:
        return _toast(query, talking.stranger("Telegram"), is_alert=True)
    command = Command(meant[1], int(meant[2]))
    outcome = pressing.press(user, command, _pages(user, command, query.get("message")), now=now, source="telegram")
    tasks.page_soon()
    if outcome.message:
        _show(query, telegram.written(card_of(outcome.message), outcome.status))
    return _toast(query, outcome.sentence, is_alert=not outcome.is_done)


def _pages(user: User, command: Command, message: Any) -> QuerySet[Page]:
    """What went to where it was pressed: the person's own, in a conversation with the bot, or the room's."""
    if word_at(message, "chat", "type") == "private":
        return pressing.pages_of(user, command.incident or 0)
    return pressing.pages_in("telegram", word_at(message, "chat", "id"), "@" + word_at(message, "chat", "username"))


def _show(query: dict[str, Any], written: dict[str, Any]) -> None:
    """Put the page as it is now in place of the message."""
    place = {"chat_id": word_at(query, "message", "chat", "id"), "message_id": word_at(query, "message", "message_id")}
    talking.later(DOOR, lambda: telegram.call("editMessageText", {**place, **written}))


def _toast(query: dict[str, Any], sentence: str, *, is_alert: bool = False) -> HttpResponse:
    facts = {"callback_query_id": word_at(query, "id"), "text": cut(sentence, TOAST), "show_alert": is_alert}
    return talking.answered({"method": "answerCallbackQuery", **facts})


def _obey(message: dict[str, Any], now: datetime) -> HttpResponse:
    """Do what was written. In a group only what is a command is for us."""
    words = word_at(message, "text").split(maxsplit=1)
    command = COMMAND.fullmatch(words[0]) if words else None
    if not words or (command is None and word_at(message, "chat", "type") != "private"):
        return HttpResponse()
    user = answering.person_at("telegram", word_at(message, "from", "id"))
    if user is None or (command and command[1] == "start"):
        return _write(message, _introduction(message))
    text = " ".join([command[1] if command else words[0], *words[1:]])
    sentence = answering.answer_text(user, text, now=now, source="telegram")
    tasks.page_soon()
    return _write(message, sentence)


def _introduction(message: dict[str, Any]) -> str:
    chat = word_at(message, "chat", "id")
    if word_at(message, "chat", "type") == "private":
        return f"Your chat ID is {chat}. Type it into your profile: {settings.ERRATA_URL}{reverse('oncall:profile')}"
    return f"The chat ID of this group is {chat}: for a room of your team. {talking.stranger('Telegram')}"


def _write(message: dict[str, Any], sentence: str) -> HttpResponse:
    text = {"chat_id": word_at(message, "chat", "id"), "text": cut(sentence, 4000)}
    return talking.answered({"method": "sendMessage", **text, "link_preview_options": {"is_disabled": True}})

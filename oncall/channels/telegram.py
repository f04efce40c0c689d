"""Telegram: `sendMessage` of a bot with buttons below it.

Wire format: https://core.telegram.org/bots/api. The bot's token stands in the address of every call, so whatever is
said of a failed call is cleaned of it. Telegram knows no key by which it would drop a repetition. What a pressed button
does is decided by `oncall/pressing.py`.
"""

import re
from datetime import timedelta
from html import escape
from typing import Any

from django.conf import settings

from oncall.channels import posting
from oncall.channels.cards import BUTTONS, UNSEEN, Card, card_of, fitted, said_at
from oncall.channels.message import Channel, DeliveryFailed, DeliveryUncertain, Message, Receipt

# Telegram allows 4096 UTF-16 units in all, of which one character takes up to two.
HEADLINE, TEXT, HINT, FACT, STATUS, LINK = 300, 900, 250, 100, 150, 200
# What Telegram makes a command of, which a careless finger would send.
COMMAND = re.compile(r"(?:^|(?<=\s))/(?=\w)", re.MULTILINE)
CHAT = re.compile(r"-?[1-9]\d{2,19}|@[A-Za-z]\w{3,31}", re.ASCII)
# What Telegram calls the reasons that people can do something about.
WORDS = (
    ("blocked by the user", "They have blocked the Telegram bot."),
    ("can't initiate conversation", "They have not written to the Telegram bot yet: it may not begin."),
    ("user is deactivated", "Their Telegram account no longer exists."),
    ("chat not found", "The Telegram bot knows no such chat: write /start to it there."),
    ("was kicked", "The Telegram bot was removed from this group."),
    ("upgraded to a supergroup", "This Telegram group has got a new chat ID: write /start to the bot there."),
    ("too many requests", "Telegram asks us to write less often."),
    ("unauthorized", "Telegram does not accept the token of this installation."),
)


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Send the message to a chat. Raises DeliveryFailed: permanent when the chat is gone or the bot is blocked."""
    result = call("sendMessage", {"chat_id": address, **written(card_of(message))}).get("result")
    return Receipt(str(result.get("message_id", "")) if isinstance(result, dict) else "")


def call(method: str, body: dict[str, Any]) -> dict[str, object]:
    """Call the Bot API; what it answered. Raises DeliveryFailed and DeliveryUncertain, never with the token in them."""
    url = f"{settings.ERRATA_TELEGRAM_URL}/bot{settings.ERRATA_TELEGRAM_BOT_TOKEN}/{method}"
    try:
        return _read(posting.deliver_json(url, body, by="Telegram"))
    except DeliveryFailed as failure:
        explained = _explained(failure)
    # Outside of the handler: what was raised there has the address in it, and would be logged along with this.
    raise explained


def _read(said: str) -> dict[str, object]:
    answer = posting.read_json(said)
    if answer.get("ok") is True:
        return answer
    if re.match(r'\s*{\s*"ok"\s*:\s*true', said):  # longer than what is read of an answer
        return {}
    if answer:
        raise DeliveryFailed("Telegram refused the message.", is_permanent=True, detail=said[:200])
    raise DeliveryUncertain("Telegram answered something that is not its own.", detail=said[:200])


def _explained(failure: DeliveryFailed) -> DeliveryFailed:
    """The same failure in words for people, without the token."""
    found = next((words for part, words in WORDS if part in failure.detail.lower()), str(failure))
    explained = failure.reworded(_without_token(found), detail=_without_token(failure.detail))
    explained.wait = _wait_asked(failure)
    return explained


def _wait_asked(failure: DeliveryFailed) -> timedelta | None:
    """Telegram says in its answer how many seconds to wait, not in a header."""
    if not isinstance(failure, posting.Refused):
        return failure.wait
    facts = posting.read_json(failure.answer).get("parameters")
    seconds = facts.get("retry_after") if isinstance(facts, dict) else None
    return timedelta(seconds=min(seconds, 86_400)) if isinstance(seconds, int) and seconds > 0 else failure.wait


def _without_token(text: str) -> str:
    token = settings.ERRATA_TELEGRAM_BOT_TOKEN
    return text.replace(token, "…").replace(token.replace(":", "%3A"), "…") if token else text


def written(card: Card, status: str = "") -> dict[str, Any]:
    """The card as Telegram takes it, without its chat. `status` says what became of it meanwhile."""
    since = [("Since", said_at(card.since))] if card.since else []
    links = [(label, link) for label, link in card.links if not _opens(link)]
    parts = [
        f"<b>{fitted(card.headline, HEADLINE, escaped)}</b>",
        fitted(card.text, TEXT, escaped),
        "\n".join(f"{label}: {fitted(value, FACT, escaped)}" for label, value in (*card.facts, *since)),
        *(fitted(hint, HINT, escaped) for hint in card.hints),
        f"<b>{fitted(status, STATUS, escaped)}</b>" if status else "",
        "\n".join(f"{label}: {fitted(link, LINK, escape)}" for label, link in links),
    ]
    return {
        "text": COMMAND.sub(f"/{UNSEEN}", "\n\n".join(part for part in parts if part)),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": _keyboard(card)},
    }


def _keyboard(card: Card) -> list[list[dict[str, str]]]:
    """Two buttons a row: those that act, when Telegram's calls can be told from forged ones, then those that open."""
    acting = card.verbs if settings.ERRATA_TELEGRAM_SECRET else ()
    buttons = [{"text": BUTTONS[verb], "callback_data": f"{verb}:{card.incident}"} for verb in acting]
    buttons += [{"text": label, "url": link} for label, link in card.links if _opens(link)]
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]


def _opens(link: str) -> bool:
    """Telegram refuses a message whose button leads to a host without a dot."""
    return "." in link.split("/")[2]


def escaped(text: str) -> str:
    """Text that is neither markup nor a call to anybody: Telegram makes a mention of every @name."""
    return escape(text).replace("@", f"@{UNSEEN}")


def read_address(typed: str) -> str:
    """The ID of a chat. Raises ValueError with where to find it."""
    address = typed.strip()
    if not CHAT.fullmatch(address):
        raise ValueError(f"“{address[:80]}” is not a Telegram chat ID. Write /start to the bot: it answers with yours.")
    return address


def missing() -> str:
    """The setting that is lacking."""
    return "" if settings.ERRATA_TELEGRAM_BOT_TOKEN else "ERRATA_TELEGRAM_BOT_TOKEN"


CHANNEL = Channel(
    name="telegram",
    send=send,
    read_address=read_address,
    hint="Your Telegram chat ID: write /start to the bot and it tells you. For a room, write it in the group.",
    missing=missing,
)

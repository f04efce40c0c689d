"""Slack: `chat.postMessage` with buttons, and the signatures by which Slack's own calls are known.

Wire format: https://docs.slack.dev/reference/methods/chat.postMessage, and for signatures
https://docs.slack.dev/authentication/verifying-requests-from-slack.
Everything that comes from outside is written as plain text with `&<>` escaped, so that a title can neither format nor
call anybody. What a pressed button does is decided by `oncall/pressing.py`.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from oncall.channels import posting
from oncall.channels.cards import BUTTONS, Card, card_of, fitted, said_at
from oncall.channels.message import Channel, DeliveryFailed, DeliveryUncertain, Message, Receipt
from oncall.sealing import is_signed

# What Slack allows: blocks, fields and text objects.
HEADER, SECTION, FIELD, LABEL = 150, 3000, 2000, 75
# Seconds that a signed call may be old, or ahead.
FRESH = 300
HOSTS = {"hooks.slack.com", "hooks.slack-gov.com"}
MEMBER_OR_CHANNEL = re.compile(r"[UWCG][A-Z0-9]{6,30}")
# What Slack minds, and the part of the message without which it takes it. Slack's reference names `client_msg_id` in
# its list of errors only.
WITHOUT = {
    "duplicate_message_not_found": "client_msg_id",
    "duplicate_channel_not_found": "client_msg_id",
    "invalid_blocks": "blocks",
    "invalid_blocks_format": "blocks",
    "msg_blocks_too_long": "blocks",
}
# Refusals after which the same may be taken later.
PASSING = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
WORDS = {
    "channel_not_found": "Slack knows no such member or channel, or the app is not in it.",
    "not_in_channel": "The Slack app is not in this channel: invite it there.",
    "is_archived": "This Slack channel is archived.",
    "invalid_auth": "Slack does not accept the token of this installation.",
    "not_authed": "Slack does not accept the token of this installation.",
    "account_inactive": "The Slack app was removed from its workspace.",
    "token_revoked": "The token of the Slack app was revoked.",
    "missing_scope": "The Slack app lacks the scope chat:write.",
    "messages_tab_disabled": "The Slack app may not write to people: turn on its Messages tab.",
    "restricted_action": "The rules of the Slack workspace do not let the app write there.",
    "user_not_found": "Slack knows no such member.",
    "ratelimited": "Slack asks us to write less often.",
    "rate_limited": "Slack asks us to write less often.",
}


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Post the message to a member or channel. The key becomes the `client_msg_id`, by which Slack drops repetitions.

    What Slack minds in the looks of a message is left out and the rest posted. Raises DeliveryFailed and
    DeliveryUncertain.
    """
    body = {"channel": address, **written(card_of(message)), **_client_id(key)}
    answer = _call(body)
    if unwanted := WITHOUT.get(str(answer.get("error"))):
        answer = _call({name: value for name, value in body.items() if name != unwanted})
    if answer.get("ok") is not True:
        raise _refused(str(answer.get("error", "")))
    return Receipt(str(answer.get("ts", "")))


def _call(body: dict[str, Any]) -> dict[str, object]:
    headers = {
        "Authorization": f"Bearer {settings.ERRATA_SLACK_BOT_TOKEN}",
        "Content-Type": "application/json; charset=utf-8",
    }
    said = posting.deliver_json(f"{settings.ERRATA_SLACK_URL}/chat.postMessage", body, headers, by="Slack")
    if answer := posting.read_json(said):
        return answer
    if re.match(r'\s*{\s*"ok"\s*:\s*true', said):  # longer than what is read of an answer
        return {"ok": True}
    raise DeliveryUncertain("Slack answered something that is not its own.", detail=said[:200])


def _refused(error: str) -> DeliveryFailed:
    words = WORDS.get(error, f"Slack refused the message: {error[:80] or 'it does not say why'}.")
    return DeliveryFailed(words, is_permanent=error not in PASSING, detail=error)


def _client_id(key: str) -> dict[str, str]:
    """The key, where it is a UUID as Slack wants it; codes have another kind of key and are never repeated."""
    try:
        return {"client_msg_id": str(UUID(key))}
    except ValueError:
        return {}


def written(card: Card, status: str = "") -> dict[str, Any]:
    """The card as Slack takes it, without its place. `status` says what became of it meanwhile."""
    text = "\n".join(part for part in (card.headline, status, *(link for _, link in card.links[:1])) if part)
    return {
        "text": fitted(text, SECTION, escaped),
        "blocks": _blocks(card, status),
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(card: Card, status: str) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(card.headline, HEADER)}]
    text = card.text or (card.headline if len(escaped(card.headline)) > HEADER else "")
    if text:
        blocks.append({"type": "section", "text": _plain(text, SECTION)})
    if fields := [_plain(f"{label}\n{value}", FIELD) for label, value in card.facts] + _since(card):
        blocks.append({"type": "section", "fields": fields})
    blocks += [{"type": "section", "text": _plain(hint, SECTION)} for hint in card.hints]
    if status:
        blocks.append({"type": "context", "elements": [_plain(status, FIELD)]})
    if buttons := _buttons(card):
        blocks.append({"type": "actions", "elements": buttons})
    return blocks


def _since(card: Card) -> list[dict[str, Any]]:
    """Shown on the clock of whoever reads; nothing in it comes from outside."""
    if card.since is None:
        return []
    at = f"<!date^{int(card.since.timestamp())}^{{date_short_pretty}} {{time}}|{said_at(card.since)}>"
    return [{"type": "mrkdwn", "text": f"Since\n{at}"}]


def _buttons(card: Card) -> list[dict[str, Any]]:
    """Buttons that act, when Slack's calls can be told from forged ones, and buttons that open a page."""
    acting = card.verbs if settings.ERRATA_SLACK_SIGNING_SECRET else ()
    buttons: list[dict[str, Any]] = [
        {"type": "button", "action_id": verb, "text": _plain(BUTTONS[verb], LABEL), "value": str(card.incident)}
        for verb in acting
    ]
    if acting:
        buttons[0]["style"] = "primary"
    opening = [
        {"type": "button", "action_id": f"open-{place}", "text": _plain(label, LABEL), "url": link}
        for place, (label, link) in enumerate(card.links)
    ]
    return buttons + opening


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": fitted(text, limit, escaped), "emoji": False}


def escaped(text: str) -> str:
    """The three characters with which Slack's markup begins, as it wants them written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_genuine(body: bytes, timestamp: str, signature: str, now: datetime) -> bool:
    """Whether Slack made this call within the last minutes: signature `v0` over time and raw body."""
    secret = settings.ERRATA_SLACK_SIGNING_SECRET
    if not secret or not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or not signature.startswith("v0="):
        return False
    if abs(now.timestamp() - int(timestamp)) > FRESH:
        return False
    return is_signed(b"v0:" + timestamp.encode() + b":" + body, secret, signature[3:])


def answer(url: str, body: dict[str, Any]) -> None:
    """Post to the `response_url` of a call. Raises DeliveryFailed, also for one that leads anywhere but to Slack."""
    parts, own = urlsplit(url), urlsplit(settings.ERRATA_SLACK_URL)
    is_slack = parts.scheme == "https" and parts.netloc in HOSTS
    if not is_slack and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        raise DeliveryFailed("The address for the answer is not one of Slack's.", is_permanent=True)
    posting.deliver_json(url, body, by="Slack")


def read_address(typed: str) -> str:
    """The ID of a member or channel. Raises ValueError with where to find it."""
    address = typed.strip().upper()
    if not MEMBER_OR_CHANNEL.fullmatch(address):
        raise ValueError(
            f"“{typed.strip()[:80]}” is not a Slack ID such as U024BE7LH. For yourself: open your profile in Slack, "
            "⋮, Copy member ID. For a room: the channel's name, About, Channel ID."
        )
    return address


def missing() -> str:
    """The setting that is lacking."""
    return "" if settings.ERRATA_SLACK_BOT_TOKEN else "ERRATA_SLACK_BOT_TOKEN"


CHANNEL = Channel(
    name="slack",
    send=send,
    read_address=read_address,
    hint="Your Slack member ID (U…): your profile in Slack, ⋮, Copy member ID. For a room its channel ID (C…).",
    missing=missing,
)

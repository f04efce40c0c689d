"""Mattermost: an incoming webhook with buttons.

Wire format: https://developers.mattermost.com/integrate/webhooks/incoming/ and /plugins/interactive-messages/. An
address is the URL of an incoming webhook, for a person with their name in Mattermost behind it: `URL @name`. The
message then goes to them directly, and on the same server a press in a room by that name is theirs. Mattermost signs
nothing; each button carries a token of ours, which Mattermost shows to nobody and sends back with a press. It knows no
key by which it would drop a repetition. What a pressed button does is decided by `oncall/pressing.py`.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse

from oncall import outgoing
from oncall.channels import posting
from oncall.channels.cards import BUTTONS, UNSEEN, Card, card_of, fitted, said_at
from oncall.channels.message import Channel, DeliveryFailed, DeliveryUncertain, Message, Receipt
from oncall.linking import LIFETIME
from oncall.models import User

HEADLINE, TEXT, HINT, FACT = 400, 4000, 1000, 400
SALT = "oncall.mattermost"
NAME = re.compile(r"@[a-z0-9._-]{1,64}", re.ASCII)
# What Markdown and Mattermost read as markup within a line.
MARKUP = re.compile(r"([\\`*_\[\]~|#])")


class Forged(ValueError):
    """A token that is not ours, or too old."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a button's token remembers: the incident, where the message went, and the page's token (not in rooms)."""

    incident: int
    address: str
    token: str = ""


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Post the message to the webhook. Raises DeliveryFailed: permanent when Mattermost no longer knows it."""
    url, name = parts_of(address)
    card = card_of(message)
    body = written(card, Sent(card.incident or 0, address, message.token))
    place = {"channel": name} if name else {}
    try:
        said = posting.deliver_json(url, body | place, by="Mattermost")
    except DeliveryFailed as failure:
        words = str(posting.read_json(failure.detail).get("message", ""))
        raise failure.reworded(f"{failure} {words[:120]}".strip(), detail=failure.detail) from failure
    if said.strip().strip('"') != "ok":
        raise DeliveryUncertain("What answered is not Mattermost.", detail=said[:200])
    return Receipt()


def written(card: Card, sent: Sent, status: str = "") -> dict[str, Any]:
    """The card as a webhook takes it. `status` says what became of it meanwhile."""
    since = [("Since", said_at(card.since))] if card.since else []
    links = " · ".join(f"[{label}]({quote(link, safe='/?&=+$,:;@!~*%#-._')})" for label, link in card.links)
    text = [fitted(card.text, TEXT, escaped), *(fitted(hint, HINT, escaped) for hint in card.hints), links]
    if status:
        text.append(f"**{fitted(status, FACT, escaped)}**")
    attachment = {
        "fallback": fitted(card.headline, HEADLINE, escaped),
        "text": "\n\n".join(part for part in text if part),
        "fields": [
            {"short": True, "title": label, "value": fitted(value, FACT, escaped)}
            for label, value in (*card.facts, *since)
        ],
        "actions": [_button(verb, sent) for verb in card.verbs],
    }
    return {"text": f"**{fitted(card.headline, HEADLINE, escaped)}**", "attachments": [attachment]}


def _button(verb: str, sent: Sent) -> dict[str, Any]:
    context = {"action": verb, "incident": sent.incident, "token": token_of(sent)}
    return {
        "id": verb,
        "type": "button",
        "name": BUTTONS[verb],
        "style": "primary" if verb == "acknowledge" else "default",
        "integration": {"url": settings.ERRATA_URL + reverse("mattermost-talk"), "context": context},
    }


def token_of(sent: Sent) -> str:
    """What a button carries so that its press is known to be one."""
    return signing.dumps([sent.incident, sent.address, sent.token], salt=SALT, compress=True)


def read_token(token: str) -> Sent:
    """What a button was made for. Raises Forged."""
    try:
        return Sent(*signing.loads(token, salt=SALT, max_age=LIFETIME))
    except signing.BadSignature as error:
        raise Forged from error


def person_called(name: str, address: str) -> User | None:
    """Whose name this is on the server of an address; None when nobody's, or more than one person's."""
    server = "{0.scheme}://{0.netloc}/".format(urlsplit(address))
    people = User.objects.filter(
        is_active=True,
        contact_methods__channel="mattermost",
        contact_methods__verified_at__isnull=False,
        contact_methods__address__istartswith=server,
        contact_methods__address__endswith=f" @{name.lower()}",
    ).distinct()[:2]
    return people[0] if len(people) == 1 else None


def escaped(text: str) -> str:
    """Text that is neither markup nor a call to anybody. Webhooks read `<!channel>` as Slack does."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MARKUP.sub(r"\\\1", plain).replace("@", f"@{UNSEEN}")


def parts_of(address: str) -> tuple[str, str]:
    """URL and @name; the name is empty where there is none."""
    url, _, name = address.partition(" ")
    return url, name


def read_address(typed: str) -> str:
    """`URL` or `URL @name`. Raises ValueError for what is no incoming webhook or leads where we may not call."""
    url, _, name = " ".join(typed.split()).partition(" ")
    if "/hooks/" not in url:
        raise ValueError("An incoming webhook of Mattermost looks like https://chat.example.com/hooks/….")
    if name and not NAME.fullmatch(name.lower()):
        raise ValueError("Behind the webhook's address stands your name in Mattermost with its at-sign, or nothing.")
    try:
        outgoing.check_url(url)
    except (outgoing.Blocked, outgoing.Failed) as refusal:
        raise ValueError(str(refusal)) from refusal
    return f"{url} {name.lower()}".strip()


CHANNEL = Channel(
    name="mattermost",
    send=send,
    read_address=read_address,
    hint="An incoming webhook and your name: https://chat.example.com/hooks/… @alice. For a room the webhook alone.",
)

"""Microsoft Teams by the webhook of a workflow: an Adaptive Card with what is wrong and a button that opens the page.

It decides the card. A workflow cannot give back who pressed what, so the button leads to the page's own link, where
acknowledging is one press.
"""

import re
from typing import Any

from oncall.channels import posting
from oncall.channels.message import Channel, DeliveryFailed, Message, Receipt
from oncall.payloads import cut
from oncall.suspicion import in_percent

BY = "Microsoft Teams"
# Microsoft's limit is about 28 KB for a message with everything in it; a card of ours stays far below.
MOST_BYTES = 28 * 1024
TITLE = 400
# Incidents of a bundle that get a line.
MOST_LINES = 10
# What begins emphasis, code, a link or a tag in the Markdown of a card. An underscore within a word begins nothing.
MARKUP = re.compile(r"([\\*`\[\]<>~|])|(?<!\w)(_)|(_)(?!\w)")
COLORS = {1: "Attention", 2: "Attention", 3: "Warning"}


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """POST the card; the workflow answers 202 and gives no name.

    Raises DeliveryFailed and DeliveryUncertain as `posting.deliver` does, and DeliveryFailed for a 2xx that says no.
    """
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card(message),
    }
    answer = posting.deliver_json(address, {"type": "message", "attachments": [attachment]}, by=BY)
    if posting.is_web_page(answer):
        raise DeliveryFailed(f"{BY} answered with a web page.", detail=answer[:200])
    if "delivery failed" in answer[:200].lower():  # what the older connectors say with a 200
        raise DeliveryFailed(f"{BY} did not take it.", detail=answer[:200])
    return Receipt()


def card(message: Message) -> dict[str, object]:
    """The message as an Adaptive Card; 1.4 is what every client of Teams shows."""
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": _body(message),
        "actions": _actions(message),
    }


def _body(message: Message) -> list[dict[str, object]]:
    facts = message.facts
    if message.kind == "bundle":
        incidents = facts.get("incidents", [])
        lines = [_text(_line(one)) for one in incidents[:MOST_LINES]]
        untold = len(incidents) - len(lines)
        rest = [_text(f"… and {untold} more", isSubtle=True)] if untold else []
        return [_head(f"{facts.get('count', len(incidents))} incidents"), *lines, *rest]
    if "incident" not in facts:
        return [_head(message.subject), _text(message.text.strip() if message.kind == "coe" else message.short)]
    color = COLORS.get(facts.get("severity", 0), "Default")
    rows = [{"title": name, "value": plain(value)} for name, value in _facts(facts) if value]
    return [_head(str(facts.get("title", message.subject)), color), {"type": "FactSet", "facts": rows}]


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    suspect = facts.get("suspect") or {}
    probability = suspect.get("probability")
    likely = f"{suspect.get('deployment')} ({in_percent(probability)}%)" if isinstance(probability, float) else ""
    return [
        ("Service", str(facts.get("service", ""))),
        ("Severity", f"SEV {facts.get('severity')}"),
        ("Since", str(facts.get("impact_started_at", ""))[:16].replace("T", " ") + " UTC"),
        ("Number", str(facts["incident"])),
        ("Likely change", likely),
    ]


def _actions(message: Message) -> list[dict[str, object]]:
    opening = "Open and acknowledge" if message.token else "Open"
    links = [(opening, message.link), ("Runbook", str(message.facts.get("runbook", "")))]
    return [{"type": "Action.OpenUrl", "title": title, "url": url} for title, url in links if url]


def _head(text: str, color: str = "Default") -> dict[str, object]:
    return _text(text, size="Large", weight="Bolder", color=color)


def _text(text: str, **look: object) -> dict[str, object]:
    return {"type": "TextBlock", "text": plain(text), "wrap": True, **look}


def _line(incident: dict[str, Any]) -> str:
    head = f"SEV {incident.get('severity')} · {incident.get('service')} · {incident.get('incident')}"
    return f"{head}: {cut(str(incident.get('title', '')), 200)}"


def plain(text: str) -> str:
    """The text on one line, so that the card shows it as it is: titles come from outside and may be Markdown."""
    return MARKUP.sub(r"\\\g<0>", cut(" ".join(text.split()), TITLE))


def read_address(typed: str) -> str:
    """The URL of a workflow's webhook. Raises ValueError for one that is not https or leads where we may not call."""
    if not typed.strip().lower().startswith("https://"):
        raise ValueError("The webhook of a Teams workflow starts with https://.")
    return posting.read_url(typed)


CHANNEL = Channel(
    name="teams", send=send, read_address=read_address, hint="The URL of a Teams workflow that posts what it is sent."
)

"""A message as chat programs show it: a headline, a few facts, links to open, buttons to press.

It decides what stands on a card and which buttons it has. How a card is written is each chat's own; so is escaping,
which `fitted` does together with cutting, so that no limit ever cuts an escape in two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall.channels.message import Message
from oncall.commands import SNOOZE
from oncall.payloads import web_address
from oncall.shortening import one_line
from oncall.suspicion import in_percent

# What a button says, by the verb of the command that it stands for.
BUTTONS = {
    "acknowledge": "Acknowledge",
    "resolve": "Resolve",
    "escalate": "Escalate",
    "snooze": f"Snooze {SNOOZE} min",
}
# What can be done with an incident in a state; anything else would only be refused.
OFFERED: dict[str, tuple[str, ...]] = {
    "triggered": ("acknowledge", "resolve", "escalate", "snooze"),
    "acknowledged": ("resolve", "escalate", "snooze"),
    "mitigated": ("resolve",),
    "resolved": (),
}
# Keeps a name behind an at-sign from being read as one, and is not seen: U+2060, the word joiner.
UNSEEN = "\u2060"


@dataclass(frozen=True, slots=True)
class Card:
    """What a chat shows. `hints` are paragraphs that help, `incident` is what buttons act on: without it none are."""

    headline: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    hints: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    incident: int | None = None
    verbs: tuple[str, ...] = ()


def card_of(message: Message) -> Card:
    """The card of a page or of a room's message; of every other kind its subject, its text and its link."""
    number = _number(message.facts)
    if number is None:
        return Card(message.subject, text=_text(message), links=_links(("Open", message.link)))
    facts = message.facts
    suspect, precedent = facts.get("suspect") or {}, facts.get("precedent") or {}
    title = one_line(str(facts.get("title", "")))
    return Card(
        headline=message.subject,
        text="" if title in message.subject else title,
        facts=_facts(facts),
        since=_instant(facts.get("impact_started_at")),
        hints=tuple(hint for hint in (_suspect(suspect), _precedent(precedent)) if hint),
        links=_links(
            ("Open", message.link),
            ("Runbook", facts.get("runbook")),
            ("Suspect", suspect.get("link")),
            ("Roll back", suspect.get("rollback")),
            ("Last time", precedent.get("url")),
        ),
        incident=number,
        verbs=OFFERED.get(str(facts.get("state", "triggered")), ()),
    )


def fitted(text: str, limit: int, written: Callable[[str], str]) -> str:
    """The text as `written` escapes it, or as much of it as `limit` characters hold with an ellipsis."""
    whole = written(text)
    if len(whole) <= limit:
        return whole
    kept, room = [], limit - 1
    for character in text:
        piece = written(character)
        if len(piece) > room:
            break
        kept.append(piece)
        room -= len(piece)
    return "".join(kept) + "…"


def said_at(instant: datetime) -> str:
    """A time for readers in any zone."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _text(message: Message) -> str:
    """The text without the line that holds the link: it stands below as a link of its own."""
    lines = message.text.strip().splitlines()
    return "\n".join(line for line in lines if not (message.link and message.link in line))


def _number(facts: dict[str, Any]) -> int | None:
    """12 of "INC-12"."""
    digits = str(facts.get("incident", "")).removeprefix("INC-")
    return int(digits) if digits.isdecimal() else None


def _facts(facts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = (
        ("Incident", facts.get("incident")),
        ("Service", facts.get("service")),
        ("You are", facts.get("reason") if facts.get("person") else ""),
    )
    return tuple((label, str(value)) for label, value in rows if value)


def _suspect(suspect: dict[str, Any]) -> str:
    if not suspect:
        return ""
    reasons = " ".join(str(reason) for reason in suspect.get("reasons") or ())
    return f"Most likely {suspect.get('deployment')} ({in_percent(suspect.get('probability', 0))}%). {reasons}".strip()


def _precedent(precedent: dict[str, Any]) -> str:
    """The document about an incident like this one, and what ended it then."""
    if not precedent:
        return ""
    mitigation = precedent.get("mitigation")
    ended = f" What ended it then: {mitigation}" if mitigation else ""
    return f"It happened before: {precedent.get('number')} {precedent.get('title')}.{ended}"


def _links(*links: tuple[str, object]) -> tuple[tuple[str, str], ...]:
    """Those that lead to the web: a chat refuses the whole message for a button that leads nowhere."""
    return tuple((label, address) for label, link in links if (address := web_address(link)))


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None

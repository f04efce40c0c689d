"""What the API answers, in words for a terminal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cli import spans
from cli.asking import Errata

# As many as one listing of people holds.
MOST_PEOPLE = 200


def line(incident: dict[str, Any], now: datetime) -> str:
    """An incident in one line."""
    snoozed = incident.get("snoozed_until")
    state = f"snoozed until {spans.shown(snoozed, now)}" if snoozed else incident["state"]
    practice = ", a practice" if incident["is_practice"] else ""
    facts = f"SEV {incident['severity']}, {incident['service']}{practice}"
    return f"{incident['number']} is {state}: {incident['title']} ({facts})"


def names_of(errata: Errata, ids: Iterable[int | None]) -> dict[int, str]:
    """Who these people are, asked for at once."""
    wanted = sorted({each for each in ids if each})[:MOST_PEOPLE]
    if not wanted:
        return {}
    found = errata.get("people/", id=",".join(map(str, wanted)), page_size=MOST_PEOPLE)["results"]
    return {each["id"]: each["name"] for each in found}

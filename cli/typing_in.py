"""What is typed behind commands: incidents, people, until when. Shape only; what is legal is decided by Errata."""

import re
from datetime import datetime
from typing import Annotated, Any

import typer

from cli import spans
from cli.asking import Errata
from cli.stopping import Misused, Refused


def number_of(text: str) -> int:
    """The number in `12`, `INC-12`, or the address of its screen."""
    found = re.fullmatch(r"(?:INC-|https?://\S+/incidents/)?0*(\d{1,18})/?", text.strip(), flags=re.IGNORECASE)
    if not found:
        raise typer.BadParameter(f"{text!r} is not an incident; it looks like 12 or INC-12")
    return int(found[1])


Incident = Annotated[int, typer.Argument(parser=number_of, metavar="INCIDENT", help="12 or INC-12.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="An e-mail address, or me.")]
Json = Annotated[bool, typer.Option("--json", help="The API's JSON, for scripts.")]
For = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="30m, 2h, 1h30m, 2d.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="09:00, or 2026-11-25 21:00; local time.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for everybody who wonders.")]


def moment(text: str) -> datetime:
    """A typed time. Raises Misused."""
    try:
        return spans.instant(text, spans.here())
    except ValueError as error:
        raise Misused(f"{error}.") from None


def end_of(lasting: str | None, until: str | None, start: datetime | None = None) -> datetime:
    """The one end that `--for` or `--until` means; a span counts from the start, or from now. Raises Misused."""
    if bool(lasting) == bool(until):
        raise Misused("Say until when: either --for 30m or --until 09:00.")
    if until:
        return moment(until)
    try:
        return (start or spans.here()) + spans.span(lasting or "")
    except (ValueError, OverflowError) as error:
        raise Misused(f"{error}.") from None


def person(errata: Errata, text: str) -> dict[str, Any]:
    """Whoever has this e-mail address. Raises Refused when nobody has."""
    if text == "me":
        return dict(errata.get("people/me/"))
    found = errata.get("people/", email=text, is_active=True)["results"]
    if not found:
        raise Refused(f"Nobody here has the address {text}.")
    return dict(found[0])

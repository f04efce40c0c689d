"""Keeping pages back for a while: muting what is known, maintenance of a service."""

from typing import Annotated

import typer

from cli import spans
from cli.asking import Errata
from cli.telling import say, tell_json
from cli.typing_in import For, Incident, Json, Reason, Until, end_of, moment


def mute(incident: Incident, reason: Reason, lasting: For = None, until: Until = None, as_json: Json = False) -> None:
    """Let the open alerts of an incident page nobody until a time; what is paged already stays paged."""
    end = end_of(lasting, until)
    made = Errata().post(f"incidents/{incident}/mutes/", ends_at=end.isoformat(), reason=reason)
    if as_json:
        return tell_json(made)
    return say(f"Muted until {spans.shown(end.isoformat(), spans.here())}: {'; '.join(each['title'] for each in made)}")


def maintenance(
    service: Annotated[str, typer.Argument(help="Its short name, such as payments-api.")],
    reason: Reason,
    lasting: For = None,
    until: Until = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Now if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Let nothing of a service page until a time, as far as machines trigger it."""
    begin = moment(start) if start else None
    end = end_of(lasting, until, begin).isoformat()
    facts = {"service": service, "reason": reason, "starts_at": begin.isoformat() if begin else None}
    made = Errata().post("maintenances/", **facts, ends_at=end)
    if as_json:
        return tell_json(made)
    now = spans.here()
    return say(
        f"Maintenance of {made['service']} from {spans.shown(made['starts_at'], now)}"
        f" to {spans.shown(made['ends_at'], now)}: {made['reason']}"
    )


COMMANDS = {"mute": mute, "maintenance": maintenance}

"""Telling of a deployment, from a pipeline or by hand."""

from typing import Annotated

import typer

from cli.asking import Errata
from cli.stopping import Misused
from cli.telling import say, tell_json
from cli.typing_in import Json, moment

# Of these more is to come, and only the same id says that it is about the same deployment.
UNFINISHED = {"queued", "started"}


def deployed(
    service: Annotated[str, typer.Argument(help="Its short name, such as payments-api.")],
    version: Annotated[str, typer.Argument(help="Such as 1.42.0.")],
    env: Annotated[str, typer.Option("--env", help="Where, such as eu-west-1.")] = "production",
    state: Annotated[str, typer.Option(help="queued, started, succeeded, failed, rolled_back.")] = "succeeded",
    run: Annotated[str | None, typer.Option("--id", help="Of the run; the same id again moves it on.")] = None,
    kind: Annotated[str | None, typer.Option(help="code, config, flag, schema, …; code if left out.")] = None,
    commit: Annotated[str | None, typer.Option(help="Its hash.")] = None,
    artifact: Annotated[str | None, typer.Option(help="A package URL or digest.")] = None,
    repository: Annotated[str | None, typer.Option(help="Such as example/payments.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who or what deployed.")] = None,
    url: Annotated[str | None, typer.Option(help="Of the run.")] = None,
    description: Annotated[str | None, typer.Option(help="What changes, in a sentence.")] = None,
    size: Annotated[int | None, typer.Option(min=0, help="Changed lines.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="When; now if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Tell that a version was deployed."""
    if state in UNFINISHED and not run:
        raise Misused("Say --id, the same when it starts and when it is over; else its end is another deployment.")
    facts = {"service": service, "version": version, "environment": env, "state": state, "external_id": run}
    about = {"kind": kind, "commit": commit, "artifact": artifact, "repository": repository, "actor": actor}
    more = {"url": url, "description": description, "size": size, "occurred_at": moment(at).isoformat() if at else None}
    made = Errata().post("deployments/", **facts, **about, **more)
    if as_json:
        return tell_json(made)
    return say(f"{made['service']} {made['version']} in {made['environment']} {made['state'].replace('_', ' ')}.")


COMMANDS = {"deployed": deployed}

"""Signing in and out, who I am, who is on call."""

import getpass
import os
import sys
from typing import Annotated, Any

import typer

from cli import signing_in
from cli.asking import Errata
from cli.signing_in import Credentials
from cli.stopping import Misused, Refused
from cli.telling import complain, say, table, tell_json
from cli.typing_in import Json


def login(url: Annotated[str, typer.Argument(help="https://errata.example.org; ERRATA_URL if left out.")] = "") -> None:
    """Keep a token for later commands. It is asked for, or read from standard input; never an argument."""
    chosen = signing_in.tidy(url or os.environ.get("ERRATA_URL", "") or _typed("Address of Errata: "))
    token = getpass.getpass("Token (make one on your profile): ") if sys.stdin.isatty() else sys.stdin.readline()
    credentials = Credentials(chosen, token.strip())
    me = Errata(credentials).get("people/me/")
    place = signing_in.keep(credentials)
    if credentials.is_open_to_listeners:
        complain("Everybody on the way can read this token: use https.")
    say(f"Signed in to {chosen} as {me['name']} ({me['email']}), who {_may(me)}. Kept in {place}")


def logout() -> None:
    """Forget the token that login kept. It stays valid until it is revoked on the profile."""
    say("Forgotten." if signing_in.forget() else "Nothing was kept.")


def whoami(as_json: Json = False) -> None:
    """Whose token this is, and what it may do."""
    errata = Errata()
    me = errata.get("people/me/")
    if as_json:
        return tell_json(me)
    teams = ", ".join(me["teams"]) or "no team"
    return say(f"{me['name']} ({me['email']}) of {teams}, who {_may(me)} at {errata.url}")


def oncall(
    whose: Annotated[str, typer.Argument(metavar="[TEAM|SCHEDULE]", help="Your own teams if left out.")] = "",
    as_json: Json = False,
) -> None:
    """Who is on call now."""
    errata = Errata()
    schedules = _schedules(errata, whose)
    found = [
        {**_named(schedule), "people": errata.get(f"schedules/{schedule['slug']}/on-call/")} for schedule in schedules
    ]
    if as_json:
        return tell_json(found)
    nobody = [{"name": "nobody", "email": ""}]
    rows = [
        (each["team"], each["name"], who["name"], who["email"]) for each in found for who in each["people"] or nobody
    ]
    return table(("TEAM", "SCHEDULE", "ON CALL", "ADDRESS"), rows)


def _schedules(errata: Errata, whose: str) -> list[dict[str, Any]]:
    query = {"team": whose} if whose else {"member": errata.get("people/me/")["id"]}
    found: list[dict[str, Any]] = errata.get("schedules/", page_size=200, **query)["results"]
    if not found and not whose:
        raise Refused("Your teams have no schedule. Name a team or a schedule.")
    if not found:
        if not whose.replace("-", "").replace("_", "").isalnum():
            raise Misused(f"{whose!r} is neither a team nor a schedule; it looks like payments-primary.")
        found = [errata.get(f"schedules/{whose}/")]
    return found


def _named(schedule: dict[str, Any]) -> dict[str, Any]:
    return {key: schedule[key] for key in ("slug", "name", "team")}


def _may(me: dict[str, Any]) -> str:
    return "may read and write" if me["scope"] == "write" else "may read only"


def _typed(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise Misused("Say which Errata: errata login https://errata.example.org")
    return input(prompt)


COMMANDS = {"login": login, "logout": logout, "whoami": whoami, "oncall": oncall}

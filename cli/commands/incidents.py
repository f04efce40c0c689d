"""Looking at incidents, declaring one, writing notes."""

import sys
from typing import Annotated, Any

import typer

from cli import spans
from cli.asking import Errata
from cli.reading import line, names_of
from cli.stopping import Misused
from cli.telling import say, table, tell_json
from cli.typing_in import Incident, Json

NEWEST_ENTRIES = 15
Severity = Annotated[int | None, typer.Option("--sev", min=1, max=5, help="1 to 5.")]
Service = Annotated[str | None, typer.Option("--service", help="Its short name, such as payments-api.")]


def incidents(
    mine: Annotated[bool, typer.Option("--mine", help="Of your teams, taken by you, or paged to you.")] = False,
    still_open: Annotated[bool, typer.Option("--open", help="Not resolved.")] = False,
    team: Annotated[str | None, typer.Option("--team", help="Its short name.")] = None,
    service: Service = None,
    sev: Severity = None,
    most: Annotated[int, typer.Option("--most", min=1, max=200, help="How many.")] = 25,
    as_json: Json = False,
) -> None:
    """Incidents, newest first."""
    narrow = {"is_mine": mine or None, "is_open": still_open or None, "team": team, "service": service}
    errata = Errata()
    answer = errata.get("incidents/", **narrow, severity=sev, page_size=most)
    if as_json:
        return tell_json(answer)
    found, now = answer["results"], spans.here()
    names = names_of(errata, (one["acknowledged_by"] for one in found))
    rows = [_row(one, names, now) for one in found]
    table(("INCIDENT", "SEV", "STATE", "SERVICE", "SINCE", "TAKEN BY", "TITLE"), rows)
    if answer["count"] > len(found):
        say(f"{len(found)} of {answer['count']}; see --most.")
    return None


def _row(one: dict[str, Any], names: dict[int, str], now: Any) -> tuple[object, ...]:
    title = f"[practice] {one['title']}" if one["is_practice"] else one["title"]
    taken = names.get(one["acknowledged_by"], "")
    since = spans.shown(one["triggered_at"], now)
    return one["number"], one["severity"], one["state"], one["service"], since, taken, title


def show(incident: Incident, as_json: Json = False) -> None:
    """One incident: what, since when, who, the likeliest changes, and the newest of its timeline."""
    errata = Errata()
    found = errata.get(f"incidents/{incident}/")
    found["timeline"] = errata.get(f"incidents/{incident}/timeline/")
    found["responders"] = errata.get(f"incidents/{incident}/responders/")
    rankings = errata.get(f"incidents/{incident}/suspects/")
    found["suspects"] = rankings[0]["suspects"] if rankings else []
    if as_json:
        return tell_json(found)
    people = [found["acknowledged_by"], found["declared_by"], *(each["actor"] for each in found["timeline"])]
    return _print(found, names_of(errata, [*people, *(each["user"] for each in found["responders"])]), errata.url)


def _print(found: dict[str, Any], names: dict[int, str], url: str) -> None:
    now = spans.here()
    say(line(found, now))
    say(f"{url}/incidents/{found['id']}/")
    say(f"Since {spans.shown(found['triggered_at'], now)}, taken by {names.get(found['acknowledged_by'], 'nobody')}")
    for each in found["responders"]:
        answered = spans.shown(each["answered_at"], now)
        say(f"{names.get(each['user'], '?')}: {f'on it since {answered}' if answered else 'asked, no answer yet'}")
    if found["suspects"]:
        say("")
        table(("LIKELY", "CHANGE"), [(f"{each['probability']:.0%}", each["name"]) for each in found["suspects"][:3]])
    say("")
    entries = found["timeline"][-NEWEST_ENTRIES:]
    rows = [(spans.shown(each["at"], now), names.get(each["actor"], each["source"]), each["text"]) for each in entries]
    table(("AT", "WHO", "WHAT"), rows)


def declare(
    title: Annotated[str, typer.Argument(help="What is wrong, in a few words.")],
    service: Annotated[str, typer.Option("--service", help="Its short name, such as payments-api.")],
    sev: Annotated[int, typer.Option("--sev", min=1, max=5, help="1 to 5; 1 to 3 page.")] = 3,
    env: Annotated[str | None, typer.Option("--env", help="Where, such as eu-west-1.")] = None,
    summary: Annotated[str | None, typer.Option("--summary", help="What is known so far.")] = None,
    practice: Annotated[bool, typer.Option("--practice", help="Pages for real, counts nowhere.")] = False,
    as_json: Json = False,
) -> None:
    """Declare an incident. The same again within ten minutes is the same incident."""
    facts = {"title": title, "service": service, "severity": sev, "environment": env, "summary": summary}
    made = Errata().post("incidents/", **facts, is_practice=practice or None)
    tell_json(made) if as_json else say(line(made, spans.here()))


def note(
    incident: Incident,
    text: Annotated[str | None, typer.Argument(help="What was seen or done; standard input if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Write a note on the timeline."""
    words = sys.stdin.read() if text in {None, "-"} else text
    if not words or not words.strip():
        raise Misused("There is nothing to write.")
    timeline = Errata().post(f"incidents/{incident}/notes/", text=words)
    tell_json(timeline) if as_json else say(f"Written on the timeline of INC-{incident}.")


COMMANDS = {"incidents": incidents, "show": show, "declare": declare, "note": note}

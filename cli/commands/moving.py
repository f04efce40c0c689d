"""Moving an incident on: take it, end it, put it off, hand it over, ask for help."""

from typing import Annotated, Any

import typer

from cli import spans
from cli.asking import Errata
from cli.reading import line
from cli.telling import say, tell_json
from cli.typing_in import For, Incident, Json, Person, Until, end_of, person


def ack(incident: Incident, as_json: Json = False) -> None:
    """Take an incident. Nobody else is paged for it."""
    _done(Errata().post(f"incidents/{incident}/acknowledge/"), as_json)


def mitigate(incident: Incident, as_json: Json = False) -> None:
    """The customer's pain is over; the work is not."""
    _done(Errata().post(f"incidents/{incident}/mitigate/"), as_json)


def resolve(incident: Incident, as_json: Json = False) -> None:
    """It is over."""
    _done(Errata().post(f"incidents/{incident}/resolve/"), as_json)


def escalate(incident: Incident, as_json: Json = False) -> None:
    """Page the next step now."""
    _done(Errata().post(f"incidents/{incident}/escalate/"), as_json)


def trigger(incident: Incident, as_json: Json = False) -> None:
    """It is back: page from the first step."""
    _done(Errata().post(f"incidents/{incident}/trigger-again/"), as_json)


def severity(
    incident: Incident,
    sev: Annotated[int, typer.Argument(min=1, max=5, help="1 to 5.")],
    as_json: Json = False,
) -> None:
    """Change the severity."""
    _done(Errata().post(f"incidents/{incident}/severity/", severity=sev), as_json)


def snooze(incident: Incident, lasting: For = None, until: Until = None, as_json: Json = False) -> None:
    """Take an incident and leave it until a time; then it pages again."""
    end = end_of(lasting, until)
    _done(Errata().post(f"incidents/{incident}/snooze/", until=end.isoformat()), as_json)


def assign(incident: Incident, whom: Person, as_json: Json = False) -> None:
    """Give an incident to somebody, who is paged now."""
    errata = Errata()
    _done(errata.post(f"incidents/{incident}/reassign/", user=person(errata, whom)["id"]), as_json)


def add(incident: Incident, whom: Person, as_json: Json = False) -> None:
    """Ask somebody to help; they are paged until they answer, three times at most."""
    errata = Errata()
    helper = person(errata, whom)
    answer = errata.post(f"incidents/{incident}/responders/", user=helper["id"])
    tell_json(answer) if as_json else say(f"{helper['name']} is asked to help with INC-{incident}.")


def _done(answer: dict[str, Any], as_json: bool) -> None:
    tell_json(answer) if as_json else say(line(answer, spans.here()))


COMMANDS = {
    "ack": ack,
    "mitigate": mitigate,
    "resolve": resolve,
    "escalate": escalate,
    "trigger": trigger,
    "severity": severity,
    "snooze": snooze,
    "assign": assign,
    "add": add,
}

"""A storm: distinct incidents within ten seconds on one machine, the whole program, a durable database.

What it measures, for each incident, is the time from the moment its alert is posted until the mail server has accepted
a message that names it: with one person on call for all of them (to whom the pages go as few messages), the same with
twice as many incidents, and with fifty people on call for fifty services.

    python -m benchmarks.storm [--incidents 500] [--seconds 10]
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks._pager import pager

CONNECTIONS = 8
# Nobody waits longer than this for the last page, in seconds.
PATIENCE = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--incidents", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    figures = storm(asked.incidents, asked.seconds, people=1)
    print(figures)
    for suffix, more in (
        ("_twice", storm(asked.incidents * 2, asked.seconds, people=1)),
        ("_fifty_people", storm(asked.incidents, asked.seconds, people=50)),
    ):
        print(suffix, more)
        figures |= {f"{name}{suffix}": value for name, value in more.items()}
    print(json.dumps({"name": "storm", "figures": figures}))


def storm(incidents: int, seconds: float, people: int) -> dict[str, float]:
    """Post alerts evenly over the span; returns the figures."""
    with pager() as stack:
        doors = make_doors(stack, people)
        warm_up(stack, doors[0])
        names = [f"alert-{number}" for number in range(incidents)]
        began = time.perf_counter()
        posted: dict[str, float] = {}

        def post_in_time(number: int) -> None:
            from tests.chaos.test_killed_between_signal_and_page import post

            due = began + seconds * number / incidents
            time.sleep(max(due - time.perf_counter(), 0))
            posted[names[number]] = time.perf_counter()
            if not post(doors[number % len(doors)], names[number]):
                raise SystemExit(f"{names[number]} was not accepted")

        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(post_in_time, range(incidents)))
        wait_for(stack, names)
        return figures_of(stack, names, posted, began)


def make_doors(stack, people: int) -> list[str]:
    """An Alertmanager door for a service of each person."""
    from tests import make

    doors = []
    for number in range(people):
        person = make.person(f"Person{number} Storm", f"person{number}@example.com")
        service = make.service(f"service-{number}", escalation_policy=make.policy(person))
        _, key = make.integration("alertmanager", service)
        doors.append(f"{stack.url}/integrations/v1/alertmanager/{key}/")
    return doors


def warm_up(stack, door: str) -> None:
    """The first pages pay for imports and connections."""
    from tests.chaos.test_killed_between_signal_and_page import post
    from tests.stack import eventually

    for number in range(3):
        assert post(door, f"warm-{number}")
        eventually(lambda wanted=number + 1: len(stack.messages) >= wanted, 30)


def wait_for(stack, names: list[str]) -> None:
    ends = time.perf_counter() + PATIENCE
    while len(stack.inbox.named_at) < len(names):
        if time.perf_counter() > ends:
            raise SystemExit(f"{len(names) - len(stack.inbox.named_at)} incidents were never named")
        time.sleep(0.05)


def figures_of(stack, names: list[str], posted: dict[str, float], began: float) -> dict[str, float]:
    named = stack.inbox.named_at
    took = [named[name] - posted[name] for name in names]
    first = min(named.values()) - began
    return {
        "incidents": len(names),
        "messages": len(stack.messages) - 3,
        "first_page_s": round(first, 2),
        "p50_s": round(statistics.median(took), 2),
        "p95_s": round(statistics.quantiles(took, n=20)[18], 2),
        "pages_per_s": round(len(names) / (max(named.values()) - began), 1),
    }


if __name__ == "__main__":
    main()

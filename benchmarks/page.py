"""From a signal to the page in the mail server's hands: one alert at a time, the whole program, a durable database.

Prints one JSON line last: signal_to_smtp_p50_ms, signal_to_smtp_p99_ms, and how many pages were measured.
"""

import json
import os
import statistics
import time

from benchmarks._pager import pager

PAGES = int(os.environ.get("PAGES", "200"))
PAUSE = 0.2


def main() -> None:
    with pager() as stack:
        print(json.dumps({"name": "page", "figures": measure(stack)}))


def measure(stack) -> dict[str, float]:
    """Posts one alert after another and waits for each page."""
    from tests import make
    from tests.chaos.test_killed_between_signal_and_page import post
    from tests.stack import eventually

    service = make.service(escalation_policy=make.policy(make.alice()))
    _, key = make.integration("alertmanager", service)
    door = f"{stack.url}/integrations/v1/alertmanager/{key}/"
    took = []
    for number in range(PAGES + 10):
        name, begun = f"alert-{number}", time.perf_counter()
        assert post(door, name)
        eventually(lambda name=name: name in stack.inbox.named_at, 30)
        took.append((stack.inbox.named_at[name] - begun) * 1000)
        time.sleep(PAUSE)
    took = sorted(took[10:])  # the first ones warm the processes up
    return {
        "pages": PAGES,
        "signal_to_smtp_p50_ms": round(statistics.median(took), 1),
        "signal_to_smtp_p99_ms": round(took[int(len(took) * 0.99) - 1], 1),
    }


if __name__ == "__main__":
    main()

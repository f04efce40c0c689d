"""Writing together: a keystroke of one person until another sees it, and updates stored per second.

The whole program with a durable database, pycrdt in the place of browsers. Prints one JSON line last: seen_p50_ms,
seen_p99_ms, saved_p50_ms (typed → acknowledged as stored), updates_per_second with four writers of one COE.
"""

import json
import os
import statistics
import threading
import time

from benchmarks._pager import pager

KEYSTROKES = int(os.environ.get("KEYSTROKES", "300"))
WRITERS, EACH = 4, 300


def main() -> None:
    with pager() as stack:
        print(json.dumps({"name": "cowriting", "figures": measure(stack)}))


def measure(stack) -> dict[str, float]:
    """One types while another reads, then four type as fast as they can."""
    from tests import make
    from tests.coe.tabs import Tab

    coe, session = make.coe(), stack.session_of(make.alice())
    tabs = [Tab(stack.url, coe.pk, session).__enter__() for _ in range(WRITERS)]
    seen, saved = [], []
    for _ in range(KEYSTROKES + 20):
        one_key(tabs[0], tabs[1], seen, saved)
    begun = time.perf_counter()
    typing = [threading.Thread(target=lambda tab=tab: [tab.type("y") for _ in range(EACH)]) for tab in tabs]
    for thread in typing:
        thread.start()
    for thread in typing:
        thread.join()
    for tab in tabs:
        tab.wait(lambda tab=tab: tab.saved >= tab.sent, "all is stored", 120)
    rate = WRITERS * EACH / (time.perf_counter() - begun)
    for tab in tabs:
        tab.close()
    return figures(seen[20:], saved[20:], rate)


def one_key(writer, reader, seen: list[float], saved: list[float]) -> None:
    """Type one letter; note when it was seen, and when it was stored. A pause as between two keys."""
    length, begun = len(reader.text()) + 1, time.perf_counter()
    writer.type("x")
    while len(reader.text()) < length:
        time.sleep(0.0002)
    seen.append((time.perf_counter() - begun) * 1000)
    while writer.saved < writer.sent:
        time.sleep(0.0002)
    saved.append((time.perf_counter() - begun) * 1000)
    time.sleep(0.05)


def figures(seen: list[float], saved: list[float], rate: float) -> dict[str, float]:
    """As printed."""
    seen.sort()
    return {
        "keystrokes": len(seen),
        "seen_p50_ms": round(statistics.median(seen), 1),
        "seen_p99_ms": round(seen[int(len(seen) * 0.99) - 1], 1),
        "saved_p50_ms": round(statistics.median(saved), 1),
        "updates_per_second": round(rate),
    }


if __name__ == "__main__":
    main()

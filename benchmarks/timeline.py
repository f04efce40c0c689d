"""What a long timeline costs: time and bytes of its part of the editor, of the reader, of a revision, of the paper.

The whole program's code over a durable database, in one process. Prints a row for each number of lines, and one JSON
line last: part_ms and part_bytes (one page of the part "timeline"), editor_ms (the whole screen, with the linter),
reader_ms and reader_bytes, add_ms (one more line and its revision), snapshot_bytes, pdf_ms with PDF=1; best of RUNS.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta

from benchmarks._pager import pager

# Screens name files that only an installation has collected.
os.environ.setdefault("ERRATA_FIND_STATIC", "1")
COUNTS = [int(count) for count in os.environ.get("LINES", "100 1000 10000").split()]
RUNS = int(os.environ.get("RUNS", "3"))
LENGTH = timedelta(hours=30)


def main() -> None:
    with pager():
        figures = {}
        for count in COUNTS:
            row = measure(count)
            print(f"{count} lines:", " ".join(f"{name}={value}" for name, value in row.items()), flush=True)
            figures |= {f"{name}_{count}": value for name, value in row.items()}
        print(json.dumps({"name": "timeline", "figures": figures}))


def best(work: Callable[[], object], runs: int = RUNS) -> tuple[float, object]:
    """Milliseconds of the fastest run, and what it returned."""
    found: list[tuple[float, object]] = []
    for _ in range(runs):
        begun = time.perf_counter()
        made = work()
        found.append((round((time.perf_counter() - begun) * 1000), made))
    return min(found, key=lambda pair: pair[0])


def measure(count: int) -> dict[str, float]:
    """The figures of one timeline."""
    from django.test import Client

    from coe import documents, editing
    from coe.models import TimelineEvent
    from tests import make
    from tests.make import MONDAY

    coe, alice = make.coe(), make.alice()
    TimelineEvent.objects.bulk_create(
        TimelineEvent(coe=coe, at=MONDAY + place * LENGTH / count, text=f"Line {place}: replica lag above 40 s")
        for place in range(count - RUNS)  # there is room for those that are added
    )
    client = Client()
    client.force_login(alice)
    url = f"/coes/{coe.pk}/"
    part_ms, part = best(lambda: client.get(f"{url}edit/parts/timeline/"))
    editor_ms, _ = best(lambda: client.get(f"{url}edit/"))
    reader_ms, reader = best(lambda: client.get(url))
    add_ms, _ = best(lambda: editing.add_event(coe, MONDAY, "One more", by=alice, now=MONDAY))
    found = {
        "part_ms": part_ms,
        "part_bytes": len(part.content),
        "editor_ms": editor_ms,
        "reader_ms": reader_ms,
        "reader_bytes": len(reader.content),
        "add_ms": add_ms,
        "snapshot_bytes": len(json.dumps(documents.content_of(coe))),
    }
    if os.environ.get("PDF"):
        found["pdf_ms"], answer = best(lambda: client.get(f"{url}pdf/"), 1)
        found["pdf_status"] = answer.status_code
    return found


if __name__ == "__main__":
    main()

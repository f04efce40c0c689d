"""How long schedules take: a year of four layers as their screen needs it, and who is on call now.

What it measures: `oncall/shifts.py` alone, without rows, in one process. What it does not: reading the definition from
the database. The year is 52 weeks from 1 January 2026 in New York, so both clock changes are in it; the rotations began
15 years before. Each year figure is everything a schedule's timeline shows: the row of each of the four layers and the
final schedule of each role, with 26 overrides. All figures are medians.

    python benchmarks/shifts.py
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time as clock
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from oncall import shifts, times

START = datetime(2026, 1, 1, tzinfo=UTC)
WEEKS = 52
END = START + timedelta(weeks=WEEKS)
ROLES = ("primary", "primary", "secondary", "manager")
PEOPLE = (((1,), (2,), (), (3,)), ((4,), (5,)), ((6,), (7,), (8,)), ((9,),))
TEAMS = 5_000
ZONES = ("America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "UTC")


def schedule(kind: str, zone: str = ZONES[0], overrides: int = 26) -> shifts.Definition:
    """Four layers of one kind; the first has holes through which the second is seen."""
    layers = tuple(
        shifts.Layer(
            id=number,
            kind=kind,
            role=role,
            hand_over_at=time(9),
            starts_on=date(2011, 1, 3),
            zone=zone,
            slots=people,
        )
        for number, (role, people) in enumerate(zip(ROLES, PEOPLE, strict=True))
    )
    spans = [START + timedelta(days=14 * number, hours=12) for number in range(overrides)]
    covers = (shifts.Override(people=(10,), starts_at=at, ends_at=at + timedelta(hours=18)) for at in spans)
    return shifts.Definition(layers=layers, overrides=tuple(covers))


def everything(definition: shifts.Definition) -> int:
    """The rows and final schedules of a timeline; returns how many shifts there are."""
    rows = [shifts.layer_shifts(layer, START, END) for layer in definition.layers]
    final = [shifts.between(definition, START, END, role) for role in sorted(set(ROLES))]
    return sum(map(len, [*rows, *final]))


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """The median duration of some work, in milliseconds, after one round to warm up."""
    work()
    durations = []
    for _ in range(rounds):
        begun = clock.perf_counter()
        work()
        durations.append((clock.perf_counter() - begun) * 1000)
    return statistics.median(durations)


def main() -> None:
    times.zone_names()
    figures: dict[str, float] = {}
    for kind in ("daily", "weekly"):
        definition = schedule(kind)
        figures[f"year_4_layers_{kind}_ms"] = round(median_ms(lambda d=definition: everything(d), 50), 2)
        print(f"{kind}: {everything(definition)} shifts in {figures[f'year_4_layers_{kind}_ms']} ms")
    figures["year_4_layers_ms"] = max(figures.values())

    moments = random.Random(6)
    now = START + timedelta(minutes=moments.randrange(WEEKS * 7 * 24 * 60))
    definition = schedule("weekly")
    figures["on_call_now_us"] = round(median_ms(lambda: shifts.on_call_at(definition, now), 2_000) * 1000, 1)
    figures["current_shift_us"] = round(median_ms(lambda: shifts.current_shift(definition, now), 500) * 1000, 1)
    teams = [schedule("weekly", ZONES[number % len(ZONES)], overrides=2) for number in range(TEAMS)]
    figures["on_call_now_5000_teams_ms"] = round(
        median_ms(lambda: [shifts.on_call_at(team, now) for team in teams], 5), 1
    )
    print(json.dumps({"name": "shifts", "figures": figures}))


if __name__ == "__main__":
    main()

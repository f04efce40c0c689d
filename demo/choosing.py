"""What people of the demonstration chose for others to read, and who read it: collections, months, readings.

What was chosen stands in `data/collections.yaml`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from coe.models import COE, Collection, CollectionEntry, Reading, Revision
from demo.organisation import Organisation
from oncall.models import User

FILE = Path(__file__).parent / "data" / "collections.yaml"


def make(made: Organisation) -> None:
    """The collections, the months, and the readings that go with them."""
    plan = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for one in plan["collections"]:
        _collect(made, one)
    for one in plan["months"]:
        _choose(made, one)
    first = plan["collections"][0]["entries"][: plan["read_by_alice"]]
    _readings(made, {_coe(title).pk for title, _ in first})


def _coe(title: str) -> COE:
    return COE.objects.published().get(title__startswith=title, source="")


def _collect(made: Organisation, plan: dict[str, Any]) -> None:
    at, owner = made.now - timedelta(days=21), made.people[plan["owner"]]
    team = made.teams[plan["team"]] if plan["team"] else None
    facts = {"name": plan["name"], "description": plan["description"], "team": team}
    collection = Collection.objects.create(**facts, owner=owner, made_at=at)
    CollectionEntry.objects.bulk_create(
        CollectionEntry(collection=collection, coe=_coe(title), position=place, note=why, added_by=owner, added_at=at)
        for place, (title, why) in enumerate(plan["entries"])
    )


def _choose(made: Organisation, plan: dict[str, Any]) -> None:
    """Chosen on the second day of the month after it."""
    first, after = _month(made.now, plan["back"]), _month(made.now, plan["back"] - 1)
    at = min(made.now, datetime(after.year, after.month, 2, 10, 20, tzinfo=made.now.tzinfo))
    by = made.people[plan["by"]]
    chosen = Collection.objects.create(name=f"COE of {first:%B %Y}", month=first, owner=by, made_at=at)
    CollectionEntry.objects.create(
        collection=chosen, coe=_coe(plan["title"]), note=plan["why"], added_by=by, added_at=at
    )


def _month(now: datetime, back: int) -> date:
    """The first day of the month so many months ago."""
    number = now.year * 12 + now.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _readings(made: Organisation, read_by_alice: set[int]) -> None:
    """Every COE that was written here, read by some people in the days after its publication; some thanked for it."""
    alice = made.people["Alice Moreau"]
    people = [person for person in made.people.values() if person.is_active and person != alice]
    published = COE.objects.published().filter(source="", audience=COE.Audience.ORGANISATION).order_by("published_at")
    rows: list[Reading] = []
    for turn, coe in enumerate(published):
        revision = coe.revisions.publications().get()
        readers = [one for one in people[turn % 4 :: 4 + turn % 3] if one != coe.owner]
        readers += [alice] if coe.pk in read_by_alice else []
        rows.extend(_reading(made, coe, revision, reader, place) for place, reader in enumerate(readers))
    Reading.objects.bulk_create(rows)


def _reading(made: Organisation, coe: COE, revision: Revision, reader: User, place: int) -> Reading:
    assert coe.published_at
    at = min(coe.published_at + timedelta(hours=3 + 7 * place), made.now - timedelta(hours=1))
    thanked_at = at + timedelta(minutes=12) if place % 5 == 0 else None
    return Reading(coe=coe, user=reader, revision=revision, first_at=at, last_at=at, thanked_at=thanked_at)

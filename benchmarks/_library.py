"""A library of generated COEs as rows: published, a few of them restricted, announced in the change table.

What it decides: how a generated text becomes a COE with its revision. Rows are written in bulk past the verbs: a
hundred thousand reviews would take an hour and measure nothing. Needs a Django that is set up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils.html import escape

from benchmarks._corpus import SERVICES, TEAMS, Text
from coe.models import COE, Revision, SearchChange
from coe.template import BUILT_IN
from oncall.models import Service, Team, User

BATCH = 1_000
RESTRICTED_EVERY = 50  # one COE of so many is for its owner and team only


def make(texts: Iterable[Text]) -> tuple[User, int]:
    """Write teams, services and COEs; returns a reader who may see what is open, and how many COEs there are."""
    owner = User.objects.create_user("owner@example.com", name="Owner")
    reader = User.objects.create_user("reader@example.com", name="Reader")
    teams = Team.objects.bulk_create(Team(name=f"Team {n}", slug=f"team-{n}") for n in range(TEAMS))
    services = Service.objects.bulk_create(
        Service(name=f"service-{n}", slug=f"service-{n}", team=teams[n % TEAMS]) for n in range(SERVICES)
    )
    made = sum(_write(batch, owner, teams, services) for batch in _batches(iter(texts)))
    return reader, made


def _batches(texts: Iterator[Text]) -> Iterator[list[Text]]:
    while batch := list(islice(texts, BATCH)):
        yield batch


def _write(texts: list[Text], owner: User, teams: list[Team], services: list[Service]) -> int:
    coes = COE.objects.bulk_create(_coe(text, owner, teams) for text in texts)
    through = COE.services.through
    through.objects.bulk_create(
        through(coe=coe, service=services[number])
        for coe, text in zip(coes, texts, strict=True)
        for number in text.services
    )
    Revision.objects.bulk_create(_revision(coe, text, owner) for coe, text in zip(coes, texts, strict=True))
    SearchChange.objects.bulk_create(SearchChange(coe_id=coe.pk) for coe in coes)
    return len(coes)


def _coe(text: Text, owner: User, teams: list[Team]) -> COE:
    is_restricted = text.number % RESTRICTED_EVERY == 0
    return COE(
        title=text.title,
        team=teams[text.team],
        owner=owner,
        severity=text.severity,
        audience=COE.Audience.RESTRICTED if is_restricted else COE.Audience.ORGANISATION,
        restricted_because="security" if is_restricted else "",
        state=COE.State.PUBLISHED,
        created_at=text.published_at,
        moved_at=text.published_at,
        published_at=text.published_at,
    )


def _revision(coe: COE, text: Text, owner: User) -> Revision:
    """The text as two sections; plain paragraphs, so that their HTML needs no rendering."""
    said = {"summary": text.summary, "impact": text.body}
    content = {
        "shape": 1,
        "title": text.title,
        "sections": {key: said.get(key, "") for key in BUILT_IN.forms},
        "timeline": [],
        "causes": [{"text": "", "kind": kind, "children": []} for kind in text.cause_kinds],
        "actions": [],
    }
    html = {
        key: "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in words.split("\n\n"))
        for key, words in said.items()
    }
    return Revision(
        coe=coe, number=1, reason="published", made_by=owner, made_at=text.published_at, content=content, html=html
    )

"""The published COE that a page about an incident may name: has this, or something very like it, happened before?

It decides which COEs count as alike, and what of them is said. Only those for the whole organisation are looked at,
because a page is read by whoever is on call. A weak likeness at three in the morning costs more than none: named is
what came of the same alert, had the same name, or is of the same service and alike in words.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from coe import searching
from coe.models import COE, Revision
from coe.rendering import first_paragraph
from oncall.models import Alert, Incident
from oncall.payloads import cut
from oncall.recalling import PATIENCE, Precedent

# COEs of the same service that are looked at, the newest; hits of the search, the best.
MOST_OF_SERVICE, MOST_HITS = 40, 3
MOST_ALERTS = 20
# The share of the words of the incident's title that an alike COE has in its title and summary.
SHARE = 0.6
FEWEST_WORDS = 2
LONGEST = 180
FIRST_LETTERS = 2_000
# A title of fewer words ("Disk full") names nothing in particular outside of its own service.
NAMING = 3
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"])")
NUMBERS = re.compile(r"\d+")


@dataclass(slots=True)
class _Pool:
    """The COEs that are looked at, with what is known of their incidents."""

    of_service: list[int]
    hits: list[int]

    @property
    def ids(self) -> list[int]:
        """Each once: hits of the search first, then the newest."""
        return list(dict.fromkeys([*self.hits, *self.of_service]))


def precedent_of(incident: Incident) -> Precedent | None:
    """The best COE that is surely about something like this incident. At most seven queries and one search.

    Each query has its own limit of time; between them it gives up when all of it has taken as long as that.
    """
    until = time.monotonic() + PATIENCE / 1000
    pool = _pool(incident)
    for reason, find in (("the same alert", _of_same_alerts), ("an incident of the same name", _of_same_name)):
        if not pool.ids or time.monotonic() > until:
            return None
        if ids := find(incident, pool):
            return _told(ids[0], reason)
    return _alike(incident, [pk for pk in pool.hits if pk in pool.of_service])


def precedents_of(incident: Incident, limit: int) -> list[Precedent]:
    """Everything that is surely alike, the surest first, each with the reason: for whoever writes about an incident.

    As `precedent_of`, without its haste. Only COEs that the whole organisation reads.
    """
    pool = _pool(incident)
    reasons: dict[int, str] = {}
    for reason, find in (("the same alert", _of_same_alerts), ("an incident of the same name", _of_same_name)):
        for pk in find(incident, pool) if pool.ids else ():
            reasons.setdefault(pk, reason)
    sure = [_precedent(revision, reasons[revision.coe_id]) for revision in _publications(list(reasons)[:limit])]
    others = [pk for pk in pool.hits if pk in pool.of_service and pk not in reasons]
    return [*sure, *_all_alike(incident, others)][:limit]


def _readable() -> QuerySet[COE]:
    """What everybody may read as the database says it now; the index may be a moment behind."""
    return COE.objects.published().filter(audience=COE.Audience.ORGANISATION)


def _pool(incident: Incident) -> _Pool:
    about = Q(pk__in=COE.services.through.objects.filter(service=incident.service_id).values("coe"))
    about |= Q(pk__in=COE.incidents.through.objects.filter(incident__service=incident.service_id).values("coe"))
    newest = _readable().filter(about).exclude(incidents=incident.pk).order_by("-published_at", "-pk")
    of_service = list(newest.values_list("pk", flat=True)[:MOST_OF_SERVICE])
    found = searching.alike(f"{incident.title} {incident.service.name}", MOST_HITS)
    readable = set(_readable().exclude(incidents=incident.pk).filter(pk__in=found).values_list("pk", flat=True))
    return _Pool(of_service, [pk for pk in found if pk in readable])


def _of_same_alerts(incident: Incident, pool: _Pool) -> list[int]:
    """Those about an incident that one of the same alerts belonged to."""
    mine = list(incident.alerts.values_list("integration", "dedup_key")[:MOST_ALERTS])
    if not mine:
        return []
    same = Q()
    for integration, key in mine:
        same |= Q(integration=integration, dedup_key=key)
    theirs = Alert.objects.filter(same, incident__coes__in=pool.ids).exclude(incident=incident.pk)
    known = set(theirs.values_list("incident__coes", flat=True))
    return [pk for pk in pool.ids if pk in known]


def _of_same_name(incident: Incident, pool: _Pool) -> list[int]:
    """Those about an incident with this title, numbers aside; of other services only if the title says something."""
    name = _name(incident.title)
    rows = Incident.objects.filter(coes__in=pool.ids).exclude(pk=incident.pk).values_list("coes", "title", "service")
    is_telling = len(name.split()) >= NAMING
    known = {
        pk for pk, title, service in rows if _name(title) == name and (is_telling or service == incident.service_id)
    }
    return [pk for pk in pool.ids if pk in known]


def _alike(incident: Incident, ids: Sequence[int]) -> Precedent | None:
    """The first of the search's hits, of the same service, that has most of the title's words."""
    return next(_all_alike(incident, ids), None)


def _all_alike(incident: Incident, ids: Sequence[int]) -> Iterator[Precedent]:
    wanted = _telling(incident.title)
    if len(wanted) < FEWEST_WORDS:
        return
    for revision in _publications(ids):
        content = revision.content
        text = f"{content['title']} {_beginning(content, 'summary')}"
        if len(wanted & _telling(text)) >= max(SHARE * len(wanted), FEWEST_WORDS):
            yield _precedent(revision, "the same service, and alike in words")


def _telling(text: str) -> set[str]:
    """The words by which two texts are compared: "eu", "7" and "v2" say where and which, not what."""
    return {stem for stem in searching.stems(text) if len(stem) > 2 and not stem.isdigit()}


def _publications(ids: Sequence[int]) -> list[Revision]:
    """The newest publication of each, in this order."""
    newest = Revision.objects.publications().filter(coe__in=ids).order_by("coe_id", "-number").distinct("coe_id")
    found = {revision.coe_id: revision for revision in newest}
    return [found[pk] for pk in ids if pk in found]


def _told(pk: int, reason: str) -> Precedent | None:
    publications = _publications([pk])
    return _precedent(publications[0], reason) if publications else None


def _precedent(revision: Revision, reason: str) -> Precedent:
    content, pk = revision.content, revision.coe_id
    return Precedent(f"COE-{pk}", content["title"], f"/coes/{pk}/", mitigation_in(content), reason)


def mitigation_in(content: dict[str, Any]) -> str:
    """What ended the impact, in one sentence: of its section, else of the line that is the anchor; empty without."""
    written = _beginning(content, "mitigation")
    return cut(SENTENCE.split(written.strip())[0] or _anchor(content["timeline"]), LONGEST)


def _beginning(content: dict[str, Any], key: str) -> str:
    """The first paragraph of a section; long ones take their time to be read as Markdown."""
    return first_paragraph(content["sections"].get(key, "")[:FIRST_LETTERS])


def _anchor(lines: Iterable[dict[str, Any]]) -> str:
    """A bare "Mitigated" says nothing."""
    texts = (line["text"].strip() for line in lines if line["anchor"] == "mitigated")
    return next((text for text in texts if len(text.split()) > 1), "")


def _name(title: str) -> str:
    return " ".join(NUMBERS.sub("", title).casefold().split())

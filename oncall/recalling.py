"""What is remembered of incidents like this one: the best precedent that any source knows.

Sources register when the program starts; this app knows none of them by name. No page waits for a memory: whatever
fails, or takes longer than `PATIENCE`, is left out. How alike two incidents are is decided by the source.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from oncall.models import Incident

logger = logging.getLogger(__name__)

# Milliseconds that each question of a source to the database may take.
PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Precedent:
    """A document about an incident like this one; everybody in the organisation may read it.

    `mitigation` is a sentence that says what ended it then (empty when nobody wrote it), `reason` why it is recalled.
    """

    number: str
    title: str
    url: str
    mitigation: str
    reason: str


Source = Callable[[Incident], Precedent | None]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Ask this source from now on; registered twice, it is asked once. The first that knows something is heard."""
    if source not in _sources:
        _sources.append(source)


def best_precedent(incident: Incident) -> Precedent | None:
    """What is remembered, from the first source that is sure; None when none is, also when one fails or is slow."""
    for source in _sources:
        if found := _in_time(source, incident):
            return found
    return None


def _in_time(source: Source, incident: Incident) -> Precedent | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            found = source(incident)
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except Exception:  # a page without a memory is worth more than one that comes late
        logger.exception("recalling.failed incident=%s", incident.pk)
        return None
    return found

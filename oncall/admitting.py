"""Who may come in through an alert door, and what each visitor is told.

It decides by key and size, for any number of visitors in one look at the database, in the dialect of each. What the
message of one who was let in changes is decided by `oncall/receiving.py`. No door answers load or a missing database
with anything but 503: Alertmanager repeats nothing else.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import Error

from oncall import filing, receiving, sources
from oncall.models import Integration
from oncall.payloads import Answer, Headers, Malformed
from oncall.receiving import Delivery
from oncall.sealing import digest

logger = logging.getLogger(__name__)

# Written by hand: the same statement takes the ORM longer than everything else at a door.
KEYED = "SELECT * FROM oncall_integration WHERE key_digest = ANY(%s) AND is_enabled"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request at an alert door. `key` is the one in the address; a body that is too large is None.

    `remote` is the client's address, if it is known; `now` is in UTC.
    """

    dialect: sources.Dialect
    key: str
    body: bytes | None
    headers: Headers
    remote: str | None
    now: datetime


def answer(visits: Sequence[Visit], wake: Callable[[], None] | None = None) -> list[Answer]:
    """What each visitor is told, in their order; what is answered with success is committed. Never raises `Error`."""
    try:
        return _answer(visits, wake)
    except Error:
        logger.exception("admitting.database_away visits=%s", len(visits))
        return [visit.dialect.busy for visit in visits]


def _answer(visits: Sequence[Visit], wake: Callable[[], None] | None) -> list[Answer]:
    keys = [_key_of(visit) for visit in visits]
    integrations = integrations_of([key for key in keys if key])
    answers: list[Answer] = [visit.dialect.wrong_key for visit in visits]
    admitted: list[int] = []
    for position, (visit, key) in enumerate(zip(visits, keys, strict=True)):
        integration = integrations.get((key, visit.dialect.name))
        if visit.body is None:
            answers[position] = _too_large(visit, integration)
        elif not key:
            answers[position] = visit.dialect.refused(
                reasons_without_key(visit.dialect.parse, visit.body, visit.headers)
            )
        elif integration:
            admitted.append(position)
    deliveries = [
        _delivery(visits[position], integrations[keys[position], visits[position].dialect.name])
        for position in admitted
    ]
    for position, said in zip(admitted, receiving.receive_all(deliveries, wake), strict=True):
        answers[position] = said
    return answers


def _key_of(visit: Visit) -> str:
    if visit.dialect.key_in_body is None:
        return visit.key
    return visit.dialect.key_in_body(visit.body) if visit.body else ""


def integrations_of(keys: Sequence[str]) -> Mapping[tuple[str, str], Integration]:
    """The doors that these keys open, by key and dialect."""
    digests = {digest(key): key for key in keys}
    if not digests:
        return {}
    found = Integration.objects.raw(KEYED, [list(digests)])
    return {(digests[integration.key_digest], integration.dialect): integration for integration in found}


def _too_large(visit: Visit, integration: Integration | None) -> Answer:
    """Leave a trace for the administrator: the sender may not repeat it, and its body is not kept."""
    if visit.dialect.key_in_body is None and integration is None:
        return visit.dialect.wrong_key
    if integration:
        filing.refuse(
            filing.Message(integration, visit.dialect.name, b"", filing.kept(visit.headers), visit.remote, visit.now),
            ["The body was larger than 512 KB and was not read."],
        )
    return visit.dialect.too_large


def _delivery(visit: Visit, integration: Integration) -> Delivery:
    return Delivery(integration, visit.dialect, visit.body or b"", visit.headers, visit.remote, visit.now)


def reasons_without_key(parse: Callable[[bytes, Headers], object], body: bytes, headers: Headers) -> list[str]:
    """Everything that is wrong with a body that carries no key."""
    try:
        parse(body, headers)
    except Malformed as refusal:
        return refusal.reasons
    return ["'routing_key' is missing or blank"]

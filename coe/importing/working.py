"""Working on imports: the rows are the queue, a lease is the promise to settle one file.

A tick may run twice, late or in parallel. A file is settled in one transaction, with the COE it became: whoever dies
over it leaves nothing but a lease that lapses. Two files of the same title are never made at the same moment.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Q

from coe.importing import bringing, illustrating, reporting
from coe.importing.making import Made, make
from coe.importing.proposing import Proposal, propose
from coe.interchange.files import File
from coe.models import Import, ImportFile
from oncall.exceptions import Conflict, NotAllowed

logger = logging.getLogger(__name__)

# How long one file may take, all its pictures included, before somebody else takes it.
LEASE = timedelta(seconds=120)
MOST_TRIES = 3
BROKEN = "It could not be imported; the log of the server says why."
# What pg_advisory_xact_lock locks together with a title; any number that nobody else uses.
LOCK = 40_190
READING = Q(brought__state=Import.State.READING, state=ImportFile.State.NEW)
IMPORTING = Q(brought__state=Import.State.IMPORTING)


def tick(now: datetime, seconds: float = 20) -> int:
    """Settle files until none is left or the time is over; returns how many."""
    bringing.clean(now)
    return work(now, seconds)


def work(now: datetime, seconds: float = 20, brought: Import | None = None) -> int:
    """The files of one import, or of all, as far as the time goes."""
    clock, began, count = _clock(now), monotonic(), 0
    give_up(now)
    while monotonic() - began < seconds and (leased := lease(clock(), brought)):
        _settle(leased, clock())
        count += 1
    return count


def _clock(now: datetime) -> Callable[[], datetime]:
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)


def lease(now: datetime, brought: Import | None = None) -> ImportFile | None:
    """Take the next file that nobody has, of the oldest import first."""
    found = ImportFile.objects.free(now).filter(READING | IMPORTING, tries__lt=MOST_TRIES)
    if brought is not None:
        found = found.filter(brought=brought)
    with transaction.atomic():
        row = found.order_by("brought__made_at", "brought", "position").select_for_update(
            skip_locked=True, of=("self",)
        )
        file = row.first()
        if file is not None:
            file.leased_until, file.tries = now + LEASE, F("tries") + 1
            file.save(update_fields=["leased_until", "tries"])
    return file


def _settle(leased: ImportFile, now: datetime) -> None:
    """Read it, or make its COE. What nobody foresaw is logged; the file is tried again when its lease lapses."""
    brought = leased.brought
    try:
        if brought.state == Import.State.READING:
            _read(leased, brought)
        else:
            _import(leased, brought, now)
    # Whatever a file brings about: nothing of it is kept, the others go on, and after MOST_TRIES `give_up` tells of it.
    except Exception:
        logger.exception("coe.import_failed file=%s", leased.pk)
        return
    finish(brought, now)


def _held(leased: ImportFile) -> ImportFile | None:
    """The file, locked, as long as it is still ours and still waits; nothing once the import was cancelled."""
    rows = ImportFile.objects.select_for_update(of=("self",)).filter(pk=leased.pk, leased_until=leased.leased_until)
    return rows.filter(state__in=ImportFile.WAITING, brought__state__in=Import.RUNNING).first()


def _read(leased: ImportFile, brought: Import) -> None:
    with transaction.atomic():
        if file := _held(leased):
            proposal = _proposal(file, brought, dict.fromkeys(file.pictures.values_list("path", flat=True), b""))
            _note(file, proposal)
            if not proposal.problem:
                file.state, file.coe, file.tries = ImportFile.State.READ, proposal.duplicate, 0
            _save(file)


def _import(leased: ImportFile, brought: Import, now: datetime) -> None:
    pictures, left = illustrating.encoded({one.path: bytes(one.data) for one in leased.pictures.all()})
    with transaction.atomic():
        file = _held(leased)
        if file is None:
            return
        proposal = _proposal(file, brought, {})
        if not proposal.problem:
            _one_of_a_title(proposal)
            proposal = _proposal(file, brought, {})
        proposal.pictures = pictures
        _note(file, proposal)
        if not proposal.problem:
            _become(file, brought, proposal, left, now)
        file.text = ""
        file.pictures.all().delete()
        _save(file)


def _one_of_a_title(proposal: Proposal) -> None:
    """Wait for whoever makes one of the same title, so that the second sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, proposal.content["title"].strip()])


def _proposal(file: ImportFile, brought: Import, pictures: dict[str, bytes]) -> Proposal:
    read = File(file.name, file.text, file.problem, pictures)
    return propose([read], brought.by, brought.zone, brought.source)[0]


def _note(file: ImportFile, proposal: Proposal) -> None:
    if proposal.problem:
        file.state, file.problem = ImportFile.State.REFUSED, proposal.problem[:500]
    else:
        file.title, file.report = proposal.content["title"].strip()[:300], reporting.report_of(proposal)


def _become(file: ImportFile, brought: Import, proposal: Proposal, left: list[str], now: datetime) -> None:
    if proposal.duplicate and not brought.is_repeated:
        file.state, file.coe = ImportFile.State.KNOWN, proposal.duplicate
        file.report = reporting.settled(file.report, [])
        return
    try:
        made = _made(brought, proposal, now)
    except (ValidationError, NotAllowed) as error:
        words = error.messages[0] if isinstance(error, ValidationError) else str(error)
        file.state, file.problem, file.coe = ImportFile.State.REFUSED, words[:500], None
        return
    file.state, file.coe = ImportFile.State.MADE, made.coe
    file.report = reporting.settled(file.report, [*left, *made.remarks])


def _made(brought: Import, proposal: Proposal, now: datetime) -> Made:
    """In a transaction of its own inside: one that is refused leaves nothing."""
    whose: dict[str, Any] = {"team": brought.team, "owner": brought.by, "by": brought.by}
    with transaction.atomic():
        return make(proposal, **whose, now=now, publish=brought.is_published, source=brought.through)


def _save(file: ImportFile) -> None:
    file.leased_until = None
    file.save(update_fields=["state", "title", "problem", "report", "coe", "text", "leased_until", "tries"])


def finish(brought: Import, now: datetime) -> None:
    """When no file waits any more, the import goes on to its next state; somebody else may have been faster.

    Where nothing could be read there is nothing to say yes to: it is over.
    """
    waiting = [ImportFile.State.NEW] if brought.state == Import.State.READING else ImportFile.WAITING
    if brought.files.filter(state__in=waiting).exists():
        return
    try:
        with transaction.atomic():
            if brought.state == Import.State.READING and brought.files.filter(state=ImportFile.State.READ).exists():
                brought.finish_reading(now)
            else:
                brought.finish(now)
                bringing.forget(brought)
    except Conflict:
        brought.refresh_from_db()


def give_up(now: datetime) -> None:
    """Files over which so many workers died are told, so that the others come to an end."""
    lost = ImportFile.objects.free(now).filter(READING | IMPORTING, tries__gte=MOST_TRIES)
    for file in lost.select_related("brought"):
        kept = ImportFile.objects.free(now).filter(pk=file.pk)
        if kept.update(state=ImportFile.State.REFUSED, problem=BROKEN, text="", leased_until=None):
            finish(file.brought, now)
    # Whoever settled the last file may have died before it could say so.
    for brought in Import.objects.running():
        finish(brought, now)

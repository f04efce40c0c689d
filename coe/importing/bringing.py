"""Bringing files in: the rows of an import, beginning it, and ending it. What becomes of each is `working.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coe.importing.making import may_import
from coe.interchange.files import File
from coe.models import Import, ImportFile, ImportPicture
from coe.permissions import require
from oncall.models import Team, User

# Of one person at a time: what is brought lies in the database until it is settled.
MOST_OPEN = 5
# What nobody has said yes to goes after so long; reports of what was imported stay longer.
UNCONFIRMED, REPORTS = timedelta(days=1), timedelta(days=30)


def bring(
    files: Iterable[File],
    *,
    team: Team,
    by: User,
    now: datetime,
    zone: str = "UTC",
    source: str = "",
    through: str = "screen",
) -> Import:
    """Keep the files, to be read by the tick. Raises NotAllowed, and ValidationError with too many imports open."""
    require(may_import(by, team), f"Only members of {team} and administrators import COEs for it.")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if Import.objects.filter(by=by, state__in=Import.OPEN).count() >= MOST_OPEN:
            raise ValidationError(f"{MOST_OPEN} of your imports are open. Finish or cancel one of them first.")
        facts = {"zone": zone, "source": source, "through": through}
        brought = Import.objects.create(team=team, by=by, made_at=now, moved_at=now, **facts)
        for position, file in enumerate(files):
            _keep(brought, position, file)
    return brought


def _keep(brought: Import, position: int, file: File) -> None:
    state = ImportFile.State.REFUSED if file.problem else ImportFile.State.NEW
    facts = {"name": file.name, "text": file.text, "problem": file.problem[:500], "state": state}
    row = ImportFile.objects.create(brought=brought, position=position, **facts)
    ImportPicture.objects.bulk_create(
        ImportPicture(file=row, path=path, data=data) for path, data in file.pictures.items()
    )


def begin(brought: Import, *, by: User, now: datetime, is_published: bool = False, is_repeated: bool = False) -> None:
    """Make COEs of the files, by the tick. Raises NotAllowed, and Conflict unless they have been read."""
    require(brought.by_id == by.pk, "Only whoever brought the files imports them.")
    require(not is_published or by.is_administrator, "Only administrators import COEs as published.")
    with transaction.atomic():
        brought.begin(now)
        brought.is_published, brought.is_repeated = is_published, is_repeated
        brought.save(update_fields=["is_published", "is_repeated"])


def bring_and_begin(
    files: Iterable[File],
    *,
    by: User,
    now: datetime,
    is_published: bool = False,
    is_repeated: bool = False,
    **facts: Any,
) -> Import:
    """Keep the files and import them without showing first what was understood. Raises as both do."""
    require(not is_published or by.is_administrator, "Only administrators import COEs as published.")
    with transaction.atomic():
        brought = bring(files, by=by, now=now, **facts)
        brought.finish_reading(now)
        begin(brought, by=by, now=now, is_published=is_published, is_repeated=is_repeated)
    return brought


def cancel(brought: Import, now: datetime) -> None:
    """Make no more of them; what was made stays, and what was brought goes. Raises Conflict when it is over."""
    with transaction.atomic():
        brought.cancel(now)
        forget(brought)


def forget(brought: Import) -> None:
    """Texts and pictures that nobody needs any more; the report stays."""
    ImportPicture.objects.filter(file__brought=brought).delete()
    brought.files.exclude(text="").update(text="")


def clean(now: datetime) -> None:
    """Imports that nobody said yes to, and old reports."""
    Import.objects.filter(state=Import.State.READ, moved_at__lt=now - UNCONFIRMED).delete()
    Import.objects.filter(state__in=[Import.State.DONE, Import.State.CANCELLED], moved_at__lt=now - REPORTS).delete()

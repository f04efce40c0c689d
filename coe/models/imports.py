"""Imports: files that came in at once, and what became of each. The rows are the queue of `coe/importing/`."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models, transaction
from django.db.models import F, Q

from coe.models.coes import COE
from oncall.exceptions import Conflict
from oncall.models import Team, User


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: User) -> Self:
        """Whoever brought the files, and administrators: what is not imported yet is nobody else's to read."""
        if not user.is_active:
            return self.none()
        return self if user.is_administrator else self.filter(by=user)

    def running(self) -> Self:
        """What the tick works on."""
        return self.filter(state__in=Import.RUNNING)


class Import(models.Model):
    """Files of one upload: read, shown to whoever brought them, then made into COEs one by one."""

    class State(models.TextChoices):
        READING = "reading", "Reading"
        READ = "read", "Waiting for you"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    # Every legal move; anything absent is refused.
    MOVES = {
        State.READING: {State.READ, State.DONE, State.CANCELLED},
        State.READ: {State.IMPORTING, State.CANCELLED},
        State.IMPORTING: {State.DONE, State.CANCELLED},
        State.DONE: set(),
        State.CANCELLED: set(),
    }
    RUNNING = (State.READING, State.IMPORTING)
    OPEN = (State.READING, State.READ, State.IMPORTING)

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="imports")
    # Who brought the files, and owns what is made of them.
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="imports")
    # Of times that name no zone.
    zone = models.CharField(max_length=64, default="UTC")
    # Where the files come from that say nothing of it, and their licence.
    source = models.CharField(max_length=300, blank=True)
    is_published = models.BooleanField(default=False)
    # Also what is here already.
    is_repeated = models.BooleanField(default=False)
    # "screen", "api" or "command".
    through = models.CharField(max_length=10, default="screen")
    state = models.CharField(max_length=9, choices=State, default=State.READING)
    made_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [
            # coe.importing.working, several times a minute.
            models.Index(fields=["made_at"], condition=Q(state__in=["reading", "importing"]), name="imports_to_work_on")
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/coes/imports/{self.pk}/"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    def finish_reading(self, at: datetime) -> None:
        self._move(self.State.READ, at)

    def begin(self, at: datetime) -> None:
        """Make COEs of what was shown."""
        self._move(self.State.IMPORTING, at)

    def finish(self, at: datetime) -> None:
        self._move(self.State.DONE, at)

    def cancel(self, at: datetime) -> None:
        """Make no more; what was made stays."""
        self._move(self.State.CANCELLED, at)

    def _move(self, to: State, at: datetime) -> None:
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Import.objects.select_for_update())
            if to not in self.MOVES[self.State(self.state)]:
                raise Conflict(f"This import is “{self.get_state_display().lower()}”.")
            self.state, self.moved_at = to, at
            self.save(update_fields=["state", "moved_at"])


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def free(self, now: datetime) -> Self:
        """Waiting, and in nobody's hands."""
        return self.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now), state__in=ImportFile.WAITING)


class ImportFile(models.Model):
    """One file: its text until it is settled, what was understood of it, and what it became."""

    class State(models.TextChoices):
        NEW = "new", "Waiting"
        READ = "read", "Read"
        MADE = "made", "Imported"
        KNOWN = "known", "Here already"
        REFUSED = "refused", "Not imported"

    WAITING = (State.NEW, State.READ)

    brought = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    # Emptied when the file is settled.
    text = models.TextField(blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.NEW)
    title = models.CharField(max_length=300, blank=True)
    # Why it was not imported.
    problem = models.CharField(max_length=500, blank=True)
    # What was understood: `coe.importing.reporting.report_of`.
    report = models.JSONField(default=dict, blank=True)
    # What it became, or what is here already.
    coe = models.ForeignKey(COE, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        ordering = ["brought", "position"]
        constraints = [models.UniqueConstraint(fields=["brought", "position"], name="one_file_per_place_in_an_import")]
        indexes = [
            # coe.importing.working: the next file.
            models.Index(F("brought"), F("position"), condition=Q(state__in=["new", "read"]), name="files_to_import")
        ]

    def __str__(self) -> str:
        return self.name


class ImportPicture(models.Model):
    """A picture that came beside a file, as it was brought; encoded anew when the COE is made, and then removed."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="pictures")
    # As the text names it, seen from its file: "pictures/graph.png".
    path = models.CharField(max_length=300)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "path"], name="one_picture_per_path_of_a_file")]

    def __str__(self) -> str:
        return self.path

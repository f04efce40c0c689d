"""Action items: corrections with one owner, a due date, a priority and a test of their effect.

When a reminder goes out is decided by `coe/reminding.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from coe.models.causes import Cause
from coe.models.coes import COE
from coe.models.letters import Letter
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, Team, User


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user: User) -> Self:
        """As visible as their COE; an owner always sees the own ones.

        What only the draft of a re-issue adds is for those who write or review that.
        """
        mine = Q(is_proposed=False) | Q(coe__in=COE.objects.in_hands_of(user).values("pk"))
        return self.filter(Q(coe__in=COE.objects.visible_to(user)) & mine | Q(owner=user, is_proposed=False))

    def promised(self) -> Self:
        """Of published COEs: what is in a draft, or only in the draft of a re-issue, is not promised yet."""
        return self.filter(coe__published_at__isnull=False, is_proposed=False)

    def open(self) -> Self:
        return self.filter(state__in=[ActionItem.State.OPEN, ActionItem.State.INEFFECTIVE])

    def overdue(self, today: date) -> Self:
        return self.open().filter(due_on__lt=today)

    def shown(self) -> Self:
        return self.select_related("coe__team", "owner", "team")


class ActionItem(models.Model):
    """A correction."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        VERIFIED = "verified", "Verified"
        INEFFECTIVE = "ineffective", "Ineffective"
        DROPPED = "dropped", "Dropped"

    class Priority(models.TextChoices):
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    class Kind(models.TextChoices):
        PREVENT = "prevent", "Prevent"
        DETECT = "detect", "Detect"
        MITIGATE = "mitigate", "Mitigate"
        PROCESS = "process", "Process"

    # Every legal move; anything absent is refused.
    MOVES = {
        State.OPEN: {State.DONE, State.DROPPED},
        State.DONE: {State.VERIFIED, State.INEFFECTIVE, State.OPEN},
        State.VERIFIED: {State.INEFFECTIVE},
        State.INEFFECTIVE: {State.DONE, State.DROPPED},
        State.DROPPED: {State.OPEN},
    }
    # Default time to the due date in days.
    DAYS = {Priority.HIGH: 30, Priority.MEDIUM: 60, Priority.LOW: 90}

    coe = models.ForeignKey(COE, on_delete=models.CASCADE, related_name="actions")
    # What it corrects.
    corrects = models.ManyToManyField(Cause, blank=True, related_name="actions")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=300)
    exit_test = models.TextField(blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="action_items")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="action_items")
    due_on = models.DateField(null=True, blank=True)
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.MEDIUM)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PREVENT)
    tracker_url = models.URLField(max_length=500, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    # Written in the draft of a re-issue: promised once that is published.
    is_proposed = models.BooleanField(default=False, db_default=False)
    evidence = models.TextField(blank=True)
    # Raised by every save of the draft; a save names the one it started from.
    edits = models.PositiveIntegerField(default=0, db_default=0)
    moved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            # coe.reminding, once a minute; the lists of one's own and of overdue items.
            models.Index(
                fields=["due_on"], condition=Q(state__in=["open", "ineffective"]), name="open_actions_by_due_date"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/actions/{self.pk}/"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.OPEN, self.State.INEFFECTIVE}

    @property
    def is_promised(self) -> bool:
        """Whether people count on it already."""
        return self.coe.is_published and not self.is_proposed

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more, as far as its owner says."""
        return not self.is_open

    def finish(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        """The owner says it is done. That is a claim until it is verified."""
        at = at or timezone.now()
        self._move(self.State.DONE, by, at, source, done_at=at)

    def verify(self, by: User, evidence: str, at: datetime | None = None, source: str = "screen") -> None:
        """The exit test was passed, and this is the evidence."""
        at = at or timezone.now()
        self._move(self.State.VERIFIED, by, at, source, evidence=evidence, verified_at=at)

    def find_ineffective(self, by: User, evidence: str, at: datetime | None = None, source: str = "screen") -> None:
        """It was done and did not help: open again."""
        self._move(self.State.INEFFECTIVE, by, at or timezone.now(), source, evidence=evidence, verified_at=None)

    def reopen(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        self._move(self.State.OPEN, by, at or timezone.now(), source, done_at=None)

    def drop(self, by: User, evidence: str, at: datetime | None = None, source: str = "screen") -> None:
        """It will not be done, for this reason."""
        self._move(self.State.DROPPED, by, at or timezone.now(), source, evidence=evidence)

    def _move(self, to: State, by: User | None, at: datetime, source: str, **stamps: object) -> None:
        """Lock, judge, stamp, save, and write the audit row: all or nothing."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=ActionItem.objects.select_for_update(of=("self",)))
            if to not in self.MOVES[self.State(self.state)]:
                raise Conflict(self._refusal(to))
            before, self.state, self.moved_by, self.moved_at = self.state, to, by, at
            for field, value in stamps.items():
                setattr(self, field, value)
            self.save(update_fields=["state", "moved_by", "moved_at", *stamps])
            AuditEntry.objects.write(self, to.value, actor=by, at=at, source=source, before=before, after=to.value)

    def _refusal(self, to: State) -> str:
        who = f" by {self.moved_by.name}" if self.moved_by else ""
        state, wish = self.State(self.state).label.lower(), self.State(to).label.lower()
        return (
            f"This action item cannot become “{wish}”: it is “{state}” since {self.moved_at:%Y-%m-%d %H:%M} UTC{who}."
        )


class Reminder(Letter):
    """That a person was to be reminded of an action item on one day; sent once, whoever's tick sends it."""

    action = models.ForeignKey(ActionItem, on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # The day in the person's own zone.
    day = models.DateField()

    class Meta(Letter.Meta):
        constraints = [models.UniqueConstraint(fields=["action", "user", "day"], name="one_reminder_a_day")]
        indexes = [
            # coe.reminding: what is made but not sent.
            models.Index(fields=["made_at"], condition=Q(sent_at__isnull=True), name="reminders_to_send")
        ]

    def __str__(self) -> str:
        return f"reminder of {self.action} on {self.day}"

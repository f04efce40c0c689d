"""Incidents: what a person is paged for and works on, and every move an incident may make.

Who is paged next is decided by `oncall/paging.py`; this module only says *when* something is owed (`page_after`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from oncall.exceptions import Conflict
from oncall.models.contacts import NotificationRule
from oncall.models.escalation import PolicyVersion
from oncall.models.people import Team, User
from oncall.models.services import Environment, Service
from oncall.times import spoken


class Severity(models.IntegerChoices):
    SEV1 = 1, "SEV 1"
    SEV2 = 2, "SEV 2"
    SEV3 = 3, "SEV 3"
    SEV4 = 4, "SEV 4"
    SEV5 = 5, "SEV 5"


# The least severe incident that wakes anybody; SEV 4 and 5 never page.
LOWEST_PAGING = Severity.SEV3
# The least severe incident that is told by the rules for high urgency, quiet hours or not.
LOWEST_URGENT = Severity.SEV2
# How long whoever it was reassigned to has to take it before the escalation policy goes on.
REASSIGNED = timedelta(minutes=5)


def current_version(service: Service) -> PolicyVersion | None:
    """The version of its escalation policy that an incident of this service keeps; None when it follows none."""
    policy = service.escalation_policy
    return policy.current if policy else None


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def open(self) -> Self:
        return self.exclude(state=Incident.State.RESOLVED)

    def snoozed_out(self, now: datetime) -> Self:
        """Snoozed until a time that has come."""
        return self.filter(snoozed_until__lte=now).order_by("snoozed_until")

    def real(self) -> Self:
        """Without drills: what statistics count."""
        return self.filter(is_practice=False)

    def of_teams(self, teams: models.QuerySet[Team]) -> Self:
        return self.filter(service__team__in=teams)

    def due(self, now: datetime) -> Self:
        """Whose next page is owed, first pages before second ones."""
        return self.filter(state=Incident.State.TRIGGERED, page_after__lte=now).order_by("pages_made", "page_after")

    def shown(self) -> Self:
        """With everything a listing shows, in one query."""
        return self.select_related("service__team", "acknowledged_by", "environment")


class Incident(models.Model):
    """Something broke. Triggered → acknowledged → mitigated → resolved, and back to triggered."""

    class State(models.TextChoices):
        TRIGGERED = "triggered", "Triggered"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        MITIGATED = "mitigated", "Mitigated"
        RESOLVED = "resolved", "Resolved"

    # Every legal move; anything absent is refused.
    MOVES = {
        State.TRIGGERED: {State.ACKNOWLEDGED, State.MITIGATED, State.RESOLVED},
        State.ACKNOWLEDGED: {State.TRIGGERED, State.MITIGATED, State.RESOLVED},
        State.MITIGATED: {State.TRIGGERED, State.RESOLVED},
        State.RESOLVED: {State.TRIGGERED},
    }

    title = models.CharField(max_length=500)
    summary = models.TextField(blank=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents")
    environment = models.ForeignKey(Environment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity, default=Severity.SEV3)
    declared_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.TRIGGERED)
    # Who made the last move, for the sentence a late second click gets.
    moved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)
    acknowledged_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="acknowledged_incidents"
    )
    impact_started_at = models.DateTimeField()
    detected_at = models.DateTimeField()
    triggered_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    # When the next page is owed. NULL while nothing is owed; NULL where a page is owed is a failure (invariant 2).
    page_after = models.DateTimeField(null=True, blank=True)
    # Where the walk through the escalation policy stands.
    cycle = models.PositiveSmallIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=0)
    step = models.PositiveSmallIntegerField(default=0)
    pages_made = models.PositiveIntegerField(default=0)
    exhausted_at = models.DateTimeField(null=True, blank=True)
    # The policy as it was when the incident was triggered, or as a manager re-routed it.
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="incidents"
    )
    # How often a last resort took over from a policy at its end.
    resorts = models.PositiveSmallIntegerField(default=0, db_default=0)
    # How many people must acknowledge: the most that a step paged in this cycle wants.
    acknowledgements_wanted = models.PositiveSmallIntegerField(default=1, db_default=1)
    # Taken, but nobody works on it before this time; then it is triggered again.
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # Somebody escalated by hand: maintenance and mutes keep nobody from being paged.
    ignores_holds = models.BooleanField(default=False, db_default=False)
    # A drill: pages for real, counts nowhere.
    is_practice = models.BooleanField(default=False, db_default=False)
    # When suspects are ranked again; evidence of the first minutes is worth waiting for.
    rank_after = models.DateTimeField(null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-triggered_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(severity__range=(1, 5)), name="severity_from_one_to_five"),
            models.CheckConstraint(
                condition=Q(page_after__isnull=True) | Q(state="triggered"), name="only_triggered_incidents_page"
            ),
        ]
        indexes = [
            # oncall.paging.open_due, every second.
            models.Index(fields=["page_after"], condition=Q(page_after__isnull=False), name="incidents_due"),
            # oncall.responding.wake_snoozed, every second.
            models.Index(fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="incidents_snoozed"),
            # oncall.suspecting.rank_due.
            models.Index(fields=["rank_after"], condition=Q(rank_after__isnull=False), name="incidents_to_rank"),
            # The listing of incidents, and the auditor's question for triggered ones.
            models.Index("state", models.F("triggered_at").desc(), name="incidents_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return f"/incidents/{self.pk}/"

    @property
    def number(self) -> str:
        return f"INC-{self.pk}"

    @property
    def pages_people(self) -> bool:
        """Whether this severity wakes anybody."""
        return self.severity <= LOWEST_PAGING

    @property
    def urgency(self) -> str:
        """By which of a person's notification rules they are told."""
        urgency = NotificationRule.Urgency
        return urgency.HIGH if self.severity <= LOWEST_URGENT else urgency.LOW

    @property
    def answered_by(self) -> set[int]:
        """Ids of the people who have acknowledged it since it was triggered."""
        return set(self.responders.answered_since(self.triggered_at).values_list("user_id", flat=True))

    def acknowledge(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """Take the incident. Paging stops because nothing is due any more, unless more people are wanted.

        Whoever was asked for by name may still say that they come when somebody else has taken it.
        """
        at = at or timezone.now()
        with transaction.atomic():
            self._lock()
            if by is not None and self._answer(by, at, source):
                return
            self._move(self.State.ACKNOWLEDGED, by, at, source, acknowledged_at=at, acknowledged_by=by, page_after=None)

    def snooze(self, until: datetime, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """Take the incident and leave it until a time; then it is triggered again, from the first step."""
        at = at or timezone.now()
        with transaction.atomic():
            self._lock()
            if self.state not in {self.State.TRIGGERED, self.State.ACKNOWLEDGED}:
                raise Conflict(_refusal(self, "snoozed"))
            if until <= at:
                raise Conflict("A snooze ends later than now.")
            self._set(
                state=self.State.ACKNOWLEDGED,
                moved_by=by,
                moved_at=at,
                acknowledged_at=at,
                acknowledged_by=by,
                page_after=None,
                snoozed_until=until,
            )
            stop_asking(self, by, answered_at=at)
            text = f"Snoozed for {spoken(until - at)}"
            self.timeline.write("snoozed", text, at=at, actor=by, source=source)

    def mitigate(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """The customer's pain is over; the work is not."""
        at = at or timezone.now()
        self._move(self.State.MITIGATED, by, at, source, mitigated_at=at, page_after=None)

    def resolve(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """Over. What was never said to be mitigated is mitigated now."""
        at = at or timezone.now()
        self._move(self.State.RESOLVED, by, at, source, resolved_at=at, page_after=None)

    def trigger_again(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """It is back, or whoever took it gave it back: paging starts from the first step.

        When a person says so, neither maintenance nor a mute keeps it back.
        """
        self._move(self.State.TRIGGERED, by, at or timezone.now(), source, ignores_holds=by is not None)

    def escalate(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """Page the next step now, whoever has taken it; after the last one everybody is paged again from the first."""
        at = at or timezone.now()
        with transaction.atomic():
            self._lock()
            if self.state not in {self.State.TRIGGERED, self.State.ACKNOWLEDGED}:
                raise Conflict(_refusal(self, "escalated"))
            if not self.pages_people:
                raise Conflict(f"{self.number} cannot be escalated: SEV {self.severity} pages nobody. Raise it first.")
            walk = first_step(self) if self.exhausted_at else {}
            self._set(
                state=self.State.TRIGGERED,
                moved_by=by,
                moved_at=at,
                acknowledged_by=None,
                acknowledged_at=None,
                page_after=at,
                snoozed_until=None,
                ignores_holds=True,
                **walk,
            )
            stop_asking(self, by)
            self.timeline.write("escalated", "Escalated to the next step", at=at, actor=by, source=source)

    def note(self, text: str, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """Write down what was seen or done."""
        self.timeline.write("note", text, at=at or timezone.now(), actor=by, source=source)

    def change_severity(
        self, severity: int, by: User | None, at: datetime | None = None, source: str = "screen"
    ) -> None:
        """Set the severity. A worse one pages whom it should, ends a snooze and, by a person's hand, any hold."""
        at = at or timezone.now()
        with transaction.atomic():
            self._lock()
            before, self.severity = self.severity, severity
            if before == severity:
                return
            self._set(severity=severity, **_pages_of_severity(self, before, at), **_released(self, before, by, at))
            text = f"Severity changed from SEV {before} to SEV {severity}"
            self.timeline.write("severity", text, at=at, actor=by, source=source)
            if self.snoozed_until and self.pages_people and severity < before:
                self._move(self.State.TRIGGERED, by, at, source)

    def _set(self, **fields: object) -> None:
        for field, value in fields.items():
            setattr(self, field, value)
        self.save(update_fields=list(fields))

    def _lock(self) -> None:
        self.refresh_from_db(from_queryset=Incident.objects.select_for_update())

    def _answer(self, by: User, at: datetime, source: str) -> bool:
        """Note that this person comes; True when that is all, because more are wanted or somebody else has taken it."""
        asked = self.responders.filter(user=by, answered_at=None).exists()
        if self.state != self.State.TRIGGERED and not (asked and self.state != self.State.RESOLVED):
            return False
        self.responders.update_or_create(
            user=by,
            defaults={"answered_at": at, "page_after": None},
            create_defaults={"added_at": at, "answered_at": at},
        )
        missing = self.acknowledgements_wanted - len(self.answered_by)
        if self.state == self.State.TRIGGERED and missing <= 0:
            return False
        more = f"; {missing} more wanted" if self.state == self.State.TRIGGERED else ""
        self.timeline.write("responder", f"{by} is on it{more}", at=at, actor=by, source=source)
        return True

    def _move(self, to: State, by: User | None, at: datetime, source: str, **stamps: object) -> None:
        """Lock, judge, stamp, save, and write the timeline: all or nothing."""
        with transaction.atomic():
            self._lock()
            if to not in self.MOVES[self.State(self.state)]:
                raise Conflict(_refusal(self, self.State(to).label.lower()))
            if to == self.State.TRIGGERED:
                stamps |= _fresh_walk(self, at)
                self.responders.filter(added_by=None).delete()
                self.responders.update(answered_at=None)
            if to == self.State.RESOLVED:
                stamps["mitigated_at"] = self.mitigated_at or at
            self._set(state=to, moved_by=by, moved_at=at, snoozed_until=None, **stamps)
            stop_asking(self, by, **({} if to == self.State.TRIGGERED else {"answered_at": at}))
            self.timeline.write(
                to.value,
                "Triggered again" if to == self.State.TRIGGERED else self.State(to).label,
                at=at,
                actor=by,
                source=source,
            )


def _pages_of_severity(incident: Incident, before: int, at: datetime) -> dict[str, object]:
    """What the new severity does to paging: one that wakes nobody ends it, a worse one begins or takes it up.

    One that became urgent begins again when somebody would be told later, in the morning after their quiet hours.
    """
    if not incident.pages_people:
        return {"page_after": None}
    if incident.state != incident.State.TRIGGERED or incident.severity > before:
        return {}
    if incident.exhausted_at:
        return {"page_after": at, **first_step(incident)}
    if before > LOWEST_PAGING:
        return {"page_after": at}
    if before > LOWEST_URGENT >= incident.severity and _somebody_waits(incident, at):
        return {"page_after": at, "cycle": incident.cycle + 1, "round": 0, "step": 0}
    return {}


def _released(incident: Incident, before: int, by: User | None, at: datetime) -> dict[str, object]:
    """What a person made worse before its first page is paged now, whatever holds it."""
    is_waiting = incident.pages_made == 0 and incident.page_after is not None and incident.page_after > at
    if by is None or incident.severity > before or not incident.pages_people or not is_waiting:
        return {}
    return {"page_after": at, "ignores_holds": True}


def _somebody_waits(incident: Incident, at: datetime) -> bool:
    """Whether the policy has paged somebody in this cycle who is told later, and not by anything before."""
    pages = incident.pages.filter(cycle=incident.cycle, user__isnull=False, responder=None)
    begun = pages.filter(attempts__send_after__lte=at)
    return pages.filter(attempts__state="pending").exclude(pk__in=begun.values("pk")).exists()


def stop_asking(incident: Incident, by: User | None, **facts: object) -> None:
    """Whoever was asked for by name and has done something about it is not paged for it any more."""
    incident.responders.filter(user=by, page_after__isnull=False).update(page_after=None, **facts)


def first_step(incident: Incident) -> dict[str, object]:
    """What changes when the escalation policy begins anew, in a cycle of its own."""
    return {
        "cycle": incident.cycle + 1,
        "round": 0,
        "step": 0,
        "pages_made": 0,
        "resorts": 0,
        "acknowledgements_wanted": 1,
        "exhausted_at": None,
        "policy_version": current_version(incident.service),
    }


def _fresh_walk(incident: Incident, at: datetime) -> dict[str, object]:
    return {
        "triggered_at": at,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "mitigated_at": None,
        "resolved_at": None,
        "page_after": at if incident.pages_people else None,
        **first_step(incident),
    }


def _refusal(incident: Incident, wish: str) -> str:
    """Why not, who was faster, and when."""
    who = f" by {incident.moved_by}" if incident.moved_by else ""
    state = incident.State(incident.state).label.lower()
    when = f"{incident.moved_at:%H:%M:%S} UTC on {incident.moved_at.day} {incident.moved_at:%B %Y}"
    return f"{incident.number} cannot be {wish}: it was {state}{who} at {when}."

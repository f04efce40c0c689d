"""The COE, its header and every move it may make.

What a move needs (approvals, a complete text) is judged by `coe/reviewing.py` and `coe/publishing.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Self

from django.db import models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone

from coe.models.templates import TemplateVersion
from coe.template import BUILT_IN, Form
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, Incident, Service, Team, User
from oncall.models.incidents import Severity
from oncall.models.people import Membership, validate_zone


class COEQuerySet(models.QuerySet["COE"]):
    def visible_to(self, user: User) -> Self:
        """Everybody reads what is for the organisation; a restricted COE only those it names.

        Those are its owner, its readers, the members of its reader teams, its reviewers (not who handed the review on
        or was let off), the managers of its team, and administrators.
        """
        if not user.is_active:
            return self.none()
        if user.is_administrator:
            return self
        managed = Team.objects.filter(memberships__user=user, memberships__role=Membership.Role.MANAGER)
        # One subquery instead of joins: a join over readers and reviews would repeat rows.
        named = COE.objects.filter(
            Q(owner=user)
            | Q(readers=user)
            | Q(reader_teams__in=Team.objects.of(user))
            | Q(reviews__reviewer=user, reviews__verdict__in=["", "approved", "changes_requested"])
            | Q(team__in=managed)
        ).values("pk")
        return self.filter(Q(audience=COE.Audience.ORGANISATION) | Q(pk__in=named))

    def draft_visible_to(self, user: User) -> Self:
        """Those of which this person may read what is not published: all they may read, until it is published.

        While a published one is written anew, its draft is for those in whose hands it is; and what was said of a
        re-issue that was given up, until the next publication.
        """
        given_up = Exists(COE.objects.filter(pk=OuterRef("pk")).given_up())
        is_alone = Q(published_at__isnull=True) | (Q(state__in=COE.FINISHED) & ~given_up)
        return self.visible_to(user).filter(is_alone | Q(pk__in=COE.objects.in_hands_of(user).values("pk")))

    def in_hands_of(self, user: User) -> Self:
        """What this person writes or reviews: owner, members of its team, reviewers, administrators.

        Not reviewers who handed the review on or were let off.
        """
        if user.is_administrator:
            return self
        reviewing = Q(reviews__reviewer=user, reviews__verdict__in=["", "approved", "changes_requested"])
        return self.filter(Q(owner=user) | Q(team__memberships__user=user) | reviewing)

    def given_up(self) -> Self:
        """Those whose newest revisions are of a re-issue that was given up."""
        published = Max("revisions__number", filter=Q(revisions__reason="published"))
        kept = self.filter(state__in=COE.FINISHED).annotate(newest=Max("revisions__number"), newest_published=published)
        return kept.filter(newest__gt=F("newest_published"))

    def known_to(self, user: User) -> Self:
        """With `is_in_hands`: whether this person writes or reviews it."""
        return self.annotate(is_in_hands=Exists(COE.objects.in_hands_of(user).filter(pk=OuterRef("pk"))))

    def about(self, incident_id: int, user: User) -> Self:
        """Those about an incident, as far as this person may know.

        What the draft of a re-issue adds is known to those in whose hands it is.
        """
        drafted = Q(draft_header__incidents=incident_id, pk__in=COE.objects.in_hands_of(user).values("pk"))
        known = COE.objects.filter(Q(incidents=incident_id) | drafted).values("pk")
        return self.visible_to(user).filter(pk__in=known)

    def for_everybody(self) -> Self:
        """What the whole organisation may read: rooms are told of nothing else."""
        return self.filter(audience=COE.Audience.ORGANISATION)

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def unfinished(self) -> Self:
        return self.exclude(state__in=[COE.State.PUBLISHED, COE.State.CLOSED])

    def shown(self) -> Self:
        """With everything a listing shows, in two queries."""
        return self.select_related("team", "owner").prefetch_related("services")


class Tag(models.Model):
    """A word that COEs are found by, in small letters."""

    name = models.SlugField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class COE(models.Model):
    """A Correction of Errors: what happened, why, and what will be corrected.

    Its header is what readers know. While a re-issue is written, what the draft says there instead is a `DraftHeader`:
    whoever writes or reviews asks `header`, whoever lists, filters and tells asks the COE.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"
        CLOSED = "closed", "Closed"

    class Audience(models.TextChoices):
        ORGANISATION = "organisation", "Whole organisation"
        RESTRICTED = "restricted", "Restricted"

    # Every legal move; anything absent is refused.
    MOVES = {
        State.DRAFT: {State.IN_REVIEW},
        State.IN_REVIEW: {State.CHANGES_REQUESTED, State.APPROVED, State.DRAFT},
        State.CHANGES_REQUESTED: {State.IN_REVIEW},
        State.APPROVED: {State.PUBLISHED, State.CHANGES_REQUESTED},
        # A re-issue is written as a draft beside what is published, which stays readable until then.
        State.PUBLISHED: {State.CLOSED, State.DRAFT},
        State.CLOSED: {State.PUBLISHED, State.DRAFT},
    }
    # In every other state what is published is being written anew, or it never was published.
    FINISHED = {State.PUBLISHED, State.CLOSED}
    EDITABLE = {State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED}

    title = models.CharField(max_length=300)
    # Of re-issues begun before `DraftHeader` was there: the title that readers know. Empty otherwise.
    published_title = models.CharField(max_length=300, blank=True, db_default="", default="")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="coes")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_coes")
    severity = models.PositiveSmallIntegerField(choices=Severity, default=Severity.SEV3)
    incidents = models.ManyToManyField(Incident, blank=True, related_name="coes")
    services = models.ManyToManyField(Service, blank=True, related_name="coes")
    # The version it was started with; None is the built-in form.
    template = models.ForeignKey(TemplateVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="coes")
    # The name that this version had before templates were rows.
    template_version = models.CharField(max_length=20, default="2026-1")
    tags = models.ManyToManyField(Tag, blank=True, related_name="coes")
    zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.ORGANISATION)
    restricted_because = models.CharField(max_length=300, blank=True)
    # When somebody has to judge again whether the restriction still holds.
    reconsider_on = models.DateField(null=True, blank=True)
    readers = models.ManyToManyField(User, blank=True, related_name="readable_coes")
    # Whoever is a member when they ask reads it; teams below do not count.
    reader_teams = models.ManyToManyField(Team, blank=True, related_name="readable_coes")
    restricted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Why there is nothing to correct; otherwise a review needs an action item.
    no_actions_because = models.CharField(max_length=300, blank=True)
    # Where an imported COE comes from, and its licence when it is not ours.
    source = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=18, choices=State, default=State.DRAFT)
    moved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)
    impact_started_at = models.DateTimeField(null=True, blank=True)
    impact_ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    # Raised by every change of the draft: whoever saves says which one was read.
    edits = models.PositiveIntegerField(default=0)
    # The same for the header alone.
    header_edits = models.PositiveIntegerField(default=0, db_default=0)

    objects = COEQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "COE"
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="organisation") | ~Q(restricted_because=""), name="a_restriction_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "closed"]) | Q(published_at__isnull=False),
                name="what_is_published_says_when",
            ),
        ]
        indexes = [
            # The library.
            models.Index(
                models.F("published_at").desc(), condition=Q(published_at__isnull=False), name="newest_published_coes"
            ),
            # coe.reconsidering, once a minute.
            models.Index(
                fields=["reconsider_on"],
                condition=Q(reconsider_on__isnull=False),
                name="restrictions_to_reconsider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.public_title}"

    def get_absolute_url(self) -> str:
        return f"/coes/{self.pk}/"

    @property
    def number(self) -> str:
        return f"COE-{self.pk}"

    @property
    def public_title(self) -> str:
        """The title for everybody but those who write: of the last publication, else of the draft."""
        return self.published_title or self.title

    @property
    def header(self) -> COE | DraftHeader:
        """Who holds the facts of the draft's header, but for owner and audience."""
        if self.published_at is None or self.state in (self.State.PUBLISHED, self.State.CLOSED):
            return self
        return getattr(self, "draft_header", None) or self

    @property
    def public_state(self) -> str:
        """The state for everybody but those who write: what is published is, also while a re-issue is written."""
        return self.State.PUBLISHED if self.is_reissuing else self.state

    @property
    def is_restricted(self) -> bool:
        return self.audience == self.Audience.RESTRICTED

    def is_to_reconsider(self, today: date) -> bool:
        """Whether somebody has to judge now if it is still restricted."""
        return self.is_restricted and (self.reconsider_on is None or self.reconsider_on <= today)

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_reissuing(self) -> bool:
        """Whether its rows say what is written anew and not what is published."""
        return self.is_published and self.state not in self.FINISHED

    @cached_property
    def form(self) -> Form:
        """The template it was started with; text that it does not ask for any more stands at the end."""
        if self.template is None:
            return BUILT_IN
        return self.template.form.with_leftovers(self.sections.values_list("key", flat=True), self.template.headings)

    def submit(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        """Ask for review."""
        self._move(self.State.IN_REVIEW, by, at or timezone.now(), source)

    def withdraw(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        """Take the COE back from review."""
        self._move(self.State.DRAFT, by, at or timezone.now(), source)

    def request_changes(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        self._move(self.State.CHANGES_REQUESTED, by, at or timezone.now(), source)

    def approve(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        self._move(self.State.APPROVED, by, at or timezone.now(), source)

    def publish(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        at = at or timezone.now()
        self._move(self.State.PUBLISHED, by, at, source, published_at=self.published_at or at, published_title="")

    def close(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """Every correction is verified."""
        self._move(self.State.CLOSED, by, at or timezone.now(), source)

    def reopen(self, by: User | None, at: datetime | None = None, source: str = "screen") -> None:
        """A correction that was verified did not help after all; the date of publication stays."""
        self._move(self.State.PUBLISHED, by, at or timezone.now(), source)

    def lock_for_edit(self) -> None:
        """Hold the row until the transaction ends; raises Conflict when the text may not change any more."""
        self.refresh_from_db(from_queryset=COE.objects.select_for_update())
        self.demand_editable()

    def demand_editable(self) -> None:
        """Raises Conflict when the text may not change any more, as far as this object knows."""
        if not self.is_editable:
            raise Conflict(self._refusal("edited"))

    def lock_in_state(self, state: State, wish: str) -> None:
        """Hold the row until the transaction ends; raises Conflict ("COE-7 cannot be WISH: …") in any other state."""
        self.refresh_from_db(from_queryset=COE.objects.select_for_update())
        if self.state != state:
            raise Conflict(self._refusal(wish))

    def reissue(self, by: User, at: datetime | None = None, source: str = "screen") -> None:
        """Write what is published anew; readers keep what is published until then."""
        self._move(self.State.DRAFT, by, at or timezone.now(), source)

    def lock_for_giving_up(self) -> None:
        """Hold the row until the transaction ends; raises Conflict unless a re-issue is being written."""
        self.refresh_from_db(from_queryset=COE.objects.select_for_update())
        if not self.is_reissuing:
            raise Conflict(f"{self.number} cannot be given up: no re-issue of it is being written.")

    def give_up(self, by: User, at: datetime, source: str = "screen", detail: str = "") -> None:
        """Leave it as it is published, whatever state the draft of its re-issue is in."""
        with transaction.atomic():
            self.lock_for_giving_up()
            before = self._stamp(self.State.PUBLISHED, by, at, published_title="")
            facts = {"before": before, "after": self.state, "detail": detail}
            AuditEntry.objects.write(self, "gave_up", actor=by, at=at, source=source, **facts)

    def _move(self, to: State, by: User | None, at: datetime, source: str, **stamps: object) -> None:
        """Lock, judge, stamp, save, and write the audit row: all or nothing."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=COE.objects.select_for_update())
            if to not in self.MOVES[self.State(self.state)]:
                raise Conflict(self._refusal(f"moved to “{self.State(to).label.lower()}”"))
            before = self._stamp(to, by, at, **stamps)
            AuditEntry.objects.write(self, to.value, actor=by, at=at, source=source, before=before, after=to.value)

    def _stamp(self, to: State, by: User | None, at: datetime, **stamps: object) -> str:
        """Save the state with who and when; returns the one before."""
        before, self.state, self.moved_by, self.moved_at = self.state, to, by, at
        for field, value in stamps.items():
            setattr(self, field, value)
        self.save(update_fields=["state", "moved_by", "moved_at", *stamps])
        return before

    def _refusal(self, wish: str) -> str:
        """Why not, who was faster, and when."""
        who = f" by {self.moved_by.name}" if self.moved_by else ""
        state = self.State(self.state).label.lower()
        return f"{self.number} cannot be {wish}: it is “{state}” since {self.moved_at:%Y-%m-%d %H:%M} UTC{who}."


class DraftHeader(models.Model):
    """What a re-issue's draft says in its header, beside what is published; gone with the publication."""

    # What it holds of a COE; and what of it are sets. Owner and audience are those of now.
    FACTS = ("title", "severity", "team", "zone", "impact_started_at", "impact_ended_at", "no_actions_because")
    SETS = ("services", "incidents", "tags")

    coe = models.OneToOneField(COE, on_delete=models.CASCADE, related_name="draft_header")
    title = models.CharField(max_length=300)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity)
    incidents = models.ManyToManyField(Incident, blank=True, related_name="+")
    services = models.ManyToManyField(Service, blank=True, related_name="+")
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    zone = models.CharField(max_length=64, validators=[validate_zone])
    no_actions_because = models.CharField(max_length=300, blank=True, default="", db_default="")
    impact_started_at = models.DateTimeField(null=True, blank=True)
    impact_ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.coe.number} {self.title}, not published yet"

    @classmethod
    def begin(cls, coe: COE) -> DraftHeader:
        """What is published, to be changed."""
        made, _ = cls.objects.get_or_create(coe=coe, defaults={fact: getattr(coe, fact) for fact in cls.FACTS})
        for name in cls.SETS:
            getattr(made, name).set(getattr(coe, name).all())
        return made

    def publish(self) -> None:
        """From now on readers know this one. Must run in a transaction that holds the row of the COE."""
        for fact in self.FACTS:
            setattr(self.coe, fact, getattr(self, fact))
        self.coe.save(update_fields=self.FACTS)
        for name in self.SETS:
            getattr(self.coe, name).set(getattr(self, name).all())
        self.delete()

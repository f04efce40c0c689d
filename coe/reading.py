"""What readers do with a published COE: read it, thank, ask, answer; and how far that has come.

Whether it applies to a team is `coe/applying.py`, what a team still has to read `coe/concerning.py`. A reading is
recorded when somebody says so or the published text stood before them; it is no check of anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from coe.models import COE, Applicability, Notice, Question, Reading, Revision
from coe.permissions import may_edit, require
from coe.telling import tell
from oncall.exceptions import Conflict
from oncall.models import Membership, Team, User

LONGEST = 5000
MOST_OPEN_QUESTIONS = 50


@dataclass(frozen=True, slots=True)
class Coverage:
    """One team that the lesson may concern: how many of its members read it, and its answer."""

    team: Team
    members: int
    readers: int
    answer: Applicability | None

    @property
    def is_read(self) -> bool:
        return self.readers > 0


def publication_of(coe: COE) -> Revision:
    """What readers read; raises Conflict for what was never published."""
    revision = coe.revisions.publications().defer("content", "html").first()
    if revision is None:
        raise Conflict(f"{coe.number} is not published yet.")
    return revision


def mark_read(coe: COE, user: User, now: datetime) -> Reading:
    """That this person read the newest publication; again is fine."""
    facts = {"revision": publication_of(coe), "last_at": now}
    reading, _ = Reading.objects.update_or_create(
        coe=coe, user=user, defaults=facts, create_defaults={**facts, "first_at": now}
    )
    return reading


def thank(coe: COE, user: User, now: datetime) -> Reading:
    """Thank those who wrote it, once; nobody thanks themselves."""
    require(coe.owner_id != user.pk, "Nobody thanks themselves.")
    reading = mark_read(coe, user, now)
    if reading.thanked_at is None:
        reading.thanked_at = now
        reading.save(update_fields=["thanked_at"])
    return reading


def ask(coe: COE, kind: str, text: str, by: User, now: datetime) -> Question:
    """Ask in public, or propose a correction; the owner is told. Raises ValidationError without words."""
    if kind not in Question.Kind.values:
        raise ValidationError({"kind": "Ask a question, or propose a correction."})
    with transaction.atomic():
        if coe.questions.filter(by=by, answer="").count() >= MOST_OPEN_QUESTIONS:
            raise ValidationError({"text": "So many of your questions are open; wait for an answer."})
        question = Question.objects.create(
            coe=coe, revision=publication_of(coe), kind=kind, text=_words(text, "text"), by=by, at=now
        )
        _tell_owner(question, by, now)
    return question


def answer(question: Question, text: str, by: User, now: datetime) -> None:
    """Answer in public; whoever asked is told. Raises NotAllowed, ValidationError, and Conflict when it is answered."""
    coe = question.coe
    require(may_edit(by, coe), f"Only the owner of {coe.number}, members of {coe.team} and administrators answer.")
    words = _words(text, "answer")
    with transaction.atomic():
        question = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
        if question.answer:
            raise Conflict("This question was answered meanwhile.")
        question.answer, question.answered_by, question.answered_at = words, by, now
        question.save(update_fields=["answer", "answered_by", "answered_at"])
        if question.by_id != by.pk:
            place = question.get_absolute_url()
            facts = {"key": f"answer-{question.pk}", "coe": coe, "detail": words, "path": place, "now": now}
            tell([question.by], Notice.Kind.ANSWER, **facts)  # type: ignore[arg-type]


def concerned_teams(coe: COE) -> QuerySet[Team]:
    """The teams that own an affected service or one that needs it, but not the team that wrote the COE."""
    services = coe.services.values("pk")
    owns = Q(services__in=services) | Q(services__needs__needs__in=services)
    return Team.objects.filter(owns).exclude(pk=coe.team_id).distinct().order_by("name")


def coverage_of(coe: COE) -> list[Coverage]:
    """Every concerned team with its readers and its answer; three queries."""
    teams = list(concerned_teams(coe))
    active = Q(memberships__user__is_active=True)
    read = active & Q(memberships__user__readings__coe=coe)
    counted = Team.objects.filter(pk__in=[team.pk for team in teams]).annotate(
        people=Count("memberships__user", filter=active, distinct=True),
        read=Count("memberships__user", filter=read, distinct=True),
    )
    counts = {team.pk: (team.people, team.read) for team in counted}
    answers = {one.team_id: one for one in coe.applicability.select_related("by", "action")}
    return [Coverage(team, *counts[team.pk], answers.get(team.pk)) for team in teams]


def _tell_owner(question: Question, by: User, now: datetime) -> None:
    """Tell the owner; when the owner has left, the managers of the team: a question is never put to nobody."""
    coe, detail = question.coe, f"{by.name}: {question.text}"
    managing = Membership.objects.filter(team=coe.team_id, role=Membership.Role.MANAGER)
    people = [coe.owner] if coe.owner.is_active else list(User.objects.filter(pk__in=managing.values("user")))
    told = [user for user in people if user.pk != by.pk]
    facts = {"key": f"question-{question.pk}", "coe": coe, "detail": detail, "path": question.get_absolute_url()}
    tell(told, Notice.Kind.QUESTION, now=now, **facts)  # type: ignore[arg-type]


def _words(text: str, field: str) -> str:
    words = text.replace("\x00", "").strip()
    if not words:
        raise ValidationError({field: "Write something."})
    if len(words) > LONGEST:
        raise ValidationError({field: f"At most {LONGEST} characters."})
    return words

"""A team's answer to "does this apply to us?": no; yes, with the action item that corrects it; not sure, which asks.

It decides what a yes needs and whom a doubt asks. Which teams a COE concerns is `coe/reading.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from coe import publishing, reading
from coe.models import COE, ActionItem, Applicability, Notice, Question
from coe.permissions import require
from coe.telling import tell
from oncall.models import AuditEntry, Team, User
from oncall.permissions import is_member

Answer = Applicability.Answer
LONGEST_NOTE = 500
USUAL = timedelta(days=ActionItem.DAYS[ActionItem.Priority.MEDIUM])


@dataclass(frozen=True, slots=True)
class Promise:
    """What a team will correct: who, until when, and how one will see that it works."""

    title: str
    owner: User
    due_on: date
    exit_test: str


def apply(
    coe: COE,
    team: Team,
    said: str,
    note: str,
    by: User,
    now: datetime,
    *,
    promise: Promise | None = None,
    action: ActionItem | None = None,
    source: str = "screen",
) -> Applicability:
    """Keep a team's answer. A yes promises an action item or names one of the team's; a doubt asks those who wrote it.

    Raises NotAllowed for whoever is not of the team, ValidationError for another answer or a yes without an action
    item, and Conflict when the COE is not published.
    """
    require(is_member(by, team), f"Only members of {team.name} say whether it applies to them.")
    if said not in Answer.values:
        raise ValidationError({"answer": "Say yes, no, or not sure."})
    with transaction.atomic():
        coe.refresh_from_db(from_queryset=COE.objects.select_for_update(of=("self",)).select_related("owner", "team"))
        reading.publication_of(coe)
        before = Applicability.objects.filter(coe=coe, team=team).select_related("action").first()
        kept = before.action if before and before.action and before.action.state != ActionItem.State.DROPPED else None
        if said == Answer.YES:
            kept = _correction(coe, team, promise, action or kept, by, now)
        note = note.replace("\x00", "").strip()[:LONGEST_NOTE]
        facts = {"answer": said, "note": note, "by": by, "at": now, "action": kept}
        made, _ = Applicability.objects.update_or_create(coe=coe, team=team, defaults=facts)
        was, detail = before.answer if before else "", f"{team.name}: {note}".removesuffix(": ")
        AuditEntry.objects.write(
            coe, "applies", actor=by, at=now, source=source, before=was, after=str(said), detail=detail
        )
        if said == Answer.UNSURE:
            _ask(coe, team, note, by, now)
        reading.mark_read(coe, by, now)
    return made


def linkable(team: Team, by: User) -> QuerySet[ActionItem]:
    """Open action items of the team that may stand for a yes: of COEs that everybody reads, the newest first."""
    mine = ActionItem.objects.visible_to(by).promised().open().filter(team=team)
    return mine.filter(coe__audience=COE.Audience.ORGANISATION).order_by("-pk")


def _correction(
    coe: COE, team: Team, promise: Promise | None, action: ActionItem | None, by: User, now: datetime
) -> ActionItem:
    """The action item that a yes names, or the one that it promises."""
    if promise is not None:
        return _promised(coe, team, promise, by, now)
    if action is None:
        raise ValidationError({"title": "A yes needs an action item: say what you will correct, or name one."})
    if action.coe_id != coe.pk and not linkable(team, by).filter(pk=action.pk).exists():
        raise ValidationError({"action": f"Name an open action item of {team.name}."})
    return action


def _promised(coe: COE, team: Team, promise: Promise, by: User, now: datetime) -> ActionItem:
    _judge(team, promise, by.local(now).date())
    action = ActionItem.objects.create(
        coe=coe,
        title=promise.title.strip()[:300],
        exit_test=promise.exit_test.strip(),
        team=team,
        owner=promise.owner,
        priority=ActionItem.Priority.MEDIUM,
        due_on=promise.due_on,
        position=coe.actions.count(),
        moved_by=by,
        moved_at=now,
    )
    # Search knows which COEs have open action items, and a closed one is open again.
    publishing.note_change(coe, now)
    if coe.state == COE.State.CLOSED:
        coe.reopen(by, now)
    if promise.owner.pk != by.pk:
        detail = f"{by.name} gave it to you for {team.name}: {action.title} It is due on {action.due_on}."
        facts = {"key": f"assigned-{action.pk}", "coe": coe, "detail": detail, "path": action.get_absolute_url()}
        tell([promise.owner], Notice.Kind.ASSIGNED, now=now, **facts)  # type: ignore[arg-type]
    return action


def _judge(team: Team, promise: Promise, today: date) -> None:
    problems = {}
    if not promise.title.strip():
        problems["title"] = "Say what you will correct."
    if not promise.exit_test.strip():
        problems["exit_test"] = "Say how one will see that it works: a test, an alarm, a drill."
    if not promise.owner.is_active or not is_member(promise.owner, team):
        problems["owner"] = f"{promise.owner.name} is not of {team.name}."
    if promise.due_on < today:
        problems["due_on"] = "Name a day that is not past."
    if problems:
        raise ValidationError(problems)


def _ask(coe: COE, team: Team, note: str, by: User, now: datetime) -> None:
    """A question in public, which the owner is told of and whose answer comes back; the same one is asked once."""
    text = f"{team.name} is not sure whether this applies to them. {note}".strip()
    if coe.questions.filter(by=by, text=text, answer="").exists():
        return
    try:
        reading.ask(coe, Question.Kind.QUESTION, text, by, now)
    except ValidationError as error:
        raise ValidationError({"note": error.messages}) from error

"""Comments on a COE: threads about a place or a passage, replies, and suggestions that an editor takes over in one
click.

Everybody who may see the COE comments while it is not published; what a suggestion writes is a save like any other
(`editing.save_section`). Where a passage is after edits is `coe/anchoring.py`, whom a comment names
`coe/mentioning.py`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import anchoring, editing
from coe.cowriting import drawing
from coe.mentioning import Mentions, mentioned
from coe.models import COE, Comment, Notice, Section, Thread
from coe.permissions import may_edit, require, require_edit
from coe.telling import tell
from oncall.exceptions import Conflict
from oncall.models import User

LONGEST, LONGEST_QUOTE = 10_000, 5_000
MOST_THREADS, MOST_COMMENTS = 500, 200
PARTS = {"header", "timeline", "causes", "actions", "graphs", "checklist"}
_ROW = re.compile(r"(event|cause|action|graph)-\d{1,18}")
# Letters about comments rest so long, so that ten comments are one mail.
REST = timedelta(minutes=4)
CLOSED = {COE.State.PUBLISHED, COE.State.CLOSED}


def may_comment(user: User, coe: COE) -> bool:
    """Everybody who may read the draft, until it is published."""
    return coe.state not in CLOSED and COE.objects.draft_visible_to(user).filter(pk=coe.pk).exists()


def may_resolve(user: User, thread: Thread) -> bool:
    """Whoever began it, and whoever may edit the COE."""
    return thread.started_by_id == user.pk or may_edit(user, thread.coe)


def start(
    coe: COE,
    place: str,
    text: str,
    *,
    by: User,
    now: datetime,
    quote: str = "",
    before: str = "",
    near: int = 0,
    suggestion: str | None = None,
) -> tuple[Thread, Mentions]:
    """Begin a thread about a place, or about a passage of a section; returns it and whom it names.

    `quote` is the passage as written or as rendered, `before` what stood before it. Raises NotAllowed, Conflict when
    the COE is published, ValidationError for words that cannot be or a passage that is not there.
    """
    with transaction.atomic():
        _open(coe, by)
        _judge_words(text, suggestion)
        wanted = _passage(coe, place, quote, before, near)
        if suggestion is not None and not wanted.quote:
            raise ValidationError({"suggestion": "Say which passage it would replace."})
        if coe.threads.count() >= MOST_THREADS:
            raise ValidationError(f"A COE holds at most {MOST_THREADS} threads.")
        thread = Thread.objects.create(
            coe=coe,
            place=place,
            quote=wanted.quote,
            prefix=wanted.prefix,
            suffix=wanted.suffix,
            start=wanted.start,
            started_by=by,
            started_at=now,
        )
        return thread, _say(thread, text, suggestion, by, now)


def reply(thread: Thread, text: str, *, by: User, now: datetime, suggestion: str | None = None) -> Mentions:
    """Answer in a thread; one that was resolved is open again. Raises as `start` does."""
    with transaction.atomic():
        _open(thread.coe, by)
        _judge_words(text, suggestion)
        if suggestion is not None and not thread.quote:
            raise ValidationError({"suggestion": "This thread is about no passage."})
        if thread.comments.count() >= MOST_COMMENTS:
            raise ValidationError(f"A thread holds at most {MOST_COMMENTS} comments. Begin another.")
        thread.resolved_by, thread.resolved_at = None, None
        thread.save(update_fields=["resolved_by", "resolved_at"])
        return _say(thread, text, suggestion, by, now)


def change(comment: Comment, text: str, *, by: User, now: datetime) -> Mentions:
    """Change the words of one's own comment; who is named anew is told. Raises as `start` does."""
    require(comment.by_id == by.pk, "Only whoever wrote a comment changes it.")
    with transaction.atomic():
        _open(comment.thread.coe, by)
        _judge_words(text, comment.suggestion)
        comment.text, comment.edited_at = text.strip(), now
        comment.save(update_fields=["text", "edited_at"])
        return _mention(comment, by, now)


def resolve(thread: Thread, *, by: User, now: datetime) -> None:
    """Nothing is left to say. Resolved already is fine."""
    require(may_resolve(by, thread), "Only whoever began a thread and the COE's editors resolve it.")
    thread.resolved_by, thread.resolved_at = by, now
    Thread.objects.filter(pk=thread.pk, resolved_at=None).update(resolved_by=by, resolved_at=now)


def reopen(thread: Thread, *, by: User) -> None:
    """Something is left to say."""
    with transaction.atomic():
        _open(thread.coe, by)
        require(may_resolve(by, thread), "Only whoever began a thread and the COE's editors reopen it.")
        thread.resolved_by, thread.resolved_at = None, None
        thread.save(update_fields=["resolved_by", "resolved_at"])


def accept(comment: Comment, *, by: User, now: datetime) -> Section:
    """Write a suggestion into its section and resolve the thread; returns the section.

    Whoever accepts has written it. Raises NotAllowed, and Conflict when the passage is not there exactly as it was.
    """
    thread, coe = comment.thread, comment.thread.coe
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        # What was typed up to now is what the passage is looked for in.
        drawing.draw(coe)
        comment = Comment.objects.select_for_update().get(pk=comment.pk)
        if comment.suggestion is None or comment.accepted_at:
            raise Conflict("This suggestion was taken over already." if comment.accepted_at else "It suggests nothing.")
        section = coe.sections.filter(key=thread.place).first()
        spot = spot_of(thread, section.text if section else "")
        if section is None or spot is None or not spot.is_sure:
            raise Conflict("The passage changed since this was suggested. Nothing was written: take it over by hand.")
        text = section.text[: spot.start] + comment.suggestion + section.text[spot.end :]
        saved = editing.save_section(coe, thread.place, text, section.edits, by=by, now=now)
        comment.accepted_by, comment.accepted_at = by, now
        comment.save(update_fields=["accepted_by", "accepted_at"])
        resolve(thread, by=by, now=now)
        if comment.by_id != by.pk:
            _tell([comment.by], thread, comment, f"{by.name} took over your suggestion.", now)
    return saved


def dismiss(comment: Comment, *, by: User, now: datetime) -> None:
    """Resolve the thread without writing what was suggested."""
    if comment.accepted_at:
        raise Conflict("This suggestion was taken over already.")
    resolve(comment.thread, by=by, now=now)


def spot_of(thread: Thread, text: str) -> anchoring.Spot | None:
    """Where the thread's passage is in its section now."""
    return anchoring.locate(text, anchoring.Passage(thread.quote, thread.prefix, thread.suffix, thread.start))


def _open(coe: COE, by: User) -> None:
    """Hold the COE; raises Conflict once it is published, NotAllowed for whoever may not see it."""
    coe.refresh_from_db(from_queryset=COE.objects.select_for_update())
    if coe.state in CLOSED:
        raise Conflict(f"{coe.number} is published: its threads are closed.")
    require(may_comment(by, coe), "Only who may read the COE comments on it.")


def _judge_words(text: str, suggestion: str | None) -> None:
    if not text.strip() and suggestion is None:
        raise ValidationError({"text": "Say something."})
    for name, words in (("text", text), ("suggestion", suggestion or "")):
        if len(words) > LONGEST or "\x00" in words:
            raise ValidationError({name: f"Write at most {LONGEST} characters, without NUL bytes."})


def _passage(coe: COE, place: str, quote: str, before: str, near: int) -> anchoring.Passage:
    if place not in PARTS and place not in coe.form.forms and not _ROW.fullmatch(place):
        raise ValidationError({"place": "There is no such place in this COE."})
    quote = quote.replace("\r\n", "\n").strip("\n")
    if not quote.strip() or place not in coe.form.forms:
        return anchoring.Passage("", "", "", 0)
    if len(quote) > LONGEST_QUOTE:
        raise ValidationError({"quote": f"Select at most {LONGEST_QUOTE} characters."})
    section = coe.sections.filter(key=place).first()
    span = anchoring.find(section.text if section else "", quote, before, near)
    if section is None or span is None:
        raise ValidationError({"quote": "This passage is not in the section as it reads now. Select it again."})
    return anchoring.passage(section.text, *span)


def _say(thread: Thread, text: str, suggestion: str | None, by: User, now: datetime) -> Mentions:
    given = suggestion if suggestion is None else suggestion.replace("\r\n", "\n")
    comment = Comment.objects.create(thread=thread, by=by, text=text.strip(), suggestion=given, at=now)
    found = _mention(comment, by, now)
    named = {user.pk for user in found.people}
    part = User.objects.filter(pk__in=thread.comments.values("by"))
    others = {user.pk: user for user in [thread.coe.owner, *part] if user.pk != by.pk and user.pk not in named}
    _tell(list(others.values()), thread, comment, f"{by.name}: {text.strip()[:200] or 'a suggestion'}", now)
    return found


def _mention(comment: Comment, by: User, now: datetime) -> Mentions:
    found = mentioned(comment.thread.coe, comment.text)
    told = [user for user in found.people if user.pk != by.pk]
    thread = comment.thread
    detail, path = f"{by.name}: {comment.text[:200]}", thread.get_absolute_url()
    tell(told, Notice.Kind.MENTION, key=f"mention-{comment.pk}", now=now, coe=thread.coe, detail=detail, path=path)
    return found


def _tell(people: list[User], thread: Thread, comment: Comment, detail: str, now: datetime) -> None:
    """A letter that rests a little; while it rests, what else is said joins it."""
    for user in people:
        waiting = Notice.objects.filter(
            user=user, coe=thread.coe, kind=Notice.Kind.COMMENT, sent_at=None, tries=0, leased_until__gt=now
        )
        if found := waiting.select_for_update(skip_locked=True).first():
            joined = f"{found.detail}\n{detail}"
            waiting.filter(pk=found.pk).update(detail=joined if len(joined) < 2_000 else found.detail)
            continue
        key = f"comment-{comment.pk}-{'taken' if comment.accepted_at else 'said'}"
        path = thread.get_absolute_url()
        tell([user], Notice.Kind.COMMENT, key=key, now=now, coe=thread.coe, detail=detail, path=path)
        Notice.objects.filter(user=user, key=key, tries=0).update(leased_until=now + REST)

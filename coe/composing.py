"""The words of mails about COEs: reminders of action items, requests for review, and what reviewers decided.

Plain text first, a designed twin beside it. A letter that is about nothing any more is None. Nothing restricted is
named to a person who may not read it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from coe import chatting, covering, digesting, subscribing, telling, unsubscribing
from coe.models import COE, ActionItem, Notice, Reminder, Review, ReviewNotice, Subscription
from oncall.channels import Message
from oncall.models import Incident

SHORT = 160


def reminder_message(reminder: Reminder) -> Message | None:
    """The mail that reminds its owner of an action item; None when it is done, handed over or withdrawn."""
    actions = ActionItem.objects.promised().open().select_related("coe", "owner", "team")
    action = actions.filter(pk=reminder.action_id, owner=reminder.user).first()
    if action is None or action.due_on is None or not reminder.user.is_active:
        return None
    context = {
        "action": action,
        "due": due_words(action.due_on, reminder.day),
        "coe": action.coe if COE.objects.visible_to(reminder.user).filter(pk=action.coe_id).exists() else None,
        "link": _link("coe:action", action.pk),
        "user": reminder.user,
    }
    return _message("reminder", f"{context['due']}: {action.title}", context)


def due_words(due_on: date, day: date) -> str:
    """How a due date stands to a day: "Due today", "1 day overdue", "Due on 14 December 2026"."""
    late = (day - due_on).days
    if late < 0:
        return f"Due on {due_on.day} {due_on:%B %Y}"
    if late == 0:
        return "Due today"
    return f"{late} day{'s' if late > 1 else ''} overdue"


def notice_message(notice: ReviewNotice) -> Message | None:
    """The mail about a review: asked for, or decided; None when it is overtaken, or its reader may not see the text."""
    review = Review.objects.select_related("coe__team", "reviewer", "asked_by").get(pk=notice.review_id)
    if notice.kind == ReviewNotice.Kind.DECIDED and review.verdict == Review.Verdict.RELEASED:
        return _let_off(review) if notice.user.is_active else None
    may_see = COE.objects.draft_visible_to(notice.user).filter(pk=review.coe_id).exists()
    if not may_see:
        return None
    if notice.kind == ReviewNotice.Kind.ASKED:
        return _asked(review)
    return _decided(review)


def _asked(review: Review) -> Message | None:
    if review.verdict or review.coe.state != COE.State.IN_REVIEW:
        return None
    who = review.asked_by.name if review.asked_by else "Somebody"
    context = {"review": review, "coe": review.coe, "who": who, "link": _link("coe:review", review.coe_id)}
    return _message("review_asked", f"Please review {review.coe.number}: {review.coe.header.title}", context)


def _let_off(review: Review) -> Message:
    """By its number only: who was let off may not be among its readers any more."""
    coe = review.coe
    return _message("review_released", f"{coe.number} needs no review any more", {"review": review, "coe": coe})


def _decided(review: Review) -> Message:
    coe, is_approval = review.coe, review.verdict == Review.Verdict.APPROVED
    word = "approved" if is_approval else "asks for changes to"
    # The last approval that was missing is news about the COE, the others are about a reviewer.
    is_approved = is_approval and coe.state == COE.State.APPROVED and coe.moved_by_id in (review.reviewer_id, None)
    context = {
        "review": review,
        "coe": coe,
        "who": review.reviewer.name,
        "word": word,
        "is_approval": is_approval,
        "is_approved": is_approved,
        "missing": covering.coverage(coe).missing if is_approval and coe.state == COE.State.IN_REVIEW else [],
        "link": _link("coe:review" if is_approval else "coe:edit", review.coe_id),
    }
    subject = (
        f"{coe.number} is approved: {coe.header.title}"
        if is_approved
        else f"{review.reviewer.name} {word} {coe.number}"
    )
    return _message("review_decided", subject, context)


# What a letter says before the number of what it is about.
SUBJECTS = {
    Notice.Kind.MENTION: "You were mentioned in",
    Notice.Kind.COMMENT: "New comments on",
    Notice.Kind.OWED: "A COE is owed for",
    Notice.Kind.REVIEW_DUE: "A review is due:",
    Notice.Kind.DELEGATED: "A review changes hands:",
    Notice.Kind.OVERTAKEN: "Please read again:",
    Notice.Kind.PUBLISHED: "Published:",
    Notice.Kind.REISSUED: "Re-issued:",
    Notice.Kind.ANNIVERSARY: "A year ago:",
    Notice.Kind.QUESTION: "A reader asks about",
    Notice.Kind.ANSWER: "Your question was answered:",
    Notice.Kind.RECONSIDER: "Does the restriction still hold?",
    Notice.Kind.ASSIGNED: "You own a correction of",
}

# Letters that somebody gets because they follow it.
OF_WHAT_IS_FOLLOWED = {Notice.Kind.PUBLISHED, Notice.Kind.REISSUED, Notice.Kind.ANNIVERSARY}


def telling_message(notice: Notice) -> Message | None:
    """The mail of one notice; None when its reader has left or may not read what it is about (any more)."""
    if notice.kind == Notice.Kind.DIGEST:
        return _digest(notice)
    about: COE | Incident | None = notice.coe or notice.incident
    if about is None or not notice.user.is_active:
        return None
    is_coe = isinstance(about, COE)
    seen = telling.readable(notice.user, notice.kind) if is_coe else Incident.objects.visible_to(notice.user)
    if not seen.filter(pk=about.pk).exists():
        return None
    said = SUBJECTS[Notice.Kind(notice.kind)]
    subject = f"{said} {about.number}{'' if said.endswith(':') else ':'} {title_of(about)}"
    context = {"notice": notice, "about": about, "title": title_of(about), "link": settings.ERRATA_URL + notice.path}
    followed, headers = _followed(notice)
    return _message("notice", subject, {**context, **_published(notice), **followed}, headers)


def _published(notice: Notice) -> dict[str, Any]:
    """Of a letter about a publication what stands in it, so that nobody has to open it to know whether it matters."""
    coe = notice.coe if notice.kind in OF_WHAT_IS_FOLLOWED else None
    revision = coe.revisions.publications().defer("content").first() if coe else None
    if coe is None or revision is None:
        return {"facts": "", "summary": "", "is_anew": False}
    is_anew = notice.kind == Notice.Kind.REISSUED
    facts = f"SEV {coe.severity} · {coe.team.name}"
    return {"facts": facts, "summary": chatting.summary_of(revision), "is_anew": is_anew}


def _followed(notice: Notice) -> tuple[dict[str, Any], dict[str, str]]:
    """Words and headers of a publication, or of a year after it: which subscriptions tell of it, and how they end.

    The link ends the one subscription, or, where several are met, everything that is told at once.
    """
    is_followed = notice.kind in OF_WHAT_IS_FOLLOWED
    wishes = subscribing.wishes_met_by(notice.coe, notice.user) if is_followed and notice.coe else []
    if not wishes:
        return {"wishes": [], "unsubscribe": ""}, {}
    everything = unsubscribing.token_of_all(notice.user_id, Subscription.Cadence.AT_ONCE)
    token = unsubscribing.token_of(wishes[0]) if len(wishes) == 1 else everything
    words = {"wishes": [one.wish for one in wishes], "unsubscribe": unsubscribing.link_of(token)}
    return words, unsubscribing.headers_of(token)


def title_of(about: COE | Incident) -> str:
    """As its reader knows it: a re-issue that is still written is told by the title that is published."""
    return about.public_title if isinstance(about, COE) else about.title


def _digest(notice: Notice) -> Message | None:
    content = digesting.content_of(notice) if notice.user.is_active else None
    if content is None:
        return None
    cadence = digesting.cadence_of(notice)
    token = unsubscribing.token_of_all(notice.user_id, cadence)
    context = {**content, "user": notice.user, "site": settings.ERRATA_URL, "cadence": cadence}
    context["unsubscribe"] = unsubscribing.link_of(token)
    return _message("digest", _subject(content), context, unsubscribing.headers_of(token))


def _subject(content: dict[str, list[Any]]) -> str:
    """What is new, or, when nothing is, what happened a year ago."""
    new, anew, remembered = (content[name] for name in ("news", "anew", "anniversaries"))
    if new or anew:
        return chatting.digest_subject(len(new), len(anew))
    if len(remembered) == 1:
        return f"A year ago: {remembered[0].number} {remembered[0].public_title}"
    return f"A year ago: {len(remembered)} COEs"


def _message(name: str, subject: str, context: dict[str, Any], headers: dict[str, str] | None = None) -> Message:
    """A mail from its two templates; its subject is one line, whatever titles hold."""
    subject = " ".join(subject.split())[:200]
    context = {**context, "subject": subject}
    return Message(
        kind="coe",
        subject=subject,
        short=subject[:SHORT],
        text=render_to_string(f"emails/{name}.txt", context),
        html=render_to_string(f"emails/{name}.html", context),
        headers=headers or {},
    )


def _link(name: str, pk: int) -> str:
    return settings.ERRATA_URL + reverse(name, args=[pk])

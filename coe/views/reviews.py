"""Reviewing: what waits for one, and the screen on which a reviewer reads, compares and decides."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import F, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from coe import covering, delegating, documents, permissions, reviewing, tasks
from coe.cowriting import settling
from coe.forms.moves import DecideForm
from coe.forms.reviewing import AskForm
from coe.models import COE, BarRaiser, Review, Revision
from coe.models.coes import COEQuerySet
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.comments import panel_of
from coe.views.document_parts import layout_of
from coe.views.part_checklist import checklist_of, left_of
from coe.views.part_findings import waivers_part
from coe.views.reader import stages_of
from coe.views.revision_parts import changes_between, items_of
from oncall.exceptions import Conflict
from oncall.models import Team, User

MOST = 50


@login_required
@require_GET
def reviews(request: Request) -> HttpResponse:
    """What waits for this person, what this person waits for, and what the teams one manages have in review."""
    user = request.user
    asked = (
        Review.objects.pending()
        .filter(reviewer=user)
        .select_related("coe__team", "coe__owner", "coe__draft_header", "asked_by")
    )
    mine = seen_by(user).filter(owner=user).unfinished().exclude(state=COE.State.DRAFT)
    managed = Team.objects.filter(memberships__user=user, memberships__role="manager")
    others = seen_by(user).filter(team__in=managed, state=COE.State.IN_REVIEW).exclude(owner=user)
    context = {
        # What is due first; what was asked before there were due times, last.
        "asked": asked.order_by(F("due_at").asc(nulls_last=True), "asked_at")[:MOST],
        "now": timezone.now(),
        "mine": with_rounds(mine).order_by("-moved_at")[:MOST],
        "others": with_rounds(others).exclude(pk__in=asked.values("coe")).order_by("moved_at")[:MOST],
        "raiser": BarRaiser.objects.filter(user=user).first(),
    }
    return render(request, "coe/reviews/list.html", context)


def with_rounds(coes: COEQuerySet) -> COEQuerySet:
    """With `waiting`: the open rounds and who holds them."""
    rounds = Review.objects.open().select_related("reviewer").order_by("due_at")
    return coes.prefetch_related(Prefetch("reviews", queryset=rounds, to_attr="waiting"))


def seen_by(user: User) -> COEQuerySet:
    return COE.objects.visible_to(user).select_related("team", "owner", "draft_header")


@login_required
@require_http_methods(["GET", "POST"])
def review(request: Request, pk: int) -> HttpResponse:
    """Read it, see what changed since one's last round, decide."""
    coe = get_object_or_404(seen_by(request.user).draft_visible_to(request.user).select_related("moved_by"), pk=pk)
    if request.method == "GET":
        return review_screen(request, coe)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return review_screen(request, coe, form, status=422)
    facts = form.cleaned_data
    given = {"by": request.user, "now": timezone.now(), "seen": facts["seen"]}
    try:
        reviewing.decide(coe, facts["verdict"], facts["comment"], **given)
    except ValidationError as error:
        form.add_error(None, error)
        return review_screen(request, coe, form, status=422)
    except Conflict as refusal:
        return review_screen(request, coe, comment=facts["comment"], status=409, problem=str(refusal))
    tasks.remind_soon()
    return see(request, f"{coe.get_absolute_url()}review/", words_after(coe, facts["verdict"]))


def words_after(coe: COE, verdict: str) -> str:
    """What a verdict led to."""
    if verdict != Review.Verdict.APPROVED:
        return "Changes are requested."
    return "Approved." if coe.state == COE.State.APPROVED else "Approved by you. It waits for others."


def review_screen(
    request: Request,
    coe: COE,
    form: DecideForm | None = None,
    *,
    comment: str = "",
    status: int = 200,
    problem: str = "",
    title: str = "Not decided.",
) -> HttpResponse:
    """The document as it is now, beside it the decision. `title` and `problem` say what was refused.

    Without a refused form there is a fresh one with this comment, about what stands on the screen.
    """
    settling.settle(coe.pk, timezone.now())
    coe.refresh_from_db()
    form = form or DecideForm(initial={"comment": comment, "seen": coe.edits})
    content, checklist = documents.content_of(coe), checklist_of(coe)
    context = {
        "coe": coe,
        **document_of(coe, content, request.user),
        **changes_of(coe, content, request.user),
        "checklist": checklist,
        "left": left_of(checklist),
        **rounds_of(coe, request.user),
        **panel_of(coe, request.user),
        **waivers_part(coe, content),
        "form": form,
        "problem": problem,
        "problem_title": title,
        # What was typed where it is published, when that was refused.
        "ticked_now": request.POST.getlist("ticked"),
        "change_note": request.POST.get("change_note", ""),
        **moves_of(coe, request.user),
    }
    return render(request, "coe/review/detail.html", context, status=status)


def document_of(coe: COE, content: dict[str, Any], user: User) -> dict[str, Any]:
    """The draft as readers will read it."""
    incidents = list(coe.header.incidents.visible_to(user).select_related("service"))
    return {
        **layout_of(content, documents.html_of(content)),
        "actions": coe.actions.select_related("owner"),
        "incidents": incidents,
        "stages": stages_of(incidents),
        "services": coe.header.services.select_related("team"),
    }


def changes_of(coe: COE, content: dict[str, Any], user: User) -> dict[str, Any]:
    """What changed since this person judged last."""
    last = last_read(coe, user)
    changes = changes_between(last.content, content, items_of(coe)) if last else []
    return {"last": last, "changes": changes, "changed": {change.key for change in changes if change.is_changed}}


def rounds_of(coe: COE, user: User) -> dict[str, Any]:
    """The required roles with who fills them, every round, and what this person may do about them."""
    rounds = list(coe.reviews.select_related("reviewer", "revision", "delegated_by", "asked_by")[:MOST])
    handed_on = [one for one in rounds if one.verdict == Review.Verdict.HANDED_ON]
    may_edit, rows = permissions.may_edit(user, coe), []
    for one in rounds:
        is_open = not one.verdict and coe.state == COE.State.IN_REVIEW
        before = delegating.chain_of(one, handed_on) if one.delegated_by_id else []
        rows.append(
            {"review": one, "chain": before, "may_delegate": is_open and (may_edit or one.reviewer_id == user.pk)}
        )
    return {
        "rounds": rows,
        "coverage": covering.coverage(coe) if coe.state != COE.State.DRAFT or rounds else None,
        "ask_form": AskForm(),
        "may_ask": may_edit and coe.state == COE.State.IN_REVIEW,
    }


def last_read(coe: COE, user: User) -> Revision | None:
    """What this person judged last."""
    decided = coe.reviews.judged().filter(reviewer=user).select_related("revision")
    review = decided.order_by("-decided_at").first()
    return review.revision if review else None


def moves_of(coe: COE, user: User) -> dict[str, Any]:
    """What this person may do about the COE now."""
    may_edit = permissions.may_edit(user, coe)
    is_in_review = coe.state == COE.State.IN_REVIEW
    return {
        "may_edit": may_edit and coe.is_editable,
        "may_decide": is_in_review and permissions.may_review(user, coe),
        "is_author": permissions.is_author(user, coe),
        "may_publish": coe.state == COE.State.APPROVED and permissions.may_publish(user, coe),
        "may_reopen": coe.state == COE.State.APPROVED and may_edit,
        "may_withdraw": is_in_review and may_edit,
    }

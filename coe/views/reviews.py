"""Reviewing: what waits for one, and the screen on which a reviewer reads, compares and decides."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from coe import documents, permissions, reviewing, tasks
from coe.forms.moves import DecideForm
from coe.models import COE, Review, Revision
from coe.models.coes import COEQuerySet
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.reader_parts import groups_of, nodes_of, timeline_of
from coe.views.revisions import changes_between
from oncall.exceptions import Conflict
from oncall.models import Team, User

MOST = 50


@login_required
@require_GET
def reviews(request: Request) -> HttpResponse:
    """What waits for this person, what this person waits for, and what the teams one manages have in review."""
    user = request.user
    asked = Review.objects.pending().filter(reviewer=user).select_related("coe__team", "coe__owner", "asked_by")
    mine = seen_by(user).filter(owner=user).unfinished().exclude(state=COE.State.DRAFT)
    managed = Team.objects.filter(memberships__user=user, memberships__role="manager")
    others = seen_by(user).filter(team__in=managed, state=COE.State.IN_REVIEW).exclude(owner=user)
    context = {
        "asked": asked.order_by("asked_at")[:MOST],
        "mine": mine.order_by("-moved_at")[:MOST],
        "others": others.exclude(pk__in=asked.values("coe")).order_by("moved_at")[:MOST],
    }
    return render(request, "coe/reviews/list.html", context)


def seen_by(user: User) -> COEQuerySet:
    return COE.objects.visible_to(user).select_related("team", "owner")


@login_required
@require_http_methods(["GET", "POST"])
def review(request: Request, pk: int) -> HttpResponse:
    """Read it, see what changed since one's last round, decide."""
    coe = get_object_or_404(seen_by(request.user).select_related("moved_by"), pk=pk)
    if request.method == "GET":
        return review_screen(request, coe, DecideForm(initial={"seen": coe.edits}))
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
        kept = DecideForm(initial={"comment": facts["comment"], "seen": coe.edits})
        return review_screen(request, coe, kept, status=409, problem=str(refusal))
    tasks.remind_soon()
    is_approved = facts["verdict"] == Review.Verdict.APPROVED
    return see(request, f"{coe.get_absolute_url()}review/", "Approved." if is_approved else "Changes are requested.")


def review_screen(
    request: Request, coe: COE, form: DecideForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    """The document as it is now, beside it the decision."""
    coe.refresh_from_db()
    content = documents.content_of(coe)
    last = last_read(coe, request.user)
    context = {
        "coe": coe,
        "content": content,
        "groups": groups_of(content, documents.html_of(content)),
        **timeline_of(content),
        "causes": nodes_of(content["causes"]),
        "actions": coe.actions.select_related("owner"),
        "incidents": coe.incidents.visible_to(request.user),
        "services": coe.services.select_related("team"),
        "last": last,
        "changes": changes_between(last.content, content) if last else [],
        "reviews": coe.reviews.select_related("reviewer", "revision")[:MOST],
        "form": form,
        "problem": problem,
        **moves_of(coe, request.user),
    }
    return render(request, "coe/review/detail.html", context, status=status)


def last_read(coe: COE, user: User) -> Revision | None:
    """What this person judged last."""
    decided = coe.reviews.filter(reviewer=user).exclude(verdict="").select_related("revision")
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

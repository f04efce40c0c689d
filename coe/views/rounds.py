"""One round of a review: handed on, and one more person asked."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe import delegating, permissions, tasks
from coe.forms.reviewing import AskForm, DelegateForm
from coe.models import COE
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor_screen import MOST_SUGGESTIONS
from coe.views.reviews import seen_by
from oncall.exceptions import Conflict
from oncall.models import User


@login_required
@require_http_methods(["GET", "POST"])
def delegate(request: Request, pk: int, review_pk: int) -> HttpResponse:
    """Hand a round on, with a reason."""
    coe = get_object_or_404(seen_by(request.user).draft_visible_to(request.user), pk=pk)
    review = get_object_or_404(coe.reviews.select_related("reviewer"), pk=review_pk)
    review.coe = coe
    sentence = "Only whoever was asked, the COE's own people and administrators hand a review on."
    permissions.require(delegating.may_delegate(request.user, review), sentence)
    form = DelegateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            taken = delegating.delegate(review, facts["to"], facts["because"], by=request.user, now=timezone.now())
        except (ValidationError, Conflict) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            tasks.remind_soon()
            # Whoever handed a restricted one on may not see it any more.
            may_see = COE.objects.visible_to(request.user).filter(pk=pk).exists()
            target = f"{coe.get_absolute_url()}review/" if may_see else "/reviews/"
            return see(request, target, f"{taken.reviewer.name} was asked instead.")
    context = {"coe": coe, "review": review, "form": form, "people": people_for(coe)}
    return render(request, "coe/review/delegate.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def ask(request: Request, pk: int) -> HttpResponse:
    """Ask one more person while it is in review."""
    coe = get_object_or_404(seen_by(request.user), pk=pk)
    permissions.require_edit(request.user, coe)
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            review = delegating.add_reviewer(coe, form.cleaned_data["to"], by=request.user, now=timezone.now())
        except (ValidationError, Conflict) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            tasks.remind_soon()
            return see(request, f"{coe.get_absolute_url()}review/", f"{review.reviewer.name} is asked.")
    context = {"coe": coe, "form": form, "people": people_for(coe)}
    return render(request, "coe/review/ask.html", context, status=422)


def people_for(coe: COE) -> list[User]:
    """Who could be asked, to be suggested where names are typed: the team first."""
    people = User.objects.filter(is_active=True).exclude(pk__in=permissions.authors(coe))
    near = list(people.filter(memberships__team=coe.team).distinct()[:MOST_SUGGESTIONS])
    rest = people.exclude(pk__in=[user.pk for user in near])
    return [*near, *rest[: MOST_SUGGESTIONS - len(near)]]

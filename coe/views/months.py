"""The COE of the month on screen: what was chosen, choosing, taking a choice back."""

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe import choosing, permissions
from coe.forms.collections import MonthForm
from coe.models import Collection
from coe.views.answers import see
from coe.views.asking import Request

PER_PAGE = 24


@login_required
@require_GET
def months(request: Request) -> HttpResponse:
    """Every month's choice that this person may read, the newest first."""
    page = Paginator(choosing.chosen_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_choose": permissions.may_choose(request.user)}
    return render(request, "coe/collections/months.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def choose(request: Request) -> HttpResponse:
    """Choose for a month, with a list of what stirred most in it."""
    choosing.require_choose(request.user)
    today = request.user.local(timezone.now()).date()
    month = _month(request.GET.get("month", ""), today)
    initial = {"month": month.isoformat(), "coe": request.GET.get("coe", "")[:20].replace("\x00", "")}
    form = MonthForm(request.user, today, request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        facts = form.cleaned_data
        try:
            choosing.choose(facts["month"], facts["coe"], facts["why"], by=request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return see(request, "/collections/months/", f"{facts['coe'].number} is the COE of {facts['month']:%B %Y}.")
    context = {
        "form": form,
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "candidates": choosing.candidates(month, request.user),
    }
    return render(request, "coe/collections/choose.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Nothing is chosen for that month any more."""
    chosen = get_object_or_404(Collection.objects.visible_to(request.user).months(), pk=pk)
    choosing.withdraw(chosen, request.user, timezone.now())
    return see(request, "/collections/months/", f"The {chosen.name} is taken back.")


def _month(asked: str, today: date) -> date:
    """The first day of the month asked for ("2026-11-01"), else of this one."""
    try:
        asked_for = date.fromisoformat(asked)
    except ValueError:
        asked_for = today
    is_known = asked_for.year >= choosing.FIRST_YEAR and asked_for <= today
    return (asked_for if is_known else today).replace(day=1)

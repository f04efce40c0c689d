"""The pool of bar raisers: everybody sees it, administrators keep it, each says the own conflicts and leave."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe import pooling
from coe.forms.reviewing import BarRaiserForm, PoolForm
from coe.models import BarRaiser
from coe.permissions import require
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import User

MOST_SUGGESTED = 300


@login_required
@require_http_methods(["GET", "POST"])
def pool(request: Request) -> HttpResponse:
    """Who is in it and how busy; POST puts somebody in."""
    form = PoolForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return pool_screen(request, form)
    require(pooling.may_keep(request.user), "Only administrators keep the pool of bar raisers.")
    if not form.is_valid():
        return pool_screen(request, form, status=422)
    try:
        raiser = pooling.join(form.cleaned_data["person"], by=request.user, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        return pool_screen(request, form, status=422)
    return see(request, reverse("coe:pool"), f"{raiser.user.name} is in the pool.")


def pool_screen(
    request: Request, form: PoolForm, bound: dict[int, BarRaiserForm] | None = None, status: int = 200
) -> HttpResponse:
    """The whole screen; a form that was refused keeps what was typed."""
    today, bound = timezone.localdate(), bound or {}
    rows = [
        {
            "raiser": raiser,
            "is_away": bool(raiser.away_until and raiser.away_until > today),
            "is_open": raiser.pk in bound,
            "form": (bound.get(raiser.pk) or BarRaiserForm(raiser=raiser))
            if pooling.may_change(request.user, raiser)
            else None,
        }
        for raiser in pooling.pool()
    ]
    may_keep = pooling.may_keep(request.user)
    people = User.objects.filter(is_active=True, bar_raiser=None)[:MOST_SUGGESTED] if may_keep else ()
    context = {"rows": rows, "form": form, "may_keep": may_keep, "people": people}
    return render(request, "coe/reviews/pool.html", context, status=status)


@login_required
@require_POST
def change(request: Request, raiser_pk: int) -> HttpResponse:
    """Say conflicts, leave and load of one bar raiser."""
    raiser = get_object_or_404(BarRaiser.objects.select_related("user"), pk=raiser_pk)
    require(pooling.may_change(request.user, raiser), "Only the bar raiser and administrators change this.")
    form = BarRaiserForm(request.POST, raiser=raiser)
    if not form.is_valid():
        return pool_screen(request, PoolForm(), {raiser.pk: form}, status=422)
    pooling.change(raiser, **form.cleaned_data, by=request.user, now=timezone.now())
    return see(request, reverse("coe:pool"), "Saved.")


@login_required
@require_POST
def leave(request: Request, raiser_pk: int) -> HttpResponse:
    """Take somebody out of the pool."""
    raiser = get_object_or_404(BarRaiser.objects.select_related("user"), pk=raiser_pk)
    pooling.leave(raiser, by=request.user, now=timezone.now())
    return see(request, reverse("coe:pool"), f"{raiser.user.name} left the pool.")

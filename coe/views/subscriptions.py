"""What a person follows: listed, added, taken away."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe import subscribing
from coe.forms.reading import SubscriptionForm
from coe.models import Subscription
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor_screen import MOST_SUGGESTIONS
from oncall.models import Service, Team


@login_required
@require_http_methods(["GET", "POST"])
def subscriptions(request: Request) -> HttpResponse:
    """What is followed, and the form for one more."""
    form = SubscriptionForm(request.POST or None) if request.method == "GET" else SubscriptionForm(request.POST)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            subscribing.follow(request.user, facts.pop("cadence"), timezone.now(), **facts)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return see(request, "/subscriptions/", "You follow it.")
    mine = Subscription.objects.filter(user=request.user).select_related("team", "service", "tag")
    context = {
        "form": form,
        "subscriptions": mine,
        "teams": Team.objects.all()[:MOST_SUGGESTIONS],
        "services": Service.objects.all()[:MOST_SUGGESTIONS],
    }
    return render(request, "coe/library/subscriptions.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def unfollow(request: Request, pk: int) -> HttpResponse:
    """No longer follow it."""
    get_object_or_404(Subscription.objects.filter(user=request.user), pk=pk).delete()
    return see(request, "/subscriptions/", "You follow it no more.")

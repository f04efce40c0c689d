"""What a person follows: listed, added, changed, taken away; on a screen of its own, and by a button beside a thing."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from coe import subscribing
from coe.forms.reading import CadenceForm, FeedForm, FollowForm, SubscriptionForm
from coe.models import Subscription
from coe.permissions import require
from coe.views import feeds
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor_screen import MOST_SUGGESTIONS
from oncall.models import Service, Team
from oncall.permissions import may_change_rooms

# Of the own ones there are fewer: `coe.subscribing.MOST`; the rest are of rooms.
MOST_SHOWN = 300


@login_required
@require_http_methods(["GET", "POST"])
def subscriptions(request: Request) -> HttpResponse:
    """What is followed, and the form for one more."""
    form = SubscriptionForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            subscribing.follow(request.user, facts.pop("cadence"), timezone.now(), **facts)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return see(request, "/subscriptions/", "It is followed.")
    return shown(request, form=form)


def shown(request: Request, **forms: Form) -> HttpResponse:
    """The whole screen, with the one form that was refused in place of its empty self."""
    followed = Subscription.objects.visible_to(request.user).shown()[:MOST_SHOWN]
    rows = [(one, CadenceForm(initial={"cadence": one.cadence}, auto_id=f"told_{one.pk}_%s")) for one in followed]
    context = {
        "form": SubscriptionForm(user=request.user),
        "mine": [row for row in rows if row[0].room is None],
        "of_rooms": [row for row in rows if row[0].room is not None],
        "teams": Team.objects.all()[:MOST_SUGGESTIONS],
        "services": Service.objects.all()[:MOST_SUGGESTIONS],
        "tags": subscribing.tags_of(request.user)[:MOST_SUGGESTIONS],
        "feeds": feeds.held_by(request),
        "new_feed": feeds.reveal(request),
        "feed_form": FeedForm(auto_id="feed_%s"),
        **forms,
    }
    is_refused = any(form.is_bound for form in forms.values())
    answer = render(request, "coe/following/list.html", context, status=422 if is_refused else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _changeable(request: Request, pk: int) -> Subscription:
    """An own subscription, or one of a room that the person may say something about; 404, 403."""
    found = get_object_or_404(Subscription.objects.visible_to(request.user).shown(), pk=pk)
    if found.room is not None and found.user_id != request.user.pk:
        require(may_change_rooms(request.user, found.room.team), f"Only members of {found.room.team} change it.")
    return found


@login_required
@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    """Tell it at another cadence."""
    found, form = _changeable(request, pk), CadenceForm(request.POST)
    if not form.is_valid():
        return see(request, "/subscriptions/", "Choose at once, daily or weekly.")
    try:
        subscribing.change_cadence(found, form.cleaned_data["cadence"])
    except ValidationError as error:
        return see(request, "/subscriptions/", " ".join(error.messages))
    return see(request, "/subscriptions/", f"Told {found.get_cadence_display().lower()} from now on.")


@login_required
@require_POST
def unfollow(request: Request, pk: int) -> HttpResponse:
    """No longer follow it."""
    _changeable(request, pk).delete()
    return see(request, "/subscriptions/", "It is followed no more.")


@login_required
@require_POST
def follow(request: Request) -> HttpResponse:
    """What a follow button says: this wish, so often, or not at all; back to where it stood."""
    form = FollowForm(request.POST, user=request.user)
    if not form.is_valid():
        return HttpResponse("This cannot be followed.\n", content_type="text/plain", status=422)
    cadence = form.cleaned_data["cadence"]
    if not cadence:
        subscribing.unfollow(request.user, **form.wish)
        return see(request, _place(request), "You follow it no more.")
    try:
        made = subscribing.follow(request.user, cadence, timezone.now(), **form.wish)
    except ValidationError as error:
        return see(request, _place(request), " ".join(error.messages))
    return see(request, _place(request), f"You follow {made.wish}, told {made.get_cadence_display().lower()}.")


def _place(request: Request) -> str:
    """Where the button stood, if that is here."""
    place = request.POST.get("place", "")
    return place if url_has_allowed_host_and_scheme(place, allowed_hosts=None) else "/subscriptions/"

"""Who reads a COE: the organisation, or some people and teams for a reason and until a day."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from coe import publishing, reading
from coe.forms.audiences import AudienceForm
from coe.models import COE
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import Team

# Teams offered to be ticked; any other is named.
MOST_NEAR = 12


@login_required
@require_http_methods(["GET", "POST"])
def audience(request: Request, pk: int) -> HttpResponse:
    """Say who reads it, or judge a restriction again."""
    coe = get_object_or_404(COE.objects.visible_to(request.user).select_related("team", "owner"), pk=pk)
    publishing.require_restrict(request.user, coe)
    now = timezone.now()
    today = request.user.local(now).date()
    form = AudienceForm(request.POST or None, coe=coe, near=near(coe), today=today)
    if request.method == "POST" and form.is_valid():
        try:
            publishing.set_audience(coe, form.cleaned_data["audience"], by=request.user, now=now, **form.given())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return see(request, coe.get_absolute_url(), "The audience is changed.")
    context = {"coe": coe, "form": form, "is_due": coe.is_to_reconsider(today), "asks_why": "because" in form.fields}
    return render(request, "coe/audience/form.html", context, status=422 if form.is_bound else 200)


def near(coe: COE) -> list[Team]:
    """The COE's own team and those that it may concern: the likeliest readers."""
    return [coe.team, *list(reading.concerned_teams(coe))[: MOST_NEAR - 1]]

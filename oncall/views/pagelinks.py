"""The link in a page: whoever holds it may see the incident in short and acknowledge it, without signing in.

GET changes nothing, because scanners of mail follow every link. The token decides who acts; who is signed in does not.
Buttons of notifications post here too, `?by=` says of which: they are answered with a line instead of a screen.
"""

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from oncall import linking
from oncall.exceptions import Conflict
from oncall.models import Incident, Responder, User
from oncall.recalling import best_precedent
from oncall.times import zone
from oncall.views.answers import SeeOther
from oncall.views.incident_standing import LIVELY
from oncall.views.incident_suspects import what_changed

EXPIRED = "This link was good for seven days. Sign in to see the incident as it is now."
FORGED = "This link is not one of ours, or a part of it got lost. Copy all of it from the message, or sign in."
# Whose buttons may post here; each is a source in the timeline.
BUTTONS = {"ntfy", "push"}
# Whoever has acknowledged since the incident was triggered has nothing more to press.
ANSWERED = Q(answered_at__gte=F("incident__triggered_at"))
GONE = "The person this link was made for no longer works on incidents here."


# The address itself is the secret: a stranger who could forge a POST to it could make it outright. Without a cookie the
# button works in mail programs that keep none.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the page is about; on POST acknowledge it as the person who was paged."""
    try:
        grant = linking.grant_of(token)
    except linking.Expired:
        return _useless(request, "The link has expired", EXPIRED, 410)
    except linking.Forged:
        return _useless(request, "The link does not work", FORGED, 404)
    named = [incident.pk for incident in grant.incidents]
    seen = Incident.objects.visible_to(grant.user).shown().filter(pk__in=named)
    incidents = list(seen.order_by("severity", "triggered_at", "pk"))
    if not incidents:
        return _useless(request, "The link does not work", GONE, 410)
    if request.method == "POST":
        button = request.GET.get("by", "")
        source = button if button in BUTTONS else "link"
        for incident in incidents:
            _acknowledge(incident, grant.user, source)
        return _said(grant.user, incidents) if source in BUTTONS else SeeOther(request.path)
    with timezone.override(zone(grant.user.wall_zone)):
        return _private(
            _shown_all(request, grant, incidents) if grant.is_bundle else _shown(request, grant, incidents[0])
        )


def _acknowledge(incident: Incident, user: User, source: str) -> None:
    """Take it for the person paged; a second press, or one after somebody else's, changes nothing."""
    try:
        incident.acknowledge(by=user, source=source)
    except Conflict:
        incident.refresh_from_db()


def _said(user: User, incidents: list[Incident]) -> HttpResponse:
    """One line for a button that shows no screen. Web apps of notification services may read it, from their site."""
    going = [one for one in incidents if one.state in {Incident.State.TRIGGERED, Incident.State.ACKNOWLEDGED}]
    mine = [one for one in going if one.acknowledged_by_id == user.pk or user.pk in one.answered_by]
    if len(incidents) == 1:
        [one] = incidents
        text = f"{one.number} is yours." if mine else f"{one.number} is {one.get_state_display().lower()} already."
    else:
        text = f"{len(mine)} of {len(incidents)} incidents are yours."
    answer = HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = "*"  # the token in the address is what opens it, no cookie
    return _private(answer)


def _shown(request: HttpRequest, grant: linking.Grant, incident: Incident) -> HttpResponse:
    changed, page = what_changed(incident), grant.pages[0]
    has_answered = grant.user.pk in incident.answered_by
    is_asked = page.responder is not None and page.responder.answered_at is None
    context = {
        "incident": incident,
        "service": incident.service,
        "paged": grant.user,
        "reason": page.reason,
        "suspicion": changed.leading,
        "precedent": best_precedent(incident) if incident.state in LIVELY else None,
        "is_mine": incident.acknowledged_by_id == grant.user.pk,
        "has_answered": has_answered,
        "is_waiting": not has_answered and (incident.state == Incident.State.TRIGGERED or is_asked),
    }
    return render(request, "oncall/pagelinks/detail.html", context)


def _shown_all(request: HttpRequest, grant: linking.Grant, incidents: list[Incident]) -> HttpResponse:
    mine = set(
        Responder.objects.filter(user=grant.user, incident__in=incidents)
        .filter(ANSWERED)
        .values_list("incident", flat=True)
    )
    waiting = [one for one in incidents if one.state == Incident.State.TRIGGERED and one.pk not in mine]
    answered = [one for one in incidents if one not in waiting]
    context = {"incidents": incidents, "waiting": waiting, "answered": answered, "paged": grant.user}
    return render(request, "oncall/pagelinks/list.html", context)


def _useless(request: HttpRequest, title: str, sentence: str, status: int) -> HttpResponse:
    return _private(
        render(request, "oncall/pagelinks/useless.html", {"title": title, "sentence": sentence}, status=status)
    )


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the secret in the address from search engines and from the sites that are linked to."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response

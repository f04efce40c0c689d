"""The link in a page: whoever holds it may see the incident in short and acknowledge it, without signing in.

GET changes nothing, because scanners of mail follow every link. The token decides who acts; who is signed in does not.
"""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from oncall.composing import page_for_token
from oncall.exceptions import Conflict
from oncall.models import Incident, Page
from oncall.times import zone
from oncall.views.answers import SeeOther
from oncall.views.incident_suspects import what_changed

EXPIRED = "This link was good for seven days. Sign in to see the incident as it is now."
FORGED = "This link is not one of ours, or a part of it got lost. Copy all of it from the message, or sign in."
GONE = "The person this link was made for no longer works on incidents here."


# The address itself is the secret: a stranger who could forge a POST to it could make it outright. Without a cookie the
# button works in mail programs that keep none.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the incident; on POST acknowledge it as the person who was paged."""
    try:
        page = page_for_token(token)
    except signing.SignatureExpired:
        return _useless(request, "The link has expired", EXPIRED, 410)
    except (signing.BadSignature, Page.DoesNotExist, ValueError):
        return _useless(request, "The link does not work", FORGED, 404)
    incident = Incident.objects.visible_to(page.user).shown().filter(pk=page.incident_id).first()
    if incident is None:
        return _useless(request, "The link does not work", GONE, 410)
    if request.method == "POST":
        _acknowledge(incident, page)
        return SeeOther(request.path)
    return _shown(request, incident, page)


def _acknowledge(incident: Incident, page: Page) -> None:
    """Take it for the person paged; a second press, or one after somebody else's, changes nothing."""
    try:
        incident.acknowledge(by=page.user, source="link")
    except Conflict:
        incident.refresh_from_db()


def _shown(request: HttpRequest, incident: Incident, page: Page) -> HttpResponse:
    changed = what_changed(incident)
    context = {
        "incident": incident,
        "service": incident.service,
        "paged": page.user,
        "reason": page.reason,
        "suspicion": changed.leading,
        "is_mine": incident.acknowledged_by_id == page.user_id,
        "is_waiting": incident.state == Incident.State.TRIGGERED,
    }
    with timezone.override(zone(page.user.zone)):
        return _private(render(request, "oncall/pagelinks/detail.html", context))


def _useless(request: HttpRequest, title: str, sentence: str, status: int) -> HttpResponse:
    return _private(
        render(request, "oncall/pagelinks/useless.html", {"title": title, "sentence": sentence}, status=status)
    )


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the secret in the address from search engines and from the sites that are linked to."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response

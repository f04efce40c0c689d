"""The link in a letter by which its reader unsubscribes, without signing in.

GET asks and changes nothing, because scanners of mail follow every link; POST does it. A mail program's own button
posts to the same address (RFC 8058): no cookie, no token of a form, the signature in the address is what it needs.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coe import unsubscribing
from coe.models import Subscription
from coe.views.answers import SeeOther


# Whoever can forge a POST to this address knows it, and could as well make it outright; all it does is to stop letters.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, or on POST do it."""
    try:
        grant = unsubscribing.grant_of(token)
    except unsubscribing.Forged:
        return _private(render(request, "coe/following/unsubscribe.html", {"is_forged": True}, status=404))
    if request.method == "POST":
        unsubscribing.unsubscribe(grant)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return _private(HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8"))
        return _private(SeeOther(request.path))
    return _private(render(request, "coe/following/unsubscribe.html", _asked(grant)))


def _asked(grant: unsubscribing.Grant) -> dict[str, object]:
    """What would end; for a link to all that is told as often, with an address for each single one.

    A link to one shows nothing besides: letters are passed on.
    """
    everything = [] if grant.subscription else list(grant.all)
    cadence = dict(Subscription.Cadence.choices).get(grant.cadence, "")
    return {
        "one": grant.subscription,
        "rows": [(subscription, unsubscribing.token_of(subscription)) for subscription in everything],
        "cadence": str(cadence).lower(),
        "all_token": unsubscribing.token_of_all(grant.user_id, grant.cadence) if grant.user_id else "",
        "is_done": not everything and grant.subscription is None,
    }


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is a small secret, from search engines and from what is linked to."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response

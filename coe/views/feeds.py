"""Atom feeds by a personal key in the address.

A reader of feeds keeps no session: the key alone says who asks. Whatever is wrong with it is answered with 404. What
stands in a feed is decided by `coe/feeding.py`; decision 0035 says why the key is in the path.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from coe import feeding
from coe.feeding import Feed
from coe.views.asking import Request
from oncall.models import ApiToken
from oncall.sealing import seal, unseal

# How precisely "last used" is kept.
LAST_USED_PRECISION = timedelta(hours=1)
REVEALED = "revealed_feed"


@require_safe
def everything(request: HttpRequest, token: str) -> HttpResponse:
    """All publications that the person may read; narrowed by the query of the address."""
    return _answer(request, token, lambda key: feeding.of_everything(key, request.GET.dict()))


@require_safe
def following(request: HttpRequest, token: str) -> HttpResponse:
    """What the person follows."""
    return _answer(request, token, feeding.of_subscriptions)


def _answer(request: HttpRequest, text: str, make: Callable[[ApiToken], Feed]) -> HttpResponse:
    now = timezone.now()
    token = ApiToken.objects.feeding(text, now).select_related("user").first()
    if token is None:
        return _private(HttpResponse("This feed does not exist.\n", content_type="text/plain", status=404))
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_PRECISION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    try:
        feed = make(token)
    except ValueError as refusal:
        return _private(HttpResponse(f"{refusal}\n", content_type="text/plain", status=400))
    return _private(_conditional(request, feed))


def _conditional(request: HttpRequest, feed: Feed) -> HttpResponse:
    """304 to whoever has it as it is now (RFC 9110, section 13): what they may no longer read is another feed."""
    body = feed.writeString("utf-8").encode()
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    changed = int(feed.latest_post_date().timestamp())
    answer = HttpResponse(body, content_type="application/atom+xml; charset=utf-8")
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(changed)
    found = get_conditional_response(request, etag=etag, last_modified=changed, response=answer)
    return found or answer


def _private(answer: HttpResponse) -> HttpResponse:
    """Kept by the reader alone and asked for anew each time; in no index of the web."""
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def held_by(request: Request) -> QuerySet[ApiToken]:
    """The keys of the person's feeds."""
    return request.user.api_tokens.filter(scope=ApiToken.Scope.FEED)


def keep(request: Request, token: ApiToken, text: str) -> None:
    """Hold the key, sealed, for the next screen, which shows it once."""
    request.session[REVEALED] = {"secret": seal(text), "name": token.name}


def reveal(request: Request) -> dict[str, str] | None:
    """The addresses of the feeds of a key that was just made, once; it is kept sealed in the session until then."""
    kept = request.session.pop(REVEALED, None)
    if kept is None:
        return None
    text = unseal(kept["secret"])
    places = {name: settings.ERRATA_URL + reverse(f"coe:{name}", args=[text]) for name in ("feed", "following_feed")}
    return {"name": kept["name"], **places}

"""Atom feeds by a personal key in the address.

A reader of feeds keeps no session: the key alone says who asks. Whatever is wrong with it is answered with 404. What
stands in a feed is decided by `coe/feeding.py`; decision 0035 says why the key is in the path.
"""

from collections.abc import Callable

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from coe import feeding
from coe.feeding import Edition
from coe.views.asking import Request
from oncall.models import ApiToken
from oncall.sealing import seal, unseal

REVEALED = "revealed_feed"
# Whoever asks too often is asked to stay away at least this long, in seconds.
REST = 60


@require_safe
def everything(request: HttpRequest, token: str) -> HttpResponse:
    """All publications that the person may read; narrowed by the query of the address."""
    return _answer(request, token, lambda key: feeding.of_everything(key, request.GET.dict()))


@require_safe
def following(request: HttpRequest, token: str) -> HttpResponse:
    """What the person follows."""
    return _answer(request, token, feeding.of_subscriptions)


def _answer(request: HttpRequest, text: str, make: Callable[[ApiToken], Edition]) -> HttpResponse:
    now = timezone.now()
    token = ApiToken.objects.feeding(text, now).select_related("user").first()
    if token is None:
        return _refused(404, "This feed does not exist.")
    if wait := token.spend(now):
        answer = _refused(429, "This feed is asked for too often. Once in a few minutes is enough.")
        answer["Retry-After"] = str(max(wait, REST))
        return answer
    try:
        edition = make(token)
    except ValueError as refusal:
        return _refused(400, str(refusal))
    return _private(_conditional(request, edition))


def _conditional(request: HttpRequest, edition: Edition) -> HttpResponse:
    """304 to whoever has it as it is now (RFC 9110, section 13), before anything of it is written."""
    fresh = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    changed = int(edition.changed_at.timestamp())
    fresh["ETag"], fresh["Last-Modified"] = edition.tag, http_date(changed)
    answer = get_conditional_response(request, etag=edition.tag, last_modified=changed, response=fresh) or fresh
    if answer is fresh:
        answer.content = edition.written()
    return answer


def _refused(status: int, sentence: str) -> HttpResponse:
    return _private(HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status))


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

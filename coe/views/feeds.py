"""Atom feeds by a personal key in the address, and the screen's part that makes and revokes such keys.

A reader of feeds keeps no session: the key alone says who asks. Whatever is wrong with it is answered with 404. What
stands in a feed is decided by `coe/feeding.py`; decision 0035 says why the key is in the path.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_POST, require_safe

from coe import feeding
from coe.feeding import Feed
from coe.forms.reading import FeedForm
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import ApiToken, AuditEntry
from oncall.sealing import seal, unseal

# Addresses that one person may have at a time: one for each program that reads them.
MOST_TOKENS = 10
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


def reveal(request: Request) -> dict[str, str] | None:
    """The addresses of the feeds of a key that was just made, once; it is kept sealed in the session until then."""
    kept = request.session.pop(REVEALED, None)
    if kept is None:
        return None
    text = unseal(kept["secret"])
    places = {name: settings.ERRATA_URL + reverse(f"coe:{name}", args=[text]) for name in ("feed", "following_feed")}
    return {"name": kept["name"], **places}


@login_required
@require_POST
def add(request: Request) -> HttpResponse:
    """Make an address for a program that reads feeds; it is shown once, on the next screen."""
    form = FeedForm(request.POST)
    if not form.is_valid() or held_by(request).count() >= MOST_TOKENS:
        words = f"At most {MOST_TOKENS} feed addresses." if form.is_valid() else "Say what reads it, in 80 characters."
        return see(request, "/subscriptions/#feeds", words)
    with transaction.atomic():
        token, text = ApiToken.issue(request.user, form.cleaned_data["name"], ApiToken.Scope.FEED)
        AuditEntry.objects.write(token, "created", actor=request.user, at=timezone.now(), detail=token.scope)
    request.session[REVEALED] = {"secret": seal(text), "name": token.name}
    return see(request, "/subscriptions/#feeds")


@login_required
@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    """Whatever reads it finds nothing there from now on."""
    token = get_object_or_404(held_by(request), pk=pk)
    with transaction.atomic():
        AuditEntry.objects.write(token, "revoked", actor=request.user, at=timezone.now())
        token.delete()
    return see(request, "/subscriptions/#feeds", f"The address of {token.name} is revoked.")

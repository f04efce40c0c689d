"""The doors for machines as ordinary Django views: alerts and deployments come in here, each answered in its dialect.

It decides how a request is read and how an answer is written. Who may come in is decided by `oncall/admitting.py`, what
a message changes by `oncall/receiving.py` and `oncall/deploying.py`. Behind granian the alert doors are answered by
`config/doors.py`, which writes what arrives together in one transaction; under a WSGI server they are answered here.
"""

import ipaddress
import logging

import orjson
from django.conf import settings
from django.db import DataError, Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oncall import admitting, changes, deploying, sources
from oncall.payloads import LIMIT, Answer
from oncall.receiving import UNSTORABLE
from oncall.views.waking import waker

logger = logging.getLogger(__name__)

# PagerDuty's clients use one routing key for events and for changes.
ALSO_OPENS = {"pagerduty-change": "pagerduty"}


@csrf_exempt
@require_POST
def alerts(request: HttpRequest, dialect: str, key: str = "") -> HttpResponse:
    """The door of an alert dialect; the key is in the address or, where the dialect has it so, in the body."""
    language, remote = sources.REGISTRY[dialect], address_of(request)
    visit = admitting.Visit(language, key, read(request), request.headers, remote, timezone.now())
    return written(admitting.answer([visit], waker.wake)[0])


@csrf_exempt
@require_POST
def deployments(request: HttpRequest, dialect: str, key: str = "") -> HttpResponse:
    """The door of a deployment dialect."""
    language = changes.REGISTRY[dialect]
    try:
        return written(deployment_answer(request, language, key))
    except DataError:
        # Sending it again would not help; the log has what the database minds.
        logger.exception("doors.unstorable dialect=%s", dialect)
        return written(language.refused([UNSTORABLE]))
    except Error:
        logger.exception("doors.database_away dialect=%s", dialect)
        return written(language.busy)


def deployment_answer(request: HttpRequest, language: changes.Dialect, key: str) -> Answer:
    """What became of a deployment's message. Raises `django.db.Error` when the database is away."""
    body = read(request)
    if body is None:
        return language.too_large
    key = language.key_in_body(body) if language.key_in_body else key
    if not key:
        return language.refused(admitting.reasons_without_key(language.parse, body, request.headers))
    doors = admitting.integrations_of([key])
    integration = doors.get((key, language.name)) or doors.get((key, ALSO_OPENS.get(language.name, "")))
    if integration is None:
        return language.wrong_key
    if language.verify and not language.verify(body, request.headers, integration.secret):
        return language.wrong_key
    remote, now = address_of(request), timezone.now()
    return deploying.receive(integration, language, body, request.headers, remote=remote, now=now)


def read(request: HttpRequest) -> bytes | None:
    """The body, or None when it is larger than the doors allow; no more than that is ever read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > LIMIT:
        return None
    body = request.read(LIMIT + 1)
    return body if len(body) <= LIMIT else None


def written(answer: Answer) -> HttpResponse:
    """The answer as JSON, whatever the sender accepts."""
    return HttpResponse(
        orjson.dumps(answer.body), status=answer.status, content_type="application/json", headers=answer.headers
    )


def address_of(request: HttpRequest) -> str | None:
    """Who sent this request."""
    return client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def client_address(peer: str, forwarded_for: str) -> str | None:
    """Who sent a request, as far as the trusted proxies in front say; None when nobody can tell."""
    address = peer
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hops = forwarded_for.split(",")
        address = hops[-min(settings.ALLAUTH_TRUSTED_PROXY_COUNT, len(hops))].strip() or peer
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None

"""The doors for machines: alerts and deployments come in here, each answered in its own dialect.

It decides who may come in (by key and signature), how much is read, and what is said when the database is away. What a
message changes is decided by `oncall/receiving.py` and `oncall/deploying.py`. No door answers load with anything but
503: Alertmanager repeats nothing else.
"""

import ipaddress
import logging
from collections.abc import Callable

import orjson
from django.conf import settings
from django.db import DataError, Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oncall import changes, deploying, filing, receiving, sources
from oncall.models import Integration
from oncall.payloads import LIMIT, Answer, Malformed
from oncall.sealing import digest
from oncall.views.waking import waker

logger = logging.getLogger(__name__)

Dialect = sources.Dialect | changes.Dialect
KEYED = "SELECT * FROM oncall_integration WHERE key_digest = %s AND dialect = ANY(%s) AND is_enabled"
# PagerDuty's clients use one routing key for events and for changes.
ALSO_OPENS = {"pagerduty-change": "pagerduty"}


class Refused(Exception):
    """This message is not let in; carries what is said instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@csrf_exempt
@require_POST
def alerts(request: HttpRequest, dialect: str, key: str = "") -> HttpResponse:
    """The door of an alert dialect; the key is in the address or, where the dialect has it so, in the body."""
    language = sources.REGISTRY[dialect]

    def take(integration: Integration, body: bytes) -> Answer:
        remote, now = client_address(request), timezone.now()
        return receiving.receive(integration, language, body, request.headers, remote=remote, now=now, wake=waker.wake)

    return respond(request, language, key, take)


@csrf_exempt
@require_POST
def deployments(request: HttpRequest, dialect: str, key: str = "") -> HttpResponse:
    """The door of a deployment dialect."""
    language = changes.REGISTRY[dialect]

    def take(integration: Integration, body: bytes) -> Answer:
        if language.verify and not language.verify(body, request.headers, integration.secret):
            raise Refused(language.wrong_key)
        remote, now = client_address(request), timezone.now()
        return deploying.receive(integration, language, body, request.headers, remote=remote, now=now)

    return respond(request, language, key, take)


def respond(
    request: HttpRequest, language: Dialect, key: str, take: Callable[[Integration, bytes], Answer]
) -> HttpResponse:
    """Let the message in, have it taken, and say what became of it."""
    try:
        integration, body = admit(request, language, key)
        answer = take(integration, body)
    except Refused as refusal:
        answer = refusal.answer
    except DataError:
        # Sending it again would not help; the log has what the database minds.
        logger.exception("doors.unstorable dialect=%s", language.name)
        answer = language.refused(["A value is too long, out of range or of the wrong kind to be stored."])
    except Error:
        logger.exception("doors.database_away dialect=%s", language.name)
        answer = language.busy
    return HttpResponse(
        orjson.dumps(answer.body), status=answer.status, content_type="application/json", headers=answer.headers
    )


def admit(request: HttpRequest, language: Dialect, key: str) -> tuple[Integration, bytes]:
    """The integration whose key the message carries, and the body. Raises `Refused`."""
    if language.key_in_body is None:
        integration = integration_of(key, language)
        body = read(request)
        if body is None:
            note_too_large(request, integration, language)
            raise Refused(language.too_large)
        return integration, body
    body = read(request)
    if body is None:
        raise Refused(language.too_large)
    found = language.key_in_body(body)
    if not found:
        raise Refused(language.refused(reasons_without_key(request, language, body)))
    return integration_of(found, language), body


def integration_of(key: str, language: Dialect) -> Integration:
    """The integration that this key opens. Raises `Refused`."""
    dialects = [name for name in (language.name, ALSO_OPENS.get(language.name)) if name]
    # Written by hand: the same statement takes the ORM longer than everything else at a door.
    for integration in Integration.objects.raw(KEYED, [digest(key), dialects]):
        return integration
    raise Refused(language.wrong_key)


def read(request: HttpRequest) -> bytes | None:
    """The body, or None when it is larger than the doors allow; no more than that is ever read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > LIMIT:
        return None
    # Django reads nothing of a body that comes in chunks, because its length is not said.
    is_chunked = not length and "HTTP_TRANSFER_ENCODING" in request.META
    stream = request.environ["wsgi.input"] if is_chunked else request  # type: ignore[attr-defined]
    body: bytes = stream.read(LIMIT + 1)
    return body if len(body) <= LIMIT else None


def note_too_large(request: HttpRequest, integration: Integration, language: Dialect) -> None:
    """Leave a trace for the administrator: the sender may not repeat it, and its body is not kept."""
    headers, remote = filing.kept(request.headers), client_address(request)
    message = filing.Message(integration, language.name, b"", headers, remote, timezone.now())
    filing.refuse(message, ["The body was larger than 512 KB and was not read."])


def reasons_without_key(request: HttpRequest, language: Dialect, body: bytes) -> list[str]:
    """Everything that is wrong with a body that carries no key."""
    try:
        language.parse(body, request.headers)
    except Malformed as refusal:
        return refusal.reasons
    return ["'routing_key' is missing or blank"]


def client_address(request: HttpRequest) -> str | None:
    """Who sent this, as far as the trusted proxies in front say; None when nobody can tell."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = hops[-min(settings.ALLAUTH_TRUSTED_PROXY_COUNT, len(hops))].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None

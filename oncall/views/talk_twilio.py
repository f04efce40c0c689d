"""Where Twilio talks back: SMS that people write, keys they press, and what became of messages and calls.

It decides that Twilio is who asks, and in which form it is answered. What a reply means is decided by
`oncall/replying.py`, what a status changes by `oncall/delivering.py`.
"""

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oncall import answering, delivering, linking, replying, speaking, tasks
from oncall.channels import twilio, twiml
from oncall.models import Attempt
from oncall.payloads import clean, cut
from oncall.sealing import digest
from oncall.shortening import for_sms
from oncall.views.doors import address_of

logger = logging.getLogger(__name__)

FORGED = "This was not signed by the Twilio account of this installation."
# Says neither who is known here nor what this is.
STRANGER = "This number does not take messages from you."
# Seconds in which a stranger is told so once: two machines must not answer each other for ever.
STRANGER_PAUSE = 3600
OVER = "This call is about nothing that you can answer any more. Good-bye."
# Words that Twilio or a carrier answers itself; whoever unsubscribed may not be written to.
OPT_OUT = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "start", "unstop"})
# Characters of an answer: three SMS.
LONGEST_ANSWER = 459

type_view = Callable[..., HttpResponse]


def from_twilio(view: type_view) -> type_view:
    """Refuse what Twilio did not sign, before anything of it is looked at."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, **named: str) -> HttpResponse:
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
        if twilio.is_signed(request.get_full_path(), fields, request.headers.get("X-Twilio-Signature", "")):
            return view(request, **named)
        logger.warning("talk.forged provider=twilio door=%s remote=%s", view.__name__, address_of(request))
        return HttpResponse(FORGED, status=403, content_type="text/plain; charset=utf-8")

    return checked


@from_twilio
def sms(request: HttpRequest) -> HttpResponse:
    """Somebody wrote to our number: do it, and write back what came of it."""
    sender, text = (clean(request.POST.get(name, "")) for name in ("From", "Body"))
    if "OptOutType" in request.POST or text.strip().lower() in OPT_OUT:
        return _answer(twiml.document())
    person = answering.person_at("sms", sender)
    if person is None:
        is_first = cache.add(f"stranger:{digest(sender)}", 1, STRANGER_PAUSE)
        return _answer(twiml.document(*([twiml.message(STRANGER)] if is_first else [])))
    now, name = timezone.now(), clean(request.POST.get("MessageSid", ""))
    said = replying.once(name, lambda: replying.reply(person, text, address=sender, now=now))
    tasks.page_soon()
    lines = "\n".join(for_sms(line) for line in said.splitlines())
    return _answer(twiml.document(twiml.message(cut(lines, LONGEST_ANSWER))))


@from_twilio
def status(request: HttpRequest, key: str) -> HttpResponse:
    """What became of a message or call; a failure takes the next way at once."""
    outcome = twilio.outcome(request.POST.dict())
    if outcome.said:
        delivering.take_receipt(key, outcome.state, outcome.said, timezone.now(), outcome.detail)
    if outcome.state == Attempt.State.FAILED:
        tasks.page_soon()
    return HttpResponse(status=204)


@from_twilio
def voice(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody answered the phone: say what is wrong, and ask for a key."""
    grant = _grant(token)
    return _asked(grant, token) if grant else _ended(OVER)


@from_twilio
def keys(request: HttpRequest, token: str) -> HttpResponse:
    """A key was pressed: do what it stands for, else say all of it again."""
    grant, key = _grant(token), request.POST.get("Digits", "")
    if grant is None:
        return _ended(OVER)
    now, call = timezone.now(), clean(request.POST.get("CallSid", ""))
    _note_heard(grant, call, key)
    if key not in replying.KEYS:
        return _asked(grant, token)
    said = replying.once(call and f"{call} {key}", lambda: replying.press(grant, key, now=now))
    tasks.page_soon()
    return _ended(f"{speaking.aloud(said)} Good-bye.") if said else _asked(grant, token)


def _grant(token: str) -> linking.Grant | None:
    try:
        return linking.grant_of(token)
    except linking.Forged:
        return None


def _note_heard(grant: linking.Grant, call: str, key: str) -> None:
    """Whoever presses a key has heard it: better proof than how the call ends."""
    calls = Attempt.objects.filter(page__in=grant.pages, channel="voice", provider_id=call)
    attempt = calls.first() if call else None
    if attempt is not None:
        pressed = f"key {cut(clean(key), 5)} was pressed"
        delivering.take_receipt(str(attempt.bundle or attempt.key), "delivered", pressed, timezone.now())


def _asked(grant: linking.Grant, token: str) -> HttpResponse:
    said = speaking.said_of(grant, timezone.now())
    if not said:
        return _ended(OVER)
    action = settings.ERRATA_URL + reverse("twilio-voice-keys", args=[token])
    return _answer(twiml.document(*twiml.ask(said, action)))


def _ended(said: str) -> HttpResponse:
    return _answer(twiml.document(twiml.say(said), twiml.hang_up()))


def _answer(document: str) -> HttpResponse:
    return HttpResponse(document, content_type="text/xml; charset=utf-8")

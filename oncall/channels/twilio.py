"""Twilio without its SDK: its REST API, its signature, its words for what became of a message.

It decides which of Twilio's errors are worth another try and what they are called here. What is sent is decided by
`sms.py` and `voice.py`, what is said back by `oncall/views/talk_twilio.py`.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from oncall.channels import posting
from oncall.channels.message import DeliveryFailed, DeliveryUncertain
from oncall.payloads import clean, cut

# Errors behind a 4xx that pass by themselves: too many requests, a full queue.
PASSING = frozenset({20429, 21611})
SENDER = "the sender in ERRATA_TWILIO_FROM may not send there"
COUNTRY = "the Twilio account does not allow this country"
TRIAL = "a trial account of Twilio reaches only numbers that were verified there"
# Twilio's error codes in the words of the ledger (https://www.twilio.com/docs/api/errors); others are shown as numbers.
CODES = {
    13224: "this number cannot be called",
    13227: COUNTRY,
    20003: "ERRATA_TWILIO_ACCOUNT_SID or ERRATA_TWILIO_AUTH_TOKEN is wrong",
    20429: "too many requests at once",
    21205: "Twilio cannot call ERRATA_URL",
    21210: "ERRATA_TWILIO_VOICE_FROM is not a number that may call",
    21211: "this is not a valid phone number",
    21212: SENDER,
    21214: "this number cannot be reached",
    21215: COUNTRY,
    21217: "this is not a valid phone number",
    21219: TRIAL,
    21408: COUNTRY,
    21603: SENDER,
    21606: SENDER,
    21608: TRIAL,
    21609: "Twilio cannot call ERRATA_URL",
    21610: "the person has unsubscribed and must write START to the sender first",
    21611: "the sender's queue is full",
    21612: "this number cannot be reached from the sender",
    21614: "this is not a mobile number",
    21659: SENDER,
    30001: "the sender's queue is full",
    30002: "the Twilio account is suspended",
    30003: "the phone is off or out of reach",
    30004: "the number is blocked",
    30005: "the number does not exist or is out of reach",
    30006: "this is a landline, or its carrier is out of reach",
    30007: "the carrier took it for spam",
    30008: "the carrier does not say why",
    30034: "the sender is not registered for the United States",
}
# What each status means for an attempt; those that are not here change nothing.
STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "completed": "delivered",
    "busy": "failed",
    "no-answer": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class Outcome(NamedTuple):
    """What Twilio says of a message or call: in its word, as a state of an attempt or nothing, and why."""

    said: str
    state: str
    detail: str


def lacking(sender: str) -> str:
    """The settings that are missing for a channel that sends from this one."""
    wanted = ("ERRATA_TWILIO_ACCOUNT_SID", "ERRATA_TWILIO_AUTH_TOKEN", sender)
    return ", ".join(name for name in wanted if not getattr(settings, name))


def create(resource: str, fields: dict[str, str]) -> str:
    """Make one of "Messages" or "Calls"; returns its SID. Twilio knows no repetitions: twice posted is twice sent.

    Raises DeliveryFailed in words, and DeliveryUncertain when the answer does not say whether it was taken.
    """
    account, token = settings.ERRATA_TWILIO_ACCOUNT_SID, settings.ERRATA_TWILIO_AUTH_TOKEN
    credentials = b64encode(f"{account}:{token}".encode()).decode()
    url = f"{settings.ERRATA_TWILIO_URL}/2010-04-01/Accounts/{account}/{resource}.json"
    try:
        answer = posting.deliver_form(url, fields, {"Authorization": f"Basic {credentials}"}, by="Twilio")
    except posting.Refused as refusal:
        raise _explained(refusal) from refusal
    sid = posting.read_json(answer).get("sid")
    if not isinstance(sid, str) or not sid:
        doubt = "Twilio answered something else than what became of it."
        raise DeliveryUncertain(doubt, detail=cut(clean(answer), 200))
    return sid


def _explained(refusal: posting.Refused) -> DeliveryFailed:
    """The refusal in words, if it is one of Twilio's own and not a proxy's."""
    answer = posting.read_json(refusal.answer)
    code = answer.get("code")
    if not isinstance(code, int):
        return refusal
    reason = CODES.get(code, f"it answered {refusal.status} with its error {code}")
    is_permanent = refusal.is_permanent and code not in PASSING
    detail = cut(f"{code} {answer.get('message', '')}".strip(), 300)
    return refusal.reworded(f"Twilio did not take it: {reason}.", is_permanent=is_permanent, detail=detail)


def status_url(key: str) -> str:
    """Where Twilio says what became of the message with this key."""
    return settings.ERRATA_URL + reverse("twilio-status", args=[key])


def outcome(fields: Mapping[str, str]) -> Outcome:
    """What a status callback says. A call that a machine answers has reached nobody, whatever else is said of it."""
    answered_by = fields.get("AnsweredBy", "")
    if answered_by.startswith(("machine", "fax")):
        return Outcome("answered by a machine", "failed", answered_by)
    said = fields.get("MessageStatus") or fields.get("CallStatus") or answered_by
    code = fields.get("ErrorCode", "")
    words = CODES.get(int(code), "") if code.isascii() and code.isdecimal() else ""
    return Outcome(said, STATES.get(said, ""), f"{words} ({code})" if words else code)


def is_signed(path: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
    """Whether Twilio sent this to us (https://www.twilio.com/docs/usage/security): HMAC-SHA1 over address and fields.

    The address is the public one, because a proxy in front may have changed host and scheme. Twilio leaves the port out
    or names it; both are taken.
    """
    if not settings.ERRATA_TWILIO_AUTH_TOKEN:
        return False
    written = "".join(name + value for name, value in sorted(set(fields)))
    wanted = [_signature(f"{base}{path}{written}") for base in _bases()]
    return any(hmac.compare_digest(one, signature.encode()) for one in wanted)


def _bases() -> set[str]:
    parts = urlsplit(settings.ERRATA_URL)
    host, before = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc, f"{parts.scheme}://"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {f"{before}{host}{parts.path}", f"{before}{host}:{port}{parts.path}"}


def _signature(text: str) -> bytes:
    key = settings.ERRATA_TWILIO_AUTH_TOKEN.encode()
    return b64encode(hmac.new(key, text.encode(errors="replace"), hashlib.sha1).digest())

"""Proving that a contact method reaches its person: a code goes there and must come back."""

import secrets
from base64 import b64encode
from datetime import datetime, timedelta

from oncall import composing, outgoing
from oncall.channels import SEND, DeliveryFailed
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, ContactMethod, User
from oncall.sealing import seal, unseal

# Between two codes to the same address.
PAUSE = timedelta(seconds=30)


def add(user: User, channel: str, address: str, now: datetime) -> tuple[ContactMethod, str]:
    """Note a new, unverified contact method and send its code; returns it with its signing secret, shown once.

    Raises outgoing.Blocked for a webhook that leads where we may not call, and Conflict when the person has it already
    or the code could not be sent (the method is kept: the code can be asked for again).
    """
    secret = ""
    if channel == ContactMethod.Channel.WEBHOOK:
        outgoing.check_url(address)
        secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
    method, is_new = ContactMethod.objects.get_or_create(
        user=user, channel=channel, address=address, defaults={"sealed_secret": seal(secret) if secret else ""}
    )
    if not is_new:
        raise Conflict(f"You have {method} already.")
    AuditEntry.objects.write(method, "added", actor=user, at=now)
    return method, secret


def send_code(method: ContactMethod, now: datetime) -> None:
    """Send a fresh code. Raises Conflict when one went out a moment ago, or when it cannot be delivered."""
    if method.code_sent_at and now - method.code_sent_at < PAUSE:
        raise Conflict("A code was sent a moment ago. Wait half a minute before asking for another.")
    message = composing.code_message(method, method.new_code(now))
    secret = unseal(method.sealed_secret) if method.sealed_secret else ""
    key = f"code-{method.pk}-{int(now.timestamp())}"
    try:
        SEND[method.channel](message, method.address, key, secret)
    except DeliveryFailed as failure:
        raise Conflict(f"The code could not be sent. {failure}") from failure


def check_code(method: ContactMethod, code: str, now: datetime) -> bool:
    """Whether the code is right; from then on pages go there."""
    if not method.verify(code, now):
        return False
    AuditEntry.objects.write(method, "verified", actor=method.user, at=now)
    return True

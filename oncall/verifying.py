"""Proving that a contact method reaches its person: a code goes there and must come back."""

import secrets
from base64 import b64encode
from datetime import datetime, timedelta

from django.db import transaction

from oncall import composing, outgoing
from oncall.channels import SEND, DeliveryFailed
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, ContactMethod, User
from oncall.sealing import Unreadable, seal, unseal

# Between two codes to the same address.
PAUSE = timedelta(seconds=30)
# Codes a person may have sent within a while: no stranger's mailbox is filled by adding its address again and again,
# and guessing stays hopeless (five tries a code, one in a million each).
MOST_CODES = 10
A_WHILE = timedelta(hours=1)


def add(user: User, channel: str, address: str, now: datetime) -> tuple[ContactMethod, str]:
    """Note a new, unverified contact method; returns it with its signing secret, shown once. Its code is sent apart.

    Raises outgoing.Blocked or outgoing.Failed for a webhook that leads where we may not call or nowhere, and Conflict
    when the person has the method already.
    """
    secret = ""
    if channel == ContactMethod.Channel.WEBHOOK:
        outgoing.check_url(address)
        secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
    sealed = seal(secret) if secret else ""
    with transaction.atomic():
        method, is_new = ContactMethod.objects.get_or_create(
            user=user, channel=channel, address=address, defaults={"sealed_secret": sealed}
        )
        if not is_new:
            raise Conflict(f"You have {method} already.")
        AuditEntry.objects.write(method, "added", actor=user, at=now)
    return method, secret


def send_code(method: ContactMethod, now: datetime) -> None:
    """Send a fresh code; the one before no longer counts. Raises Conflict when too many went out, or it cannot be sent.

    The method is kept then: the code can be asked for again.
    """
    code = _fresh_code(method, now)
    key = f"code-{method.pk}-{int(now.timestamp())}"
    try:
        secret = unseal(method.sealed_secret) if method.sealed_secret else ""
        SEND[method.channel](composing.code_message(method, code), method.address, key, secret)
    except DeliveryFailed as failure:
        raise Conflict(f"The code could not be sent. {failure}") from failure
    except Unreadable as error:
        raise Conflict(
            "The signing secret of this webhook cannot be read any more. Remove it and add it anew."
        ) from error


def _fresh_code(method: ContactMethod, now: datetime) -> str:
    """A new code, counted before it is sent; two requests at once queue up here and only one gets it."""
    with transaction.atomic():
        # The person's row, because the limit is the person's.
        User.objects.select_for_update(no_key=True).get(pk=method.user_id)
        method.refresh_from_db()
        if method.code_sent_at and timedelta() <= now - method.code_sent_at < PAUSE:
            raise Conflict("A code was sent a moment ago. Wait half a minute before asking for another.")
        sent = AuditEntry.objects.filter(actor=method.user_id, verb="code sent", at__gt=now - A_WHILE)
        if sent.count() >= MOST_CODES:
            raise Conflict("Many codes were sent to you within an hour. Ask for another one later.")
        AuditEntry.objects.write(method, "code sent", actor=method.user, at=now)
        return method.new_code(now)


def check_code(method: ContactMethod, code: str, now: datetime) -> bool:
    """Whether the code is right; from then on pages go there."""
    with transaction.atomic():
        if not method.verify(code, now):
            return False
        AuditEntry.objects.write(method, "verified", actor=method.user, at=now)
    return True

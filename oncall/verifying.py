"""Proving that a contact method reaches its person: a code goes there and must come back."""

from datetime import datetime, timedelta

from django.db import transaction

from oncall import composing
from oncall.channels import REGISTRY, DeliveryFailed
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, ContactMethod, User
from oncall.sealing import Unreadable, seal, unseal

# Between two codes to the same address.
PAUSE = timedelta(seconds=30)
# Codes a person may have sent within a while: no stranger's mailbox is filled by adding its address again and again,
# and guessing stays hopeless (five tries a code, one in a million each).
MOST_CODES = 10
A_WHILE = timedelta(hours=1)


def add(user: User, channel: str, address: str, now: datetime, secret: str = "") -> tuple[ContactMethod, str]:
    """Note a new, unverified contact method; returns it with its secret, shown once. Its code is sent apart.

    `secret` is what the channel needs beside the address, when the person brings it; then nothing is shown. Raises
    ValueError with a sentence for an address that is none of the channel's, and Conflict when they have it already.
    """
    kind = REGISTRY[channel]
    brought, address = secret or kind.secret_in(address), kind.read_address(address)
    made = "" if brought else kind.make_secret()
    sealed = seal(brought or made) if brought or made else ""
    with transaction.atomic():
        method, is_new = ContactMethod.objects.get_or_create(
            user=user, channel=channel, address=address, defaults={"sealed_secret": sealed}
        )
        if not is_new:
            raise Conflict(f"You have {method} already.")
        AuditEntry.objects.write(method, "added", actor=user, at=now)
    return method, made


def send_code(method: ContactMethod, now: datetime) -> None:
    """Send a fresh code; the one before no longer counts. Raises Conflict when too many went out, or it cannot be sent.

    The method is kept then: the code can be asked for again.
    """
    code = _fresh_code(method, now)
    key = f"code-{method.pk}-{int(now.timestamp())}"
    try:
        secret = unseal(method.sealed_secret) if method.sealed_secret else ""
        REGISTRY[method.channel].send(composing.code_message(method, code), method.address, key, secret)
    except DeliveryFailed as failure:
        raise Conflict(f"The code could not be sent. {failure}") from failure
    except Unreadable as error:
        raise Conflict(
            "The secret of this contact method cannot be read any more. Remove it and add it anew."
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


def forget(method: ContactMethod, now: datetime, why: str) -> None:
    """Its address is no more: pages no longer go there until another code came back. Twice is once."""
    with transaction.atomic():
        if ContactMethod.objects.verified().filter(pk=method.pk).update(verified_at=None):
            AuditEntry.objects.write(method, "lost", actor=None, at=now, source="paging", detail=why)


def check_code(method: ContactMethod, code: str, now: datetime) -> bool:
    """Whether the code is right; from then on pages go there."""
    with transaction.atomic():
        if not method.verify(code, now):
            return False
        AuditEntry.objects.write(method, "verified", actor=method.user, at=now)
    return True

"""Unsubscribing by the link in a letter, without signing in: what the link grants, and the headers of RFC 8058.

The link is signed and does not end: a letter may be read years later, and all it can do is to stop letters. It names
one subscription, or all of a person that are told at one cadence. Showing it changes nothing; scanners of mail do that.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse

from coe.models import Subscription

_signer = signing.Signer(salt="coe.unsubscribe")


class Forged(ValueError):
    """Not a token of ours, or a part of it got lost."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may end: the subscription it names, or, without one, all of this cadence. Both may be gone."""

    cadence: str
    user_id: int | None
    subscription: Subscription | None = None

    @property
    def all(self) -> QuerySet[Subscription]:
        """What the person follows at this cadence."""
        mine = Subscription.objects.personal().filter(user=self.user_id, cadence=self.cadence)
        return mine.shown()


def token_of(subscription: Subscription) -> str:
    """For this one alone."""
    return _signer.sign(f"one-{subscription.pk}")


def token_of_all(user_id: int, cadence: str) -> str:
    """For everything that the person is told at this cadence."""
    return _signer.sign(f"all-{user_id}-{cadence}")


def link_of(token: str) -> str:
    """The address whose GET asks and whose POST unsubscribes."""
    return settings.ERRATA_URL + reverse("coe:unsubscribe", args=[token])


def headers_of(token: str) -> dict[str, str]:
    """What lets a mail program offer its own button (RFC 2369; RFC 8058, section 3.1)."""
    return {"List-Unsubscribe": f"<{link_of(token)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def grant_of(token: str) -> Grant:
    """What a token may end. Raises Forged."""
    try:
        kind, _, rest = _signer.unsign(token).partition("-")
    except signing.BadSignature as error:
        raise Forged from error
    if kind == "all":
        user_id, _, cadence = rest.partition("-")
        return Grant(cadence, int(user_id))
    found = Subscription.objects.personal().shown().filter(pk=int(rest)).first()
    return Grant(found.cadence, found.user_id, found) if found else Grant("", None)


def unsubscribe(grant: Grant) -> int:
    """End it; returns how many subscriptions that were. A second time there is nothing left, and that is no error."""
    if grant.subscription is not None:
        return int(grant.subscription.delete()[0] > 0)
    return Subscription.objects.personal().filter(user=grant.user_id, cadence=grant.cadence).delete()[0]

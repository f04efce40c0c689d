"""Signed tokens in pages: who may see and take which incidents without signing in.

It decides what a token grants and for how long. What is done with it is decided by `oncall/answering.py`.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from oncall.models import Attempt, Incident, Page, User

# How long the link in a page may act.
LIFETIME = timedelta(days=7)
_signer = signing.TimestampSigner(salt="oncall.page")


@dataclass(frozen=True, slots=True)
class Grant:
    """The person a token was made for, and the pages it is about: one, or those of a bundle, the worst first."""

    user: User
    pages: list[Page]
    is_bundle: bool = False

    @property
    def incidents(self) -> list[Incident]:
        """What the pages are about, each once."""
        return list({page.incident_id: page.incident for page in self.pages}.values())


class Forged(ValueError):
    """Not a token of ours, or one whose pages are gone."""


class Expired(Forged):
    """A token of ours that is too old."""


def token_of(page: Page) -> str:
    """The token for one page."""
    return _signer.sign(str(page.pk))


def token_of_bundle(bundle: UUID, user: User) -> str:
    """The token for all pages that went to this person as one message."""
    return _signer.sign(f"{bundle.hex}-{user.pk}")


def link_of(token: str) -> str:
    """The address whose GET shows what the token is about and whose POST acknowledges it."""
    return settings.ERRATA_URL + reverse("oncall:page_link", args=[token])


def grant_of(token: str) -> Grant:
    """Whom and what a token is about. Raises Expired and Forged."""
    try:
        named = _signer.unsign(token, max_age=LIFETIME)
    except signing.SignatureExpired as error:
        raise Expired from error
    except signing.BadSignature as error:
        raise Forged from error
    bundle, _, user_id = named.partition("-")
    grant = _of_bundle(UUID(bundle), int(user_id)) if user_id else _of_page(int(named))
    if grant is None:
        raise Forged
    return grant


def _of_page(pk: int) -> Grant | None:
    page = Page.objects.select_related("incident__service__team", "user", "responder").filter(pk=pk).first()
    return Grant(page.user, [page]) if page and page.user else None


def _of_bundle(bundle: UUID, user_id: int) -> Grant | None:
    user = User.objects.filter(pk=user_id).first()
    ids = Attempt.objects.filter(bundle=bundle, page__user=user_id).values("page")
    pages = Page.objects.filter(pk__in=ids).select_related("incident__service__team", "user", "responder")
    found = sorted(pages, key=lambda page: (page.incident.severity, page.opened_at))
    return Grant(user, found, is_bundle=True) if user and found else None

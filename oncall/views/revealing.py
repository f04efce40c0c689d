"""Secrets that are shown exactly once: kept sealed in the session until the next screen takes them out.

A redirect lies between making and showing, so that loading a screen anew neither makes a second secret nor shows the
first one again.
"""

from typing import Any

from django.http import HttpResponse

from oncall.sealing import seal, unseal
from oncall.views.answers import Request

PREFIX = "revealed_"


def keep(request: Request, what: str, secret: str, **facts: Any) -> None:
    """Hold a secret for the next screen that asks for `what`; facts are plain values shown beside it."""
    request.session[PREFIX + what] = {"secret": seal(secret), **facts}


def reveal(request: Request, what: str) -> dict[str, Any] | None:
    """The secret and its facts, once; None when there is none or it was shown."""
    kept = request.session.pop(PREFIX + what, None)
    return {**kept, "secret": unseal(kept["secret"])} if kept else None


def uncached(response: HttpResponse) -> HttpResponse:
    """The answer, kept by no browser and no proxy."""
    response["Cache-Control"] = "no-store"
    return response

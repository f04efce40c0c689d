"""How screens answer a POST and a request of htmx: with a fragment, with 303, or without touching what is typed.

It decides the form of answers only; what they show is each view's business.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from oncall.models import User

View = Callable[..., HttpResponse]
# The screen shows the sentence for a while and changes nothing else (static/js/toasts.js).
SIGNED_OUT = "<p data-sentence>You are signed out. Sign in in another tab; what you typed here stays.</p>"


class Request(HttpRequest):
    """A request of somebody who has signed in: what views behind `signed_in` get."""

    user: User


class SeeOther(HttpResponseRedirect):
    """303: whatever was posted, the answer is fetched with GET (RFC 9110, section 15.4.4)."""

    status_code = 303


def signed_in(view: View) -> View:
    """Like `login_required`; a fragment's place is left alone, because a sign-in screen inside it would eat a draft."""
    guarded = login_required(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_htmx(request) and not request.user.is_authenticated:
            response = HttpResponse(SIGNED_OUT, status=401)
            response["HX-Reswap"] = "none"
            return response
        return guarded(request, *args, **kwargs)

    return answer


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a screen asks, not the browser for a whole one."""
    return request.headers.get("HX-Request") == "true"


def toasted(response: HttpResponse, text: str, tone: str = "success") -> HttpResponse:
    """The answer, with a message that the screen shows for a while."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": tone}})
    return response


def see(request: HttpRequest, url: str, text: str = "") -> SeeOther:
    """Send the browser on, with an optional message on the next screen."""
    if text:
        messages.success(request, text)
    return SeeOther(url)

"""The screens of the outbox: what would have been mailed. Only in a demonstration, only for who has signed in."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo import outbox

# The frame of a mail: styled as the mail says, and nothing else. It can neither run, load, post nor navigate us.
FRAME = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@login_required
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Every message that was caught, newest first."""
    _only_in_a_demonstration()
    found = outbox.newest(settings.ERRATA_OUTBOX_DIR)
    return render(request, "demo/outbox/list.html", {"letters": found})


@login_required
@require_safe
def letter(request: HttpRequest, key: str) -> HttpResponse:
    """One message: headers, the plain part, and the HTML part in a frame."""
    return render(request, "demo/outbox/detail.html", {"letter": _letter(key)})


@login_required
@require_safe
@xframe_options_sameorigin
@csp_replace(FRAME)  # type: ignore[arg-type]  # its stubs know views of one argument only
def letter_body(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part alone, for the frame."""
    return HttpResponse(_letter(key).html)


def _letter(key: str) -> outbox.Letter:
    _only_in_a_demonstration()
    found = outbox.find(settings.ERRATA_OUTBOX_DIR, key)
    if found is None:
        raise Http404("This message is not in the outbox.")
    return found


def _only_in_a_demonstration() -> None:
    if not settings.ERRATA_DEMO:
        raise Http404("There is no outbox outside a demonstration.")

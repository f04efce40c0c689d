"""How the screens of COEs answer: with a part of the screen, with 303, or with JSON to a form that saves itself.

It decides the form of answers only; what they show is each view's business.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse

from oncall.exceptions import Conflict


class SeeOther(HttpResponseRedirect):
    """303: whatever was posted, the answer is fetched with GET (RFC 9110, section 15.4.4)."""

    status_code = 303


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a screen asks, not the browser for a whole one."""
    return request.headers.get("HX-Request") == "true"


def is_autosave(request: HttpRequest) -> bool:
    """Whether the form saved itself (static/js/autosave.js), not a person by its button."""
    return request.headers.get("X-Autosave") == "1"


def see(request: HttpRequest, url: str, text: str = "") -> SeeOther:
    """Send the browser on, with an optional message on the next screen."""
    if text:
        messages.success(request, text)
    return SeeOther(url)


def saved(*, said: str = "", **fields: object) -> JsonResponse:
    """What a form that saved itself is told: it is saved, these hidden fields have new values, and `said` besides."""
    told = {"said": said} if said else {}
    return JsonResponse({"fields": {name: str(value) for name, value in fields.items()}, **told})


def not_saved(errors: object) -> JsonResponse:
    """What a form that saved itself is told when what it holds cannot be saved as it stands."""
    return JsonResponse({"errors": errors}, status=422)


def overtaken(conflict: Conflict) -> JsonResponse:
    """What a form that saved itself is told when somebody else was faster."""
    return JsonResponse({"sentence": str(conflict)}, status=409)

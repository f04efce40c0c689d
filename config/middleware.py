"""What is true of every request: no NUL bytes, the viewer's zone, and conflicts answered in words."""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone

from oncall.exceptions import Conflict, NotAllowed
from oncall.times import zone

type_answer = Callable[[HttpRequest], HttpResponse]


def refuse_nul_bytes(answer: type_answer) -> type_answer:
    """PostgreSQL's text holds no NUL; a query or path that does is a probe or a mistake, never a 500."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("A request cannot hold NUL bytes.", content_type="text/plain")
        return answer(request)

    return middleware


def viewers_zone(answer: type_answer) -> type_answer:
    """Show times on the viewer's wall clock."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return answer(request)
        with timezone.override(zone(request.user.wall_zone)):
            return answer(request)

    return middleware


class answer_conflicts:  # noqa: N801 - named like the other middleware
    """Turn what verbs refuse into 409 and 403, in one place for all screens."""

    def __init__(self, answer: type_answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Conflict → 409, NotAllowed → 403; everything else is somebody else's."""
        if isinstance(error, Conflict):
            return render(request, "409.html", {"sentence": str(error)}, status=409)
        if isinstance(error, NotAllowed):
            return render(request, "403.html", {"exception": str(error)}, status=403)
        if isinstance(error, DataError) and "NUL" in str(error):
            return HttpResponseBadRequest("Text cannot hold NUL bytes.", content_type="text/plain")
        return None

"""A COE to take elsewhere: Markdown, one HTML file, JSON, PDF; and the closed page in which diagrams are drawn."""

from typing import Any

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from coe import documents, exporting, packing, typesetting
from coe.models import COE, Revision
from coe.places import Busy
from coe.views.asking import Request
from coe.views.document_parts import layout_of
from coe.views.reader import incidents_of, newest, shown_actions


@login_required
@require_GET
def markdown(request: Request, pk: int) -> HttpResponse:
    """The COE as Markdown, with its pictures in an archive unless only the text is asked for; import reads both."""
    coe, revision, content, _ = _asked(request, pk)
    day = coe.published_at.date() if revision and coe.published_at else None
    pictures = {} if request.GET.get("only") == "text" else packing.shown_in(coe, content)
    if pictures:
        return _file(coe, packing.packed(coe, content, day, pictures), "application/zip", "zip")
    return _file(coe, documents.markdown_of(content, day), "text/markdown; charset=utf-8", "md")


@login_required
@require_GET
def library(request: Request) -> StreamingHttpResponse | HttpResponse:
    """Every published COE that this person may read, as one archive of Markdown and pictures; import reads it."""
    stream = packing.library_of(request.user)
    try:
        next(stream)
    except Busy as busy:
        return _later(request, busy)
    # Said to proxies as nginx reads it: passed on as it comes, else nobody sees that it grows.
    headers = {"Content-Disposition": 'attachment; filename="coes.zip"', "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(stream, content_type="application/zip", headers=headers)


@login_required
@require_GET
def content(request: Request, pk: int) -> HttpResponse:
    """The COE as JSON, as the API has it in `content`."""
    coe, _, found, _ = _asked(request, pk)
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{coe.number}.json"'
    return answer


@login_required
@require_GET
def html(request: Request, pk: int) -> HttpResponse:
    """The COE as one HTML file that loads nothing."""
    coe, revision, found, texts = _asked(request, pk)
    try:
        made = exporting.html_of(coe, revision, _context(request, coe, found, texts), request.user)
    except Busy as busy:
        return _later(request, busy, coe)
    return _file(coe, made, "text/html; charset=utf-8", "html")


@login_required
@require_GET
def pdf(request: Request, pk: int) -> HttpResponse:
    """The COE as PDF; 503 with what to do where it cannot be made, or not now."""
    coe, revision, found, texts = _asked(request, pk)
    try:
        made = exporting.pdf_of(coe, revision, _context(request, coe, found, texts), request.user)
    except typesetting.NotInstalled as error:
        return render(request, "coe/paper/unavailable.html", {"coe": coe, "missing": str(error)}, status=503)
    except typesetting.Failed as error:
        return render(request, "coe/paper/unavailable.html", {"coe": coe, "reason": str(error)}, status=503)
    except Busy as busy:
        return _later(request, busy, coe)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{coe.number}.pdf"'
    return answer


def _later(request: Request, busy: Busy, coe: COE | None = None) -> HttpResponse:
    """As much is being made as may be: when to ask again."""
    answer = render(request, "coe/paper/later.html", {"coe": coe, "reason": str(busy)}, status=503)
    answer["Retry-After"] = "10"
    return answer


# Mermaid writes style elements into a drawing: in this page it may, which is sandboxed, knows and loads nothing.
@xframe_options_sameorigin
@csp_replace({
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-scripts"],
})  # fmt: skip
@require_GET
def diagrams(request: HttpRequest) -> HttpResponse:
    """An empty page that draws what it is sent and sends the drawing back; the same for everybody."""
    return render(request, "coe/reader/diagrams.html")


def _asked(request: Request, pk: int) -> tuple[COE, Revision | None, dict[str, Any], dict[str, str]]:
    coe = get_object_or_404(COE.objects.visible_to(request.user).select_related("team", "owner"), pk=pk)
    return (coe, *newest(coe))


def _context(request: Request, coe: COE, found: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    return {
        **layout_of(found, texts),
        "actions": shown_actions(coe),
        "incidents": incidents_of(coe, found, request.user),
        "services": list(coe.services.all()),
    }


def _file(coe: COE, text: str | bytes, kind: str, ending: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{coe.number}.{ending}"'
    return answer

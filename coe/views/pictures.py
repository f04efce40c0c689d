"""Showing a picture of a COE to whoever may see the COE; to everybody else there is none."""

from urllib.parse import quote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from django.views.decorators.http import require_GET

from coe.models import Picture, PictureSize
from coe.views.asking import Request

# Opened by itself it is a document of ours: it may do nothing at all.
NOTHING = "default-src 'none'; sandbox"
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


@login_required
@require_GET
def picture(request: Request, pk: int, key: UUID) -> HttpResponse:
    """The picture; with `?w=` its smaller version of that width, if there is one."""
    found = get_object_or_404(Picture.objects.visible_to(request.user).defer("data"), coe_id=pk, key=key)
    width = request.GET.get("w", "")
    size = found.sizes.filter(width=width).first() if width.isdecimal() and len(width) < 6 else None
    etag = f'"{found.digest[:32]}-{size.width if size else "full"}"'
    answer: HttpResponse = HttpResponseNotModified() if _is_known(request, etag) else _sent(found, size)
    # Kept by the browser alone, and asked for again each time: who lost the access loses the picture.
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = etag
    answer["Content-Security-Policy"] = NOTHING
    return answer


def _is_known(request: Request, etag: str) -> bool:
    return etag in parse_etags(request.headers.get("If-None-Match", ""))


def _sent(found: Picture, size: PictureSize | None) -> HttpResponse:
    answer = HttpResponse(bytes(size.data if size else found.data), content_type=found.kind)
    answer["X-Content-Type-Options"] = "nosniff"
    name = f"{found.name.rpartition('.')[0] or found.name}.{ENDINGS[found.kind]}"
    plain = name.encode("ascii", "ignore").decode().strip() or "picture"
    answer["Content-Disposition"] = f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return answer

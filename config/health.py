"""Whether this installation is alive and whether it can page."""

from datetime import timedelta

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from oncall.models import Heartbeat

# A tick older than this means that pages are late.
TICK_GRACE = timedelta(seconds=30)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database reachable, worker seen, last tick fresh; names what is missing."""
    parts = _parts()
    missing = [name for name, is_ready in parts.items() if not is_ready]
    return JsonResponse({"ready": not missing, "missing": missing, "parts": parts}, status=503 if missing else 200)


def _parts() -> dict[str, bool]:
    now = timezone.now()
    try:
        seen = set(Heartbeat.objects.fresh(now, TICK_GRACE).values_list("name", flat=True))
    except Error:
        return {"database": False, "worker": False, "tick": False}
    return {"database": True, "worker": "worker" in seen, "tick": "tick" in seen}

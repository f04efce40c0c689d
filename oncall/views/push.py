"""Push notifications in the browser: what installs the web app, and the device that is registered as a contact method.

How a notification is encrypted and sent is decided by `oncall/channels/push.py`, what the worker does with it by
`static/js/service-worker.js`.
"""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from oncall import verifying
from oncall.channels import push, vapid
from oncall.exceptions import Conflict
from oncall.views.answers import Request, SeeOther, signed_in
from oncall.views.contacts import sent


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app, so that phones can install it; on iOS only an installed one may show notifications."""
    icons = [
        {"src": static(f"icons/errata-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    about = {
        "id": "/",
        "name": "Errata",
        "short_name": "Errata",
        "description": "On-call, incidents and Corrections of Error",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfbfa",
        "theme_color": "#fbfbfa",
        "icons": [*icons, {"src": static("icons/errata.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    answer = JsonResponse(about, content_type="application/manifest+json")
    answer["Cache-Control"] = "max-age=3600"
    return answer


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, from the root because that is how far it may reach; browsers look for a newer one each time."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@lru_cache(maxsize=1)
def _worker() -> bytes:
    return (Path(settings.BASE_DIR) / "static/js/service-worker.js").read_bytes()


@signed_in
@require_POST
def key(request: Request) -> HttpResponse:
    """The public key that a browser subscribes with; made when somebody asks for it first, hence POST."""
    return JsonResponse({"key": vapid.public_key()})


@signed_in
@require_POST
def add(request: Request) -> HttpResponse:
    """Note this browser as a contact method and push its code to it."""
    given = {name: request.POST.get(name, "")[:1000] for name in ("endpoint", "p256dh", "auth")}
    try:
        secret = push.read_keys(given["p256dh"], given["auth"])
        method, _ = verifying.add(request.user, "push", given["endpoint"], timezone.now(), secret)
    except (Conflict, ValueError) as refusal:
        messages.error(request, str(refusal))
        return SeeOther(reverse("oncall:profile") + "#contacts")
    return sent(request, method)

"""/metrics for Prometheus: who may read it. What it says is decided by `oncall/metering.py`."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from oncall import metering
from oncall.models import ApiToken
from oncall.sealing import digest


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric, for whoever holds ERRATA_METRICS_TOKEN or a live API token of an administrator."""
    if status := _refusal(request):
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return HttpResponse(status=status, headers=headers)
    text, content_type = metering.exposition(request.headers.get("Accept", ""), timezone.now())
    return HttpResponse(text, content_type=content_type)


def _refusal(request: HttpRequest) -> int:
    """401 for a missing or unknown token, 403 for that of somebody who is no administrator, else 0."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given:
        return 401
    wanted = settings.ERRATA_METRICS_TOKEN
    if wanted and secrets.compare_digest(given.encode(), wanted.encode()):
        return 0
    token = ApiToken.objects.acting(timezone.now()).select_related("user").filter(digest=digest(given)).first()
    if token is None:
        return 401
    return 0 if token.user.is_administrator else 403

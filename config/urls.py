"""Where everything is. Screens of on-call and of COEs, doors for machines, the API, health."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import health
from oncall.views.metrics import metrics
from oncall.views.styleguide import styleguide

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("styleguide/", styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.account.urls")),
    path("api/v1/", include("config.api_urls")),
    path("", include("oncall.doors_urls")),
    path("", include("oncall.urls")),
    path("", include("coe.urls")),
    path("", include("coe.root_urls")),
]

if settings.ERRATA_DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))

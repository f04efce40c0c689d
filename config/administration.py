"""The administration site: the same sign-in as everywhere else, administrators only."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url


class Site(AdminSite):
    """Django's admin behind allauth's sign-in, with its rate limits."""

    site_header = "Errata administration"
    site_title = "Errata"
    index_title = "Administration"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_administrator", False))

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Strangers sign in at the ordinary door; members are told that this is not theirs."""
        if request.user.is_authenticated and not self.has_permission(request):
            from django.core.exceptions import PermissionDenied

            raise PermissionDenied("Only administrators may open this part of Errata.")
        return redirect_to_login(request.get_full_path(), resolve_url("account_login"))

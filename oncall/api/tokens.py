"""Sign-in of programs: `Authorization: Bearer errata_…`, looked up by digest."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from oncall.models import ApiToken, User
from oncall.sealing import digest

# How precisely "last used" is kept: a write an hour instead of one a request.
LAST_USED_PRECISION = timedelta(hours=1)


class TokenAuthentication(BaseAuthentication):
    """A live token stands for its person."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The person of the token; None when no token was sent, so that the session may speak."""
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        token = ApiToken.objects.acting(now).select_related("user").filter(digest=digest(text.strip())).first()
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired, or of somebody who left.")
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_PRECISION:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing token a 401 with the scheme to use."""
        return "Bearer"


class ScopePermission(BasePermission):
    """A token made for reading does not write."""

    message = "This token may read only."

    def has_permission(self, request: Request, view: object) -> bool:
        is_read_only = isinstance(request.auth, ApiToken) and request.auth.scope == ApiToken.Scope.READ
        return request.method in SAFE_METHODS or not is_read_only


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names the token."""

    target_class = "oncall.api.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """An HTTP bearer token."""
        return {"type": "http", "scheme": "bearer"}

"""How accounts come to be: an administrator makes them, unless the installation opens its doors."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from oncall.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth with sign-up closed by default and our one name field."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ERRATA_OPEN_SIGNUP)

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """There are no user names; the part before the @ stands in until the person says otherwise."""
        user.name = user.name or user.email.partition("@")[0]

"""How accounts come to be: an administrator makes them, unless the installation opens its doors."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.conf import settings
from django.http import HttpRequest

from oncall.models import User


class SignInForm(LoginForm):
    """The labels say what is asked; a grey copy of them in the field would look like something typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class AccountAdapter(DefaultAccountAdapter):
    """allauth with sign-up closed by default and our one name field."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ERRATA_OPEN_SIGNUP)

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """There are no user names; the part before the @ stands in until the person says otherwise."""
        user.name = user.name or user.email.partition("@")[0]

"""What people type about themselves: name and zone, contact methods and their codes, tokens."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from oncall.channels import REGISTRY, usable
from oncall.forms.channels import hints_of
from oncall.forms.zones import ZoneField
from oncall.models import ApiToken, Channel, User

LIFETIMES = ((30, "30 days"), (90, "90 days"), (365, "A year"), (0, "Until it is revoked"))


def channels_for_people() -> list[tuple[str, str]]:
    """The ways by which this installation can call a person, with their names."""
    return [(one.name, Channel(one.name).label) for one in usable() if one.calls_people and one.is_typed]


class PersonForm(forms.ModelForm):
    """Name and zone."""

    name = forms.CharField(max_length=120)
    zone = ZoneField(help_text="Times on all screens and in all messages to you are on this clock. Type a city.")

    class Meta:
        model = User
        fields = ["name", "zone"]


class ContactForm(forms.Form):
    """A contact method: where pages go once it is verified."""

    channel = forms.ChoiceField(choices=channels_for_people, label="How")
    address = forms.CharField(
        max_length=500,
        label="Address",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        max_length=200,
        required=False,
        label="Access token",
        help_text="Only for an ntfy server that asks for one.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["address"].help_text = hints_of(channels_for_people(), self["channel"].id_for_label)

    def clean(self) -> dict[str, Any]:
        """An address must be one of its channel; a webhook may not lead into private networks.

        It stays as it was typed: `verifying.add` tells what of it is secret.
        """
        data = super().clean() or self.cleaned_data
        channel = REGISTRY.get(data.get("channel", ""))
        if channel is None or not data.get("address"):
            return data
        try:
            channel.read_address(data["address"])
        except ValueError as refusal:
            self.add_error("address", str(refusal))
        if data.get("secret") and not channel.takes_secret:
            self.add_error("secret", f"{Channel(channel.name).label} takes no access token.")
        return data


class CodeForm(forms.Form):
    """The six digits that came back from a contact method."""

    code = forms.CharField(
        max_length=12,
        label="Code",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "size": 8}),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class TokenForm(forms.Form):
    """A key for the API: what it is for, what it may do, how long it lives."""

    name = forms.CharField(max_length=80, label="What it is for", help_text="“Deploy script on build-7”, for example.")
    scope = forms.ChoiceField(choices=ApiToken.ACTING, label="May", initial=ApiToken.Scope.READ)
    days = forms.TypedChoiceField(coerce=int, choices=LIFETIMES, label="Lives for", initial=90)

    def expires_at(self, now: datetime) -> datetime | None:
        """When it ends; None for never."""
        days: int = self.cleaned_data["days"]
        return now + timedelta(days=days) if days else None

"""What people type about themselves: name and zone, contact methods and their codes, tokens."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import validate_email

from oncall import outgoing
from oncall.forms.zones import ZoneField
from oncall.models import ApiToken, ContactMethod, User

LIFETIMES = ((30, "30 days"), (90, "90 days"), (365, "A year"), (0, "Until it is revoked"))


class PersonForm(forms.ModelForm):
    """Name and zone."""

    name = forms.CharField(max_length=120)
    zone = ZoneField(help_text="Times on all screens and in all messages to you are on this clock. Type a city.")

    class Meta:
        model = User
        fields = ["name", "zone"]


class ContactForm(forms.Form):
    """A contact method: where pages go once it is verified."""

    channel = forms.ChoiceField(choices=ContactMethod.Channel, label="How")
    address = forms.CharField(
        max_length=500,
        label="Address",
        help_text="An e-mail address, or the URL of a webhook.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """An address must be one of its channel; a webhook may not lead into private networks."""
        data = super().clean() or self.cleaned_data
        address = data.get("address", "")
        if not address:
            return data
        if data.get("channel") == ContactMethod.Channel.EMAIL:
            self._check_email(address)
            data["address"] = address.lower()
        elif data.get("channel") == ContactMethod.Channel.WEBHOOK:
            self._check_webhook(address)
        return data

    def _check_email(self, address: str) -> None:
        try:
            validate_email(address)
        except forms.ValidationError:
            self.add_error("address", f"“{address[:80]}” is not an e-mail address.")

    def _check_webhook(self, address: str) -> None:
        try:
            outgoing.check_url(address)
        except (outgoing.Blocked, outgoing.Failed) as refusal:
            self.add_error("address", str(refusal))


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
    scope = forms.ChoiceField(choices=ApiToken.Scope, label="May", initial=ApiToken.Scope.READ)
    days = forms.TypedChoiceField(coerce=int, choices=LIFETIMES, label="Lives for", initial=90)

    def expires_at(self, now: datetime) -> datetime | None:
        """When it ends; None for never."""
        days: int = self.cleaned_data["days"]
        return now + timedelta(days=days) if days else None

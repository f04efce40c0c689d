"""What people type about a room of a team: its name, and where in which chat it is."""

from typing import Any

from django import forms

from oncall.channels import REGISTRY
from oncall.forms.channels import channels_for_rooms, hints_of
from oncall.models import Team


class RoomForm(forms.Form):
    """A room; the channel says whether the address is one."""

    name = forms.CharField(max_length=80, label="Name", help_text="As people know it: “#payments-alerts”.")
    channel = forms.ChoiceField(choices=channels_for_rooms, label="Channel")
    address = forms.CharField(
        max_length=1000,
        label="Address",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    is_told_of_coes = forms.BooleanField(
        required=False,
        initial=True,
        label="Tell it of COEs",
        help_text="Those that the team publishes, and those about its incidents.",
    )

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        self.team = team
        self.fields["address"].help_text = hints_of(channels_for_rooms(), self["channel"].id_for_label)

    def clean_name(self) -> str:
        """On one line, and the team's only room of this name."""
        name = " ".join(self.cleaned_data["name"].split())
        if self.team.rooms.filter(name=name).exists():
            raise forms.ValidationError(f"{self.team} has a room of this name already.", code="twice")
        return name

    def clean(self) -> dict[str, Any]:
        """An address must be one of its channel; a webhook may not lead into private networks."""
        data = super().clean() or self.cleaned_data
        channel = REGISTRY.get(data.get("channel", ""))
        if channel and data.get("address"):
            try:
                channel.read_address(data["address"])
            except ValueError as refusal:
                self.add_error("address", str(refusal))
        return data


class ToldForm(forms.Form):
    """Whether a room is told of the COEs of its team."""

    told = forms.ChoiceField(choices=[("yes", "Told of COEs"), ("no", "Not told of COEs")])

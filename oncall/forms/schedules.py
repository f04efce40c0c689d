"""What people type about schedules: a schedule, an override, a rotation and the order of its people.

Forms judge shape; which rotation lies over which and who is on call then is decided by `oncall/shifts.py`.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from oncall.forms.people import PersonField
from oncall.forms.zones import WallClockField, ZoneField, instant_of, note_of
from oncall.models import Schedule, ScheduleLayer, Team, User
from oncall.scheduling import LayerPlan

LONGEST_OVERRIDE = timedelta(days=366)
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ScheduleForm(forms.ModelForm):
    """Name, team and zone of a schedule. The team is chosen among those the person may change schedules of."""

    zone = ZoneField(help_text="Hand-overs are on the wall clock of this zone, summer and winter.")

    class Meta:
        model = Schedule
        fields = ["name", "team", "zone"]

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class CoverForm(forms.Form):
    """Somebody on call instead of whoever the rotations name, for a span of local time."""

    user = PersonField(label="Who covers", help_text="A name or an e-mail address.")
    zone = forms.ChoiceField(widget=forms.RadioSelect, label="The times are those of")
    starts = WallClockField(label="From")
    ends = WallClockField(label="Until")
    reason = forms.CharField(max_length=200, required=False, label="Why")

    def __init__(self, *args: Any, zones: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["zone"]
        field.choices = zones  # type: ignore[attr-defined]
        if len(zones) == 1:
            field.widget, field.initial = forms.HiddenInput(), zones[0][0]

    def clean(self) -> dict[str, Any]:
        """Local times become instants, by the rule for clock changes; `notes` say what the rule did."""
        data = super().clean() or self.cleaned_data
        data["notes"] = []
        for name in ("starts", "ends"):
            self._to_instant(name, data)
        if isinstance(data.get("starts_at"), datetime) and isinstance(data.get("ends_at"), datetime):
            self._check_span(data["starts_at"], data["ends_at"])
        return data

    def _to_instant(self, name: str, data: dict[str, Any]) -> None:
        shown, zone = data.get(name), data.get("zone")
        if not shown or not zone:
            return
        try:
            instant = instant_of(shown, zone)
        except forms.ValidationError as error:
            self.add_error(name, error)
            return
        data[f"{name}_at"] = instant
        if note := note_of(shown, instant, zone):
            data["notes"].append(note)

    def _check_span(self, starts_at: datetime, ends_at: datetime) -> None:
        if ends_at <= starts_at:
            self.add_error("ends", "The end must lie after the start.")
        elif ends_at <= timezone.now():
            self.add_error("ends", "This span is over already. Who was on call then stays on record.")
        elif ends_at - starts_at > LONGEST_OVERRIDE:
            self.add_error("ends", "An override lasts a year at most. Change the rotation instead.")


class LayerForm(forms.Form):
    """One rotation, without its people: they are in `Turns`."""

    name = forms.CharField(max_length=80)
    role = forms.ChoiceField(
        choices=ScheduleLayer.Role, help_text="Each role is a schedule of its own; policies page a role."
    )
    position = forms.TypedChoiceField(coerce=int, label="Lies", help_text="Within its role the upper one counts.")
    rotation = forms.ChoiceField(choices=ScheduleLayer.Rotation, label="Hands over")
    every = forms.IntegerField(min_value=1, max_value=52, label="Every", help_text="Days or weeks a turn lasts.")
    hand_over_at = forms.TimeField(
        label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial=time(9)
    )
    hand_over_on = forms.TypedChoiceField(
        coerce=int, choices=ScheduleLayer.Weekday, label="On", help_text="Of a weekly rotation."
    )
    starts_on = forms.DateField(label="Counts from", widget=DATE, help_text="From the hand-over time of that day.")
    ends_on = forms.DateField(label="Until", required=False, widget=DATE, help_text="Empty: for good.")

    def __init__(self, *args: Any, others: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(0, "on top"), *((place, f"under {name}") for place, name in enumerate(others, 1))]
        self.fields["position"].choices = choices  # type: ignore[attr-defined]
        self.fields["starts_on"].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self) -> dict[str, Any]:
        """A rotation ends on or after the day it starts, within the years that can be computed."""
        data = super().clean() or self.cleaned_data
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if starts_on and not 1970 <= starts_on.year <= 2999:
            self.add_error("starts_on", "Choose a year from 1970 to 2999.")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "It must not end before it starts.")
        return data

    def plan(self, slots: tuple[tuple[int, ...], ...]) -> LayerPlan:
        """What was typed, as `oncall.scheduling` takes it; only of a valid form."""
        facts = {name: self.cleaned_data[name] for name in self.fields}
        return LayerPlan(**facts, slots=slots)


def initial_of(layer: ScheduleLayer) -> dict[str, Any]:
    """The form's fields as they are saved."""
    return {name: getattr(layer, name) for name in LayerForm.base_fields}

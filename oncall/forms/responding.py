"""What people type about an incident beside moving it: until when it waits, who takes it, who helps, where it goes.

Also what is typed about holds, which are spans of local time too. Forms judge shape; what is legal is decided by
`oncall/responding.py` and `oncall/holding.py`, local times by `oncall/times.py`.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from oncall import times
from oncall.forms.people import PersonField
from oncall.forms.zones import WallClockField, instant_of
from oncall.models import EscalationPolicy, Incident, User

MORNING = time(9)
SPANS = {"30": "30 minutes", "60": "1 hour", "240": "4 hours", "morning": "Until 09:00"}
LONGEST_SNOOZE = timedelta(days=7)


class LocalField(WallClockField):
    """A local time that becomes an instant by the clock of whoever typed it, once `zone` is known."""

    zone = "UTC"

    def clean(self, value: Any) -> datetime | None:
        """The instant, in UTC."""
        shown = super().clean(value)
        return instant_of(shown, self.zone) if shown else None


class LocalTimesForm(forms.Form):
    """A form whose times are those of the viewer's clock."""

    def __init__(self, *args: Any, zone: str, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, LocalField):
                field.zone = zone


class SnoozeForm(LocalTimesForm):
    """One of the usual spans, or a typed time; `ends_at(now)` says which instant is meant."""

    span = forms.ChoiceField(choices=list(SPANS.items()), required=False, widget=forms.HiddenInput())
    until = LocalField(required=False, label="Until", help_text="On your clock, a week ahead at most.")

    def __init__(self, *args: Any, zone: str, now: datetime, **options: Any) -> None:
        super().__init__(*args, zone=zone, **options)
        self.zone, self.now = zone, now

    def clean(self) -> dict[str, Any]:
        """The instant `ends_at`: a pressed span counts before a typed time."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            data["ends_at"] = self._ends_at(data["span"], data["until"])
        return data

    def _ends_at(self, span: str, until: datetime | None) -> datetime | None:
        if span == "morning":
            return times.next_wall_clock(self.now, MORNING, self.zone)
        if span:
            return self.now + timedelta(minutes=int(span))
        if until is None:
            self.add_error("until", "Until when? Choose a span, or type a time.")
        elif until <= self.now:
            self.add_error("until", "This is over already.")
        elif until > self.now + LONGEST_SNOOZE:
            self.add_error("until", "A snooze lasts a week at most.")
        return until


class TakerForm(forms.Form):
    """Who takes the incident from here on."""

    taker = PersonField(label="Who takes it", help_text="A name or an e-mail address.")


class HelperForm(forms.Form):
    """Who is asked to help."""

    helper = PersonField(label="Whom to ask", help_text="A name or an e-mail address.")


class RerouteForm(forms.Form):
    """Which policy the incident follows from here on."""

    policy = forms.ModelChoiceField(EscalationPolicy.objects.none(), label="Policy", empty_label="Choose a policy")

    def __init__(self, *args: Any, incident: Incident, **options: Any) -> None:
        super().__init__(*args, **options)
        policies = EscalationPolicy.objects.filter(current__isnull=False).select_related("team")
        if incident.policy_version_id:
            policies = policies.exclude(current=incident.policy_version_id)
        self.fields["policy"].queryset = policies.order_by("team__name", "name")  # type: ignore[attr-defined]


class MuteForm(LocalTimesForm):
    """Until when an alert pages nobody, and why."""

    until = LocalField(label="Until", help_text="On your clock. After that it pages again.")
    reason = forms.CharField(max_length=300, label="Why", help_text="Everybody who sees the incident reads it.")


class MaintenanceForm(LocalTimesForm):
    """When work on a service begins and ends, and what it is."""

    starts = LocalField(label="From", required=False, help_text="Left empty, it begins now.")
    ends = LocalField(label="Until", help_text="On your clock.")
    reason = forms.CharField(max_length=300, label="What is done", help_text="“Upgrade of the database to 18”.")


def forms_of(incident: Incident, user: User, now: datetime, *, may_reroute: bool) -> dict[str, forms.Form]:
    """The empty forms of an incident's "More", by the names under which its templates know them."""
    return {
        "snooze_form": SnoozeForm(zone=user.wall_zone, now=now, auto_id="snooze_%s"),
        "taker_form": TakerForm(auto_id="reassign_%s"),
        "helper_form": HelperForm(auto_id="help_%s"),
        **({"reroute_form": RerouteForm(incident=incident, auto_id="reroute_%s")} if may_reroute else {}),
    }

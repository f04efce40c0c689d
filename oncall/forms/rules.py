"""What people type about how pages reach them: a notification rule, and their quiet hours."""

from datetime import time
from typing import Any

from django import forms

from oncall.models import ContactMethod, NotificationRule, User

LONGEST_WAIT = 24 * 60
MOST_RULES = 20
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class RuleForm(forms.Form):
    """Through which of one's contact methods, and how long after a page was opened."""

    urgency = forms.ChoiceField(choices=NotificationRule.Urgency, label="For")
    after_minutes = forms.IntegerField(
        min_value=0, max_value=LONGEST_WAIT, initial=0, label="After, in minutes", help_text="0 is at once."
    )
    contact_method = forms.ModelChoiceField(ContactMethod.objects.none(), label="By", empty_label=None)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["contact_method"].queryset = user.contact_methods.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Nobody keeps track of more rules than that."""
        data = super().clean() or self.cleaned_data
        if self.user.notification_rules.count() >= MOST_RULES:
            raise forms.ValidationError(f"You have {MOST_RULES} rules. Remove one first.", code="many")
        return data


class QuietForm(forms.ModelForm):
    """From when to when, on one's own clock, what is not urgent waits; neither for no quiet hours."""

    quiet_from = forms.TimeField(required=False, label="From", widget=CLOCK)
    quiet_until = forms.TimeField(required=False, label="until", widget=CLOCK)

    class Meta:
        model = User
        fields = ["quiet_from", "quiet_until"]

    def clean(self) -> dict[str, Any]:
        """Both ends or none; not the whole day."""
        data = super().clean() or self.cleaned_data
        ends: list[time | None] = [data.get("quiet_from"), data.get("quiet_until")]
        if self.errors:
            return data
        if ends.count(None) == 1:
            missing = "quiet_until" if ends[1] is None else "quiet_from"
            self.add_error(missing, "Quiet hours begin and end. Write both times, or neither.")
        elif ends[0] is not None and ends[0] == ends[1]:
            self.add_error("quiet_until", "That would be the whole day. Choose another time.")
        return data

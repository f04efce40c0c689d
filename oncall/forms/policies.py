"""What people type about an escalation policy, without its steps: they are in `steps.py`."""

from typing import Any

from django import forms

from oncall.models import EscalationPolicy, Team, User


class PolicyForm(forms.ModelForm):
    """Name, team and repeats. The team is chosen among those the person may change policies of."""

    class Meta:
        model = EscalationPolicy
        fields = ["name", "team", "repeats"]
        labels = {"repeats": "Then again"}
        help_texts = {"repeats": "How often the steps are walked again while nobody acknowledges; 0 to 9."}

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]

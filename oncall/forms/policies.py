"""What people type about an escalation policy, without its steps: they are in `steps.py`."""

from typing import Any

from django import forms

from oncall.models import EscalationPolicy, Team, User


class PolicyForm(forms.ModelForm):
    """Name, team, repeats and last resort. The team is one of those the person may change policies of."""

    class Meta:
        model = EscalationPolicy
        fields = ["name", "team", "repeats", "last_resort"]
        labels = {"repeats": "Then again", "last_resort": "Last resort"}
        help_texts = {
            "repeats": "How often the steps are walked again while nobody acknowledges; 0 to 9.",
            "last_resort": "Who goes on when this policy is at its end.",
        }

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        others = EscalationPolicy.objects.exclude(pk=self.instance.pk).select_related("team").order_by("name")
        resort = self.fields["last_resort"]
        resort.queryset = others  # type: ignore[attr-defined]
        resort.empty_label = "Administrators"  # type: ignore[attr-defined]

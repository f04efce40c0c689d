"""What people type about services: facts, links, what they need, and doors."""

from typing import Any

from django import forms

from oncall.forms.incidents import ServiceField
from oncall.models import EscalationPolicy, Integration, Service, ServiceLink, Team, User

DIALECTS = [choice for choice in Integration.Dialect.choices if choice[0] != Integration.Dialect.API]


class ServiceForm(forms.ModelForm):
    """The facts of a service. It can only be given to a team the person may change services of."""

    class Meta:
        model = Service
        fields = ["name", "description", "team", "tier", "lifecycle", "repository", "escalation_policy"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "tier": "1: customers notice at once. 3: nobody notices for a day.",
            "repository": "owner/name; deployments that name no service find it by this.",
            "escalation_policy": "Without one, the managers of the team are paged.",
        }

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        own = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        team = self.instance.team_id
        self.fields["team"].queryset = own  # type: ignore[attr-defined]
        policies = EscalationPolicy.objects.filter(team__in=own) | EscalationPolicy.objects.filter(team=team)
        present = EscalationPolicy.objects.filter(pk=self.instance.escalation_policy_id)
        self.fields["escalation_policy"].queryset = (policies | present).distinct()  # type: ignore[attr-defined]


class LinkForm(forms.ModelForm):
    """Where to look: kind, title and address."""

    url = forms.URLField(
        max_length=500, label="Address", assume_scheme="https", widget=forms.TextInput(attrs={"inputmode": "url"})
    )

    class Meta:
        model = ServiceLink
        fields = ["kind", "title", "url"]

    def clean_url(self) -> str:
        """Web pages only: a link must never run a script."""
        url: str = self.cleaned_data["url"]
        if not url.startswith(("https://", "http://")):
            raise forms.ValidationError("A link starts with https:// or http://.", code="scheme")
        if self.instance.service.links.filter(url=url).exists():
            raise forms.ValidationError("This service has this link already.", code="twice")
        return url


class NeedForm(forms.Form):
    """A service that this one needs to work."""

    needs = ServiceField(
        max_length=120, label="It needs", widget=forms.TextInput(attrs={"list": "services", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, of: Service, **options: Any) -> None:
        super().__init__(*args, **options)
        self.service = of

    def clean_needs(self) -> Service:
        needed: Service = self.cleaned_data["needs"]
        if needed == self.service:
            raise forms.ValidationError("No service needs itself.", code="itself")
        return needed


class DoorForm(forms.Form):
    """A door: what speaks through it, and what it is called."""

    dialect = forms.ChoiceField(choices=DIALECTS, label="What speaks through it", widget=forms.RadioSelect)
    name = forms.CharField(
        max_length=120, required=False, label="Name", help_text="Which installation: “Alertmanager eu-west-1”."
    )

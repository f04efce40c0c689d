"""What people type about incidents: a declaration, a note, a severity, and what a listing is narrowed to.

Forms judge shape only; which moves are legal is the model's business, who may make them `oncall/permissions.py`'s.
"""

from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from django import forms
from django.utils import timezone

from oncall.models import Environment, Service, User
from oncall.models.incidents import Severity

# What each severity means, so that two people choose the same one at three in the morning.
MEANINGS = {
    Severity.SEV1: "Most customers cannot use the product, or data is at risk. Pages at any hour.",
    Severity.SEV2: "Something customers need is broken or badly degraded. Pages at any hour.",
    Severity.SEV3: "Some customers are hindered, or there is little room left before they are. Pages.",
    Severity.SEV4: "Nobody outside notices yet. Waits for working hours; pages nobody.",
    Severity.SEV5: "Worth writing down. Pages nobody.",
}
# More suggestions than this make a list that nobody reads.
MOST_SUGGESTIONS = 400


class ServiceField(forms.CharField):
    """A service by its name or short name; ten thousand services are too many for a select."""

    def clean(self, value: Any) -> Service | None:
        """The one service of this name. ValidationError names those that are spelled alike."""
        typed = super().clean(value)
        if not typed:
            return None
        found = Service.objects.filter(slug=typed.lower()).first() or Service.objects.filter(name__iexact=typed).first()
        if found:
            return found
        raise forms.ValidationError(f"There is no service called “{typed[:80]}”.{self._alike(typed)}", code="unknown")

    def _alike(self, typed: str) -> str:
        names = Service.objects.order_by("slug").values_list("slug", flat=True)[:20_000]
        close = get_close_matches(typed.lower()[:80], list(names), n=3)
        return f" Do you mean {' or '.join(close)}?" if close else ""


class DeclareForm(forms.Form):
    """Declares an incident; everything that is asked can be answered within seconds."""

    title = forms.CharField(
        max_length=500,
        label="What is wrong",
        help_text="What customers or callers see, and where: “Card payments declined in eu-west-1”.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    service = ServiceField(
        max_length=120, help_text="Its team is paged.", widget=forms.TextInput(attrs={"list": "services"})
    )
    severity = forms.TypedChoiceField(
        coerce=int,
        choices=[(level.value, MEANINGS[level]) for level in Severity],
        initial=Severity.SEV3.value,
        widget=forms.RadioSelect,
    )
    environment = forms.ModelChoiceField(
        Environment.objects.all(), required=False, empty_label="Not known, or several", label="Environment"
    )
    impact_started_at = forms.DateTimeField(
        required=False,
        label="Since when",
        help_text="On your clock. Left empty, it is now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    summary = forms.CharField(
        required=False,
        max_length=10_000,
        label="What is seen",
        help_text="Error messages, numbers, what has been tried.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    is_practice = forms.BooleanField(
        required=False,
        label="This is a practice",
        help_text="It pages for real, so that people practise what they will do, and says so in every page. "
        "It counts in no figure and needs no COE.",
    )

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_impact_started_at(self) -> datetime | None:
        """Impact lies in the past; a clock that is minutes ahead is forgiven."""
        since: datetime | None = self.cleaned_data["impact_started_at"]
        now = timezone.now()
        if since and since > now + timedelta(minutes=5):
            raise forms.ValidationError("This lies in the future. When did it begin?", code="future")
        return min(since, now) if since else None


class NoteForm(forms.Form):
    """One note on the timeline."""

    text = forms.CharField(
        max_length=10_000,
        label="Add a note",
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "What you see, what you try, what you decide"}),
        error_messages={"required": "A note needs words."},
    )


class SeverityForm(forms.Form):
    """The severity somebody chose."""

    severity = forms.TypedChoiceField(coerce=int, choices=Severity.choices)


def suggested_services(user: User) -> list[Service]:
    """Services to offer while typing: one's own teams' first."""
    own = list(Service.objects.filter(team__memberships__user=user).distinct())
    others = Service.objects.exclude(pk__in=[service.pk for service in own])
    return [*own, *others[: MOST_SUGGESTIONS - len(own)]]

"""What readers type: a question, an answer, and what they follow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe.forms.fields import ServiceField, TeamField
from coe.models import Question, Subscription, Tag
from coe.reading import LONGEST
from oncall.models.incidents import Severity


class QuestionForm(forms.Form):
    """A question, or a proposed correction."""

    kind = forms.ChoiceField(choices=Question.Kind.choices, initial=Question.Kind.QUESTION, label="What it is")
    text = forms.CharField(max_length=LONGEST, label="Your words", widget=forms.Textarea(attrs={"rows": 3}))


class AnswerForm(forms.Form):
    """What is answered in public."""

    answer = forms.CharField(max_length=LONGEST, label="Answer", widget=forms.Textarea(attrs={"rows": 3}))


class SubscriptionForm(forms.Form):
    """What is followed, and how often it is told."""

    team = TeamField(required=False)
    service = ServiceField(required=False)
    tag = forms.CharField(required=False, max_length=40)
    severity = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any"), *Severity.choices],
        label="This severity or worse",
    )
    query = forms.CharField(required=False, max_length=300, label="Saved search", help_text="As in the search box.")
    cadence = forms.ChoiceField(choices=Subscription.Cadence.choices, initial=Subscription.Cadence.WEEKLY, label="Told")

    def clean_tag(self) -> Tag | None:
        """The tag of this name; ValidationError when no COE bears it."""
        name = self.cleaned_data["tag"].strip().lower()
        found = Tag.objects.filter(name=name).first() if name else None
        if name and found is None:
            raise ValidationError("No COE bears this tag.", code="unknown")
        return found

    def clean(self) -> dict[str, Any]:
        """A search is answered by digests alone: at once would need it to be asked of every publication."""
        facts = self.cleaned_data
        if facts.get("query") and facts.get("cadence") == Subscription.Cadence.AT_ONCE:
            raise ValidationError({"cadence": "A saved search is told daily or weekly."})
        return facts

"""What readers type: a question, an answer, and what they follow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe import subscribing
from coe.forms.fields import ServiceField, TeamField
from coe.models import Question, Subscription, Tag
from coe.reading import LONGEST
from oncall.models import Room, User
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

    team = TeamField(required=False, suggestions="teams")
    service = ServiceField(required=False, suggestions="services")
    tag = forms.CharField(
        required=False, max_length=40, widget=forms.TextInput(attrs={"list": "tags", "autocomplete": "off"})
    )
    severity = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any"), *Severity.choices],
        label="This severity or worse",
    )
    query = forms.CharField(
        required=False, max_length=300, label="Saved search", help_text="As in the search box. Told daily or weekly."
    )
    cadence = forms.ChoiceField(choices=Subscription.Cadence.choices, initial=Subscription.Cadence.WEEKLY, label="Told")
    room = forms.ModelChoiceField(
        queryset=Room.objects.none(),
        required=False,
        empty_label="Me, by mail",
        label="Who is told",
        help_text="A room hears only of what the whole organisation may read.",
    )

    def __init__(self, *given: Any, user: User, **options: Any) -> None:
        super().__init__(*given, **options)
        self.user = user
        self.fields["room"].queryset = subscribing.usable_rooms(user)  # type: ignore[attr-defined]
        self.fields["room"].label_from_instance = lambda room: f"{room.team}: {room}"  # type: ignore[attr-defined]

    def clean_tag(self) -> Tag | None:
        """The tag of this name; ValidationError when no COE that the person may read bears it."""
        name = self.cleaned_data["tag"].strip().lower()
        found = subscribing.tag_of(self.user, name) if name else None
        if name and found is None:
            raise ValidationError("No COE bears this tag.", code="unknown")
        return found

    def clean(self) -> dict[str, Any]:
        """A search is answered by digests alone: at once would need it to be asked of every publication."""
        facts = self.cleaned_data
        if facts.get("query") and facts.get("cadence") == Subscription.Cadence.AT_ONCE:
            raise ValidationError({"cadence": "A saved search is told daily or weekly."})
        return facts


class CadenceForm(forms.Form):
    """How often it is told from now on."""

    cadence = forms.ChoiceField(choices=Subscription.Cadence.choices, label="Told")


class FollowForm(SubscriptionForm):
    """What a follow button posts: things by their short names, and how often; an empty cadence ends it."""

    STOP = ("", "Not at all")

    cadence = forms.ChoiceField(choices=[STOP, *Subscription.Cadence.choices], required=False)

    @property
    def wish(self) -> dict[str, Any]:
        """What is followed, as `coe.subscribing.follow` takes it."""
        return {name: self.cleaned_data.get(name) for name in subscribing.WISH}


class FeedForm(forms.Form):
    """An address of one's feeds: what reads it."""

    name = forms.CharField(max_length=80, label="What reads it", help_text="“Thunderbird on my laptop”, for example.")

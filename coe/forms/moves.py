"""What people type when a COE or an action item moves on: reviewers, a verdict, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from coe.forms.fields import PeopleField
from coe.models import Review
from oncall.models import User


class SubmitForm(forms.Form):
    """Who is asked to review: some of those suggested, and whoever else."""

    suggested = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Reviewers")
    others = PeopleField(
        required=False,
        max_length=5_000,
        label="Somebody else",
        help_text="E-mail addresses, apart by commas.",
    )

    def __init__(self, data: Any = None, *, suggestions: Sequence[User] = (), chosen: Sequence[User] = ()) -> None:
        super().__init__(data, initial={"suggested": [str(user.pk) for user in chosen]}, auto_id="id_submit_%s")
        self.suggestions = {str(user.pk): user for user in suggestions}
        names = [(key, user.name) for key, user in self.suggestions.items()]
        cast(forms.MultipleChoiceField, self.fields["suggested"]).choices = names

    def reviewers(self) -> list[User]:
        """Everybody chosen, once."""
        return [*(self.suggestions[key] for key in self.cleaned_data["suggested"]), *self.cleaned_data["others"]]


class DecideForm(forms.Form):
    """A reviewer's verdict on the state that was read."""

    comment = forms.CharField(
        required=False,
        max_length=20_000,
        label="Comment",
        help_text="What should change, or what you liked. The owner gets it by mail.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    verdict = forms.ChoiceField(
        choices=[(verdict, verdict.label) for verdict in Review.JUDGED], widget=forms.HiddenInput
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class EvidenceForm(forms.Form):
    """The words that a move of an action item needs."""

    evidence = forms.CharField(max_length=10_000, label="Evidence", widget=forms.Textarea(attrs={"rows": 3}))

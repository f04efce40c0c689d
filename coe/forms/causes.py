"""What people type and choose about the graph of causes beyond the text of a cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from coe.forms.fields import ReadTextField
from coe.models import Cause

type_choices = Sequence[tuple[int, str]]


class LinkForm(forms.Form):
    """That one cause explains another, too."""

    cause = forms.TypedChoiceField(coerce=int, label="This cause")
    effect = forms.TypedChoiceField(coerce=int, label="also explains")

    def __init__(self, choices: type_choices, data: Any = None) -> None:
        super().__init__(data, auto_id="id_link_%s")
        for name in ("cause", "effect"):
            cast(forms.TypedChoiceField, self.fields[name]).choices = [("", "Choose a cause"), *choices]


class JoinForm(forms.Form):
    """How the causes of one work together."""

    join = forms.ChoiceField(choices=Cause.Join.choices)


class NoActionForm(forms.Form):
    """Why nothing corrects a cause."""

    no_action_because = forms.CharField(required=False, max_length=300, label="Why nothing corrects it")
    base = ReadTextField()

    def __init__(self, data: Any = None, *, cause: Cause) -> None:
        initial = {"no_action_because": cause.no_action_because, "base": cause.no_action_because}
        super().__init__(data, initial=initial, auto_id=f"id_no_action_{cause.pk}_%s")

    def clean_no_action_because(self) -> str:
        return " ".join(self.cleaned_data["no_action_because"].split())


def choices_of(nodes: Sequence[Any]) -> list[tuple[int, str]]:
    """The causes to choose from, each with its number in the list."""
    return [(node.id, f"{node.number} {node.text[:80]}") for node in nodes]

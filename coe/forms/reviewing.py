"""What people type about reviews: to whom one is handed on, who else is asked, who is in the pool of bar raisers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe.forms.fields import PersonField
from coe.models import BarRaiser
from oncall.models import Team

MOST_CONFLICTS = 50


class TeamsField(forms.CharField):
    """Several teams by name or slug, one a line or apart by commas."""

    def clean(self, value: Any) -> list[Team]:
        """The teams; ValidationError names every one there is not."""
        typed = super().clean(value)
        names = [name.strip() for name in typed.replace("\n", ",").split(",") if name.strip()]
        if len(names) > MOST_CONFLICTS:
            raise ValidationError(f"Name at most {MOST_CONFLICTS} teams.", code="many")
        found = {}
        for name in names:
            one = Team.objects.filter(slug=name.lower()).first() or Team.objects.filter(name__iexact=name).first()
            if one is None:
                raise ValidationError(f"There is no team called “{name[:80]}”.", code="unknown")
            found[one.pk] = one
        return list(found.values())

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(team.name for team in value)


class DelegateForm(forms.Form):
    """To whom a review goes, and why."""

    to = PersonField(
        required=False,
        suggestions="people",
        label="To",
        help_text="Empty: whoever is free. The new reviewer answers in the same role, by the same time.",
    )
    because = forms.CharField(max_length=300, label="Why")


class AskForm(forms.Form):
    """One more reviewer."""

    to = PersonField(suggestions="people", label="Reviewer")


class BarRaiserForm(forms.Form):
    """What a bar raiser says of themselves."""

    most_at_once = forms.IntegerField(min_value=1, max_value=20, label="Reviews at once")
    away_until = forms.DateField(
        required=False,
        label="Away until",
        help_text="Not asked before this day.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    conflicts = TeamsField(
        required=False,
        max_length=5_000,
        label="Teams whose COEs you do not judge",
        help_text="One a line. Your own teams, and those of the owner, are left out by themselves.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, raiser: BarRaiser) -> None:
        facts = {
            "most_at_once": raiser.most_at_once,
            "away_until": raiser.away_until,
            "conflicts": list(raiser.conflicts.all()),
        }
        super().__init__(data, initial=facts, auto_id=f"id_raiser_{raiser.pk}_%s")


class PoolForm(forms.Form):
    """Somebody who joins the pool."""

    person = PersonField(suggestions="people", label="Bar raiser")

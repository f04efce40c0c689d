"""What people type when they say who reads a COE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from coe.forms.fields import PeopleField, TeamsField
from coe.models import COE
from coe.reconsidering import LONGEST, USUAL, needs_note
from oncall.models import Team, User

# Judged only when the COE is restricted: otherwise nobody sees them.
OF_A_RESTRICTION = ("restricted_because", "near", "teams", "readers", "reconsider_on")


class AudienceForm(forms.Form):
    """Who reads it: everybody, or some people and the members of some teams, for a reason and until a day."""

    # With a restriction, or when one changes.
    demanded = frozenset({"restricted_because", "reconsider_on", "because", "near"})

    audience = forms.ChoiceField(choices=COE.Audience.choices, widget=forms.RadioSelect, label="Who reads it")
    restricted_because = forms.CharField(
        required=False, max_length=300, label="Why not everybody", help_text="Security, or personnel matters."
    )
    near = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Teams that it concerns"
    )
    teams = TeamsField(
        required=False,
        max_length=5_000,
        label="Other teams",
        help_text="Names, one a line. Whoever is a member reads it, as long as they are.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    readers = PeopleField(
        required=False,
        max_length=5_000,
        label="People",
        help_text="E-mail addresses, one a line. Owner, reviewers, managers and administrators read it too.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reconsider_on = forms.DateField(
        required=False,
        label="To be reconsidered on",
        help_text="You and the owner are told on that day. At most a year from now.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    because = forms.CharField(
        required=False,
        max_length=300,
        label="Why this changes",
        help_text="Needed to lift the restriction, or to name another day. It is kept in the audit.",
    )

    def __init__(self, data: Any = None, *, coe: COE, near: Sequence[Team], today: date) -> None:
        super().__init__(data, initial=_initial(coe, near, today), auto_id="id_audience_%s")
        self.coe, self.today, self._near = coe, today, {str(team.pk): team for team in near}
        choices = [(key, team.name) for key, team in self._near.items()]
        cast(forms.MultipleChoiceField, self.fields["near"]).choices = choices
        self.fields["reconsider_on"].widget.attrs |= {"max": f"{today + LONGEST:%Y-%m-%d}"}
        if not near:
            del self.fields["near"]
            self.fields["teams"].label = "Teams"
        if not coe.is_restricted:
            del self.fields["because"]

    def clean(self) -> dict[str, Any]:
        """A restriction has a reason and a day; whoever changes one says why."""
        facts = self.cleaned_data
        if facts.get("audience") == COE.Audience.ORGANISATION:
            for name in OF_A_RESTRICTION:
                self.errors.pop(name, None)
        else:
            self._demand("restricted_because", "Say why not everybody may read it.")
            self._demand("reconsider_on", "Name the day on which it is judged again.")
        if not self.errors and needs_note(self.coe, facts["audience"], facts.get("reconsider_on")):
            self._demand("because", "Say why.")
        return facts

    def _demand(self, name: str, sentence: str) -> None:
        if name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, ValidationError(sentence, code="required"))

    def given(self) -> dict[str, Any]:
        """What the verb takes."""
        facts = self.cleaned_data
        if facts["audience"] == COE.Audience.ORGANISATION:
            return {"note": facts.get("because", "")}
        chosen = [self._near[key] for key in facts.get("near", ())]
        people: list[User] = facts["readers"]
        return {
            "reason": facts["restricted_because"],
            "readers": people,
            "teams": list(dict.fromkeys([*chosen, *facts["teams"]])),
            "reconsider_on": facts["reconsider_on"],
            "note": facts.get("because", ""),
        }


def _initial(coe: COE, near: Sequence[Team], today: date) -> dict[str, Any]:
    """The audience as it is; a day that has come is offered anew."""
    teams, known = list(coe.reader_teams.all()), set(near)
    day = coe.reconsider_on
    return {
        "audience": coe.audience,
        "restricted_because": coe.restricted_because,
        "near": [str(team.pk) for team in teams if team in known],
        "teams": [team for team in teams if team not in known],
        # Whoever has left reads nothing, and could not be named again.
        "readers": list(coe.readers.filter(is_active=True)),
        "reconsider_on": day if day and day > today else today + USUAL,
    }

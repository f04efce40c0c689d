"""What a team types when it says whether a COE applies to it, and what it will correct if so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from coe.applying import USUAL, Answer, Promise, linkable
from coe.models import ActionItem
from oncall.models import Membership, Team, User

# A team has a handful of members and of open action items; more are looked up elsewhere.
MOST_MEMBERS, MOST_ACTIONS = 100, 50
NEW = "new"


@dataclass(slots=True)
class Choices:
    """Who of a team may own what it promises, and which of its action items may stand for it."""

    members: list[User] = field(default_factory=list)
    actions: list[ActionItem] = field(default_factory=list)


def choices_of(teams: Iterable[Team], user: User) -> dict[int, Choices]:
    """The choices of each team, by its id; one query for the members, one for the action items of each team."""
    found: dict[int, Choices] = defaultdict(Choices)
    teams = list(teams)
    rows = Membership.objects.filter(team__in=teams, user__is_active=True).select_related("user")
    for row in rows.order_by("user__name"):
        if len(found[row.team_id].members) < MOST_MEMBERS:
            found[row.team_id].members.append(row.user)
    for team in teams:
        found[team.pk].actions = list(linkable(team, user).select_related("coe")[:MOST_ACTIONS])
    return found


class AppliesForm(forms.Form):
    """A team's answer, and with a yes its action item: one that is there, or a new one."""

    # With a yes.
    demanded = frozenset({"action", "title", "owner", "due_on", "exit_test"})

    answer = forms.ChoiceField(choices=Answer.choices, widget=forms.RadioSelect, label="Your team's answer")
    action = forms.ChoiceField(required=False, label="Action item")
    title = forms.CharField(required=False, max_length=300, label="What you will correct")
    owner = forms.ChoiceField(required=False, label="Owner")
    due_on = forms.DateField(
        required=False, label="Due", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    exit_test = forms.CharField(
        required=False,
        max_length=5_000,
        label="How you will see that it works",
        help_text="A test, an alarm, a drill, a dashboard.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    note = forms.CharField(
        required=False,
        max_length=500,
        label="Why",
        help_text="Not sure? These words go to those who wrote it, as a question in public.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, team: Team, user: User, choices: Choices, today: date) -> None:
        initial = {"owner": str(user.pk), "due_on": today + USUAL, "action": NEW}
        super().__init__(data, initial=initial, auto_id=f"id_applies_{team.pk}_%s")
        self._members = {str(member.pk): member for member in choices.members}
        self._actions = {str(action.pk): action for action in choices.actions}
        _offer(self, "owner", [(key, member.name) for key, member in self._members.items()])
        known = [(key, f"{action.title} ({action.coe.number})") for key, action in self._actions.items()]
        _offer(self, "action", [(NEW, "A new one"), *known])

    def clean(self) -> dict[str, Any]:
        """A yes with a new action item needs all of it; what another answer does not show is not judged."""
        facts = self.cleaned_data
        if facts.get("answer") != Answer.YES:
            for name in self.demanded:
                self.errors.pop(name, None)
        elif facts.get("action", NEW) in ("", NEW):
            for name in ("title", "owner", "due_on", "exit_test"):
                if name not in self.errors and not facts.get(name):
                    self.add_error(name, ValidationError("A yes needs this, or an action item.", code="required"))
        return facts

    def given(self) -> dict[str, Any]:
        """What the verb takes for a yes: the action item that was chosen, or the new promise."""
        facts = self.cleaned_data
        if facts["answer"] != Answer.YES:
            return {}
        if chosen := self._actions.get(facts["action"]):
            return {"action": chosen}
        return {"promise": Promise(facts["title"], self._members[facts["owner"]], facts["due_on"], facts["exit_test"])}


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    cast(forms.ChoiceField, form.fields[name]).choices = choices

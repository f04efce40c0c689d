"""What people type about collections and the COE of the month. They judge shape; what is allowed the verbs judge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from coe.collecting import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_NOTE
from coe.forms.fields import TeamField
from coe.models import COE, Collection
from oncall.models import User

_NUMBER = re.compile(r"(?:.*/coes/|\s*coe[-\s]*)?0*([1-9][0-9]{0,14})/?\s*", re.IGNORECASE | re.ASCII)
# As many months back somebody chooses for.
MONTHS = 24
WHY = "Why it is worth reading"


class COEField(forms.CharField):
    """A published COE by its number or address. One that the person may not read is not there."""

    def __init__(self, *, user: User | None = None, **options: Any) -> None:
        options.setdefault("max_length", 300)
        options.setdefault("help_text", "Its number, such as COE-7.")
        super().__init__(**options)
        self.user = user

    def clean(self, value: Any) -> COE | None:
        typed = super().clean(value)
        if not typed:
            return None
        number = _NUMBER.fullmatch(typed)
        found = (
            COE.objects.visible_to(self.user).published().filter(pk=int(number[1])) if number and self.user else None
        )
        if found is None or not (coe := found.first()):
            raise ValidationError(f"There is no published COE “{typed[:40]}” that you may read.", code="unknown")
        return coe


class CollectionForm(forms.Form):
    """Its name, what it is for, and whose reading list it is."""

    name = forms.CharField(max_length=LONGEST_NAME)
    description = forms.CharField(
        required=False,
        max_length=LONGEST_DESCRIPTION,
        label="What it is for",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    team = TeamField(
        required=False,
        suggestions="teams",
        label="Reading list of the team",
        help_text="It then stands on the team's screen, and on the home of members who have not finished it.",
    )


class NoteForm(forms.Form):
    """Why a COE is worth reading."""

    note = forms.CharField(required=False, max_length=LONGEST_NOTE, label=WHY)


class EntryForm(forms.Form):
    """One more COE for a collection."""

    field_order = ("coe", "note")
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, label=WHY)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, auto_id="id_entry_%s")
        self.fields["coe"] = COEField(user=user, label="COE")
        self.order_fields(self.field_order)


class CollectForm(forms.Form):
    """Into which collection a COE is put: one there is, or a new one by its name."""

    collection = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    name = forms.CharField(required=False, max_length=LONGEST_NAME, label="Or a new collection called")
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, label=WHY)

    def __init__(self, data: Any = None, *, collections: Iterable[Collection] = ()) -> None:
        super().__init__(data, auto_id="id_collect_%s")
        known = [(one.pk, one.name) for one in collections]
        cast(forms.TypedChoiceField, self.fields["collection"]).choices = [("", "Choose"), *known]
        self.fields["name"].required = not known

    def clean(self) -> dict[str, Any]:
        """One of both, not both."""
        facts = self.cleaned_data
        if self.errors:
            return facts
        if bool(facts["collection"]) == bool(facts["name"].strip()):
            raise ValidationError("Choose a collection, or name a new one: one of both.", code="required")
        return facts


class MonthForm(forms.Form):
    """The COE of a month."""

    field_order = ("month", "coe", "why")
    why = forms.CharField(
        max_length=LONGEST_NOTE, label="Why everybody should read it", help_text="One sentence, for everybody."
    )

    def __init__(self, user: User, today: date, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="id_month_%s")
        self.fields["month"] = forms.TypedChoiceField(choices=_months(today), coerce=date.fromisoformat)
        self.fields["coe"] = COEField(user=user, label="COE")
        self.fields["coe"].widget.attrs |= {"list": "candidates-list", "autocomplete": "off"}
        self.order_fields(self.field_order)


def _months(today: date) -> list[tuple[str, str]]:
    """This month and those before it, each by its first day."""
    counted = [today.year * 12 + today.month - 1 - back for back in range(MONTHS)]
    days = [date(number // 12, number % 12 + 1, 1) for number in counted]
    return [(day.isoformat(), f"{day:%B %Y}") for day in days]

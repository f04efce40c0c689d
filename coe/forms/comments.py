"""What people type into threads."""

from __future__ import annotations

from typing import Any

from django import forms

from coe.commenting import LONGEST, LONGEST_QUOTE
from coe.models import COE

PARTS = {"header": "Header", "timeline": "Timeline", "causes": "Causes", "actions": "Action items", "graphs": "Graphs"}


def places_of(coe: COE) -> dict[str, str]:
    """Every place of a COE that can be commented on, with its title, in reading order."""
    structured = {"timeline", "causes", "actions", "graphs"}
    sections = {
        (form.kind.value if form.kind.value in structured else form.key): form.title for form in coe.form.sections
    }
    return {"header": PARTS["header"], **sections, **{key: PARTS[key] for key in PARTS if key not in sections}}


class ReplyForm(forms.Form):
    """One comment."""

    text = forms.CharField(
        required=False,
        max_length=LONGEST,
        label="Comment",
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a comment; @name or @owner tells them"}),
    )
    suggestion = forms.CharField(
        required=False,
        max_length=LONGEST,
        strip=False,
        label="Suggest instead",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    suggests = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, place: str = "new", **options: Any) -> None:
        super().__init__(data, auto_id=f"id_thread_{place}_%s", **options)

    def suggested(self) -> str | None:
        """What the passage should read instead; None when nothing is suggested."""
        facts = self.cleaned_data
        return facts["suggestion"] if facts["suggestion"] or facts["suggests"] else None


class ThreadForm(ReplyForm):
    """The first comment of a thread, and what it is about."""

    place = forms.ChoiceField(label="About")
    quote = forms.CharField(
        required=False,
        max_length=LONGEST_QUOTE,
        strip=False,
        label="Passage",
        help_text="The words it is about, copied from the section; empty for the whole part.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    before = forms.CharField(required=False, max_length=200, strip=False, widget=forms.HiddenInput)
    near = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    field_order = ("place", "quote", "text", "suggestion")

    def __init__(self, coe: COE, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["place"].choices = list(places_of(coe).items())  # type: ignore[attr-defined]

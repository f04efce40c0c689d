"""What people choose and say about pictures and graphs of a COE."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from coe.forms.writing import base_field
from coe.models import COE, Graph, Picture
from coe.picturing import MOST_BYTES

KINDS = "image/png,image/jpeg,image/webp,image/gif"


class PictureForm(forms.Form):
    """A picture that comes in."""

    picture = forms.FileField(label="Picture", widget=forms.FileInput(attrs={"accept": KINDS}))
    alt = forms.CharField(
        required=False,
        max_length=500,
        label="What it shows",
        help_text="For readers who do not see it: “Declines rise from 1 % to 38 % at 15:02”.",
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="id_picture_%s")

    def clean_picture(self) -> Any:
        """Refused by its size before any of it is read."""
        file = self.cleaned_data["picture"]
        if file.size > MOST_BYTES:
            raise ValidationError(f"A picture has at most {MOST_BYTES >> 20} MB; this one has {file.size >> 20} MB.")
        return file


class AltForm(forms.Form):
    """What a picture shows, in words."""

    alt = forms.CharField(required=False, max_length=500, label="What it shows")

    def __init__(self, data: Any = None, *, picture: Picture) -> None:
        super().__init__(data, initial={"alt": picture.alt}, auto_id=f"id_picture_{picture.pk}_%s")


class GraphForm(forms.Form):
    """A graph: columns of numbers, a picture, or the link of a dashboard."""

    title = forms.CharField(max_length=200)
    description = forms.CharField(
        required=False,
        max_length=2000,
        label="What to see in it",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    kind = forms.ChoiceField(choices=Graph.Kind.choices, label="Made from")
    unit = forms.CharField(required=False, max_length=40, help_text="Of the numbers: %, ms, requests/s.")
    csv = forms.CharField(
        required=False,
        label="CSV",
        strip=False,
        help_text="A header, a time in the first column, up to four columns of numbers. Times without an offset are of "
        "the zone of the document.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    csv_file = forms.FileField(
        required=False, label="or a CSV file", widget=forms.FileInput(attrs={"accept": ".csv,text/csv"})
    )
    picture = forms.ModelChoiceField(Picture.objects.none(), required=False, empty_label="Choose a picture")
    url = forms.URLField(required=False, max_length=1000, label="Link of the dashboard", assume_scheme="https")

    def __init__(
        self, coe: COE, data: Any = None, files: Any = None, *, graph: Graph | None = None, place: str = "new"
    ) -> None:
        names = ("title", "description", "kind", "unit", "csv", "picture", "url")
        initial = {name: getattr(graph, name) for name in names} if graph else {}
        super().__init__(data, files, initial=initial, auto_id=f"id_graph_{graph.pk if graph else place}_%s")
        cast(forms.ModelChoiceField, self.fields["picture"]).queryset = coe.pictures.defer("data")
        if graph:
            self.fields["base"] = base_field(graph.edits)

    def clean_csv_file(self) -> str:
        """The text of the file; what is not UTF-8 is read as the spreadsheets of the West write it."""
        file = self.cleaned_data["csv_file"]
        if not file:
            return ""
        if file.size > 1_000_000:
            raise ValidationError("A CSV file has at most 200 KB.")
        raw = file.read()
        try:
            return str(raw.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return str(raw.decode("cp1252", "replace"))

    def clean(self) -> dict[str, Any]:
        """What the kind needs is there; a file takes the place of the text."""
        facts = self.cleaned_data
        facts["csv"] = facts.pop("csv_file", "") or facts.get("csv", "")
        needed = {"csv": ("csv", "Paste CSV or choose a file."), "picture": ("picture", "Choose a picture.")}
        needed["link"] = ("url", "Enter the address of the dashboard.")
        name, sentence = needed.get(facts.get("kind", ""), ("", ""))
        if name and name not in self.errors and not facts.get(name):
            self.add_error(name, sentence)
        return facts

"""What people paste into a timeline: the text or a file, its day, its zone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe import pasting
from coe.models import COE
from oncall.models.people import validate_zone

LARGEST = 2_000_000


class PasteForm(forms.Form):
    """A chat or a table; what it says is parsed by `coe/pasting.py`."""

    text = forms.CharField(
        required=False,
        max_length=LARGEST,
        strip=False,
        label="Chat or table",
        help_text="Copied from Slack, Teams, Zoom or a log, or CSV with a column of times.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    file = forms.FileField(required=False, label="Or a file", help_text="CSV, TSV or text, up to 2 MB.")
    day = forms.DateField(
        label="Day",
        help_text="Where a line says none.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    zone = forms.CharField(max_length=64, label="Zone", help_text="Where a line says none.", validators=[validate_zone])

    def __init__(self, coe: COE, data: Any = None, files: Any = None) -> None:
        at = coe.header.impact_started_at or coe.created_at
        super().__init__(data, files, initial={"day": at.date(), "zone": coe.header.zone})

    def clean(self) -> dict[str, Any]:
        """The lines under `pasted`, and the text of the file in the place of the text."""
        facts = self.cleaned_data
        if file := facts.get("file"):
            facts["text"] = _read(file)
        if not (facts.get("text") or "").strip():
            raise ValidationError("Paste something, or choose a file.")
        if "day" in facts and "zone" in facts:
            try:
                facts["pasted"] = pasting.parse(facts["text"], facts["day"], facts["zone"])
            except pasting.TooMuch as error:
                raise ValidationError(str(error)) from error
        return facts


def _read(file: Any) -> str:
    if file.size > LARGEST:
        raise ValidationError("This file is larger than 2 MB. Take a part of it.")
    data = file.read()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return str(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise ValidationError("This file is no text in UTF-8 or UTF-16.") from error

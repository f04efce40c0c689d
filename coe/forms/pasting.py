"""What people paste into a timeline: the text or a file, its day, its zone."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from coe import moments, pasting
from coe.models import COE
from oncall.models.people import validate_zone

LARGEST = 2_000_000
# Of more lines no one is ticked: a browser sends, and Django takes, about a thousand fields.
MOST_TICKED = 400


class PasteForm(forms.Form):
    """A chat or a table; what it says is parsed by `coe/pasting/`."""

    text = forms.CharField(
        required=False,
        max_length=LARGEST,
        strip=False,
        label="Chat or table",
        help_text="Copied from Slack, Teams, Zulip, Zoom, IRC or a log, or CSV with a column of times.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    file = forms.FileField(required=False, label="Or a file", help_text="CSV, TSV or text, up to 2 MB.")
    day = forms.DateField(
        label="Day",
        help_text="Where a line says none.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    without = forms.CharField(
        required=False,
        max_length=2000,
        label="Lines to leave out",
        help_text="By their numbers, such as 3, 17–40. All others are added.",
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
                facts["pasted"] = pasting.parse(facts["text"], facts["day"], facts["zone"], self.meant())
            except pasting.TooMuch as error:
                raise ValidationError(str(error)) from error
        return facts

    def meant(self) -> dict[int, str]:
        """The readings that were chosen for times that mean two, by the number of the line."""
        chosen = ((name.removeprefix("meant_"), value) for name, value in self.data.items() if name[:6] == "meant_")
        return {int(row): value for row, value in chosen if row.isdecimal() and len(row) < 7}

    def clean_day(self) -> date:
        """A day of a year in which times are told."""
        day: date = self.cleaned_data["day"]
        if not moments.FIRST_YEAR <= day.year <= moments.LAST_YEAR:
            years = f"between {moments.FIRST_YEAR} and {moments.LAST_YEAR}"
            raise ValidationError(f"The year {day.year} cannot be right: it is {years}.")
        return day

    def clean_without(self) -> set[int]:
        """The numbers; ValidationError says what is no number."""
        left: set[int] = set()
        for part in self.cleaned_data["without"].replace(";", ",").split(","):
            if not part.strip():
                continue
            found = re.fullmatch(r"\s*(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?\s*", part)
            if not found:
                raise ValidationError(f"“{part.strip()[:40]}” is no number of a line, nor two of them with a dash.")
            left |= set(range(int(found[1]), min(int(found[2] or found[1]), pasting.MOST_LINES) + 1))
        return left

    def chosen(self) -> list[pasting.Line]:
        """The lines to add: the ticked ones, or of many all but those left out.

        Raises ValidationError while one of them has a time that means several, or follows a line that has.
        """
        lines, ticked = self.cleaned_data["pasted"].lines, set(cast(QueryDict, self.data).getlist("take"))
        if len(lines) > MOST_TICKED:
            taken = [line for line in lines if line.row not in self.cleaned_data["without"]]
        else:
            taken = [line for line in lines if str(line.row) in ticked]
        # A line may be left out and still be what those below it hang on.
        asked = [str(row) for row in dict.fromkeys(line.row if line.is_open else line.follows for line in taken) if row]
        if asked:
            named = ", ".join(asked[:10]) + (" and more" if len(asked) > 10 else "")
            below = ", with the lines that follow it" if any(line.follows for line in taken) else ""
            raise ValidationError(f"Say which time is meant, or leave out: line {named}{below}. Nothing was added yet.")
        return taken


def _read(file: Any) -> str:
    if file.size > LARGEST:
        raise ValidationError("This file is larger than 2 MB. Take a part of it.")
    data = file.read()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return str(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise ValidationError("This file is no text in UTF-8 or UTF-16.") from error

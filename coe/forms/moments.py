"""A field for a time as people type it, and the question that it asks where clocks leave two answers.

What a text means is decided by `coe/moments.py`. Works without JavaScript: the two readings are radio buttons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from coe import moments


class MomentInput(forms.TextInput):
    """A line of text; once it was asked about, with a radio button for each reading."""

    asked: moments.Unclear | None = None

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The reading that was chosen, unless the text was changed after the question."""
        typed, meant = data.get(name), data.get(f"{name}_meant")
        return meant if meant and data.get(f"{name}_asked") == typed else typed

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        line = super().render(name, value, attrs, renderer)
        if self.asked is None:
            return line
        context = {"name": name, "value": value, "asked": self.asked}
        return SafeString(line + render_to_string("coe/editor/_meanings.html", context))


class WallClockField(forms.Field):
    """An instant, typed as the clocks of one zone show it, or with the zone that it is meant in.

    `day` is that of a time without a date. After cleaning, `converted` says what a time of another zone became.
    """

    widget = MomentInput
    converted = ""

    def __init__(self, *, zone: str, day: date | None = None, **options: Any) -> None:
        options.setdefault("help_text", f"Clocks in {zone}; or with a zone, such as 14:05 UTC.")
        super().__init__(**options)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "maxlength": moments.LONGEST}
        self.zone, self.day = zone, day

    def prepare_value(self, value: Any) -> Any:
        """As it is typed; what was typed stays as it was typed."""
        return moments.typed_of(value, self.zone) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        """The instant in UTC; a time that means two is asked about."""
        typed = str(value or "").strip()
        if not typed:
            return None
        try:
            moment = moments.moment_of(typed, self.zone, self.day)
        except moments.Unclear as unclear:
            self.widget.asked = unclear
            raise ValidationError(str(unclear), code="unclear") from unclear
        except ValueError as refused:
            raise ValidationError(str(refused), code="invalid") from refused
        self.converted = moments.converted(typed, moment, self.zone)
        return moment.at

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as shown, with ISO's T or without: fractions of a second survive a save."""
        return (self.prepare_value(initial) or "") != " ".join(re.sub(r"(?<=\d)T(?=\d)", " ", str(data or "")).split())

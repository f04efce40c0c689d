"""Time zones typed by name, and local times that mean something on every day of the year.

What a local time means where clocks change is decided by `oncall/times.py`; this words it for whoever typed it.
"""

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from django import forms
from django.utils import timezone

from oncall import times


class ZoneField(forms.CharField):
    """An IANA zone, found by its name or by the name of its place; offers the datalist `zones`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 64)
        options.setdefault("label", "Time zone")
        options.setdefault("widget", forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}))
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        """The exact name. ValidationError names zones that are spelled alike."""
        typed = str(super().clean(value)).replace(" ", "_")
        names = {name.lower(): name for name in times.zone_names()}
        if found := names.get(typed.lower()):
            return found
        places = [name for name in names.values() if name.rpartition("/")[2].lower() == typed.lower()]
        if len(places) == 1:
            return places[0]
        close = places or [names[key] for key in get_close_matches(typed.lower(), names, n=3)]
        hint = f"Do you mean {' or '.join(close)}?" if close else "Use a name such as Europe/Paris."
        raise forms.ValidationError(f"“{typed}” is not a time zone. {hint}", code="unknown")


class WallClockField(forms.DateTimeField):
    """A time as a clock on the wall shows it: without zone. Whoever asks decides whose wall."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """The local time as typed, also one that the day skips or has twice."""
        with timezone.override(UTC):  # every local time exists once there
            read = super().to_python(value)
        return read.replace(tzinfo=None) if read else None


def instant_of(shown: datetime, zone: str) -> datetime:
    """The instant at which clocks in the zone show this; ValidationError outside the years that can be computed."""
    if not 1970 <= shown.year <= 2999:
        raise forms.ValidationError("Choose a year from 1970 to 2999.", code="year")
    return times.at_wall_clock(shown.date(), shown.time(), zone)


def note_of(shown: datetime, instant: datetime, zone: str) -> str:
    """What the rule about clock changes did to a local time, in a sentence; nothing on any other day."""
    local = times.local(instant, zone)
    if local.replace(tzinfo=None, fold=0) != shown:
        return f"{shown:%H:%M} does not exist on {shown:%d %b} in {zone}: {local:%H:%M} is meant."
    if local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset():
        return f"{shown:%H:%M} comes twice on {shown:%d %b} in {zone}: the first is meant."
    return ""

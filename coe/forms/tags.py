"""The fields in which tags are written or chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe import tagging


class TagsField(forms.CharField):
    """Tags apart by commas; they become small letters, digits and hyphens."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 1_000)
        super().__init__(**options)

    def clean(self, value: Any) -> list[str]:
        return tagging.named(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")


class KnownTagsField(forms.MultipleChoiceField):
    """Tags that others use, to be ticked instead of typed. One that is not offered any more counts as well."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return True

    def clean(self, value: Any) -> list[str]:
        return [tagging.normalised(one) for one in super().clean(value)]


def united(*some: Iterable[str]) -> list[str]:
    """All of them once, in order. Raises ValidationError for more than a COE may bear."""
    names = list(dict.fromkeys(name for names in some for name in names))
    if len(names) > tagging.MOST_TAGS:
        raise ValidationError(f"At most {tagging.MOST_TAGS} tags.", code="many")
    return names

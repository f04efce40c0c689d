"""The form of an import: files, for which team, whose, and from where. It judges shape; who may is `coe/importing/`."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe.interchange import files
from oncall.models import Team, User
from oncall.times import zone_names

# What is read is carried to the second step in the form itself: nothing of a preview is left behind.
LARGEST_CARRIED = 4 * files.LARGEST_TOGETHER  # characters of JSON


class _Files(forms.FileInput):
    """Every file that was chosen, not only the last."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, uploads: Any, name: str) -> list[Any]:
        return uploads.getlist(name) if hasattr(uploads, "getlist") else []


class FilesField(forms.Field):
    """One or several files, as (name, bytes)."""

    widget = _Files(attrs={"accept": ".md,.markdown,.txt,.zip", "multiple": True})

    def clean(self, value: Any) -> list[files.File]:
        """The files read, archives opened."""
        uploads = value if isinstance(value, list) else [value] if value else []
        if self.required and not uploads:
            raise ValidationError("Choose at least one Markdown file, or a .zip of them.")
        if sum(upload.size or 0 for upload in uploads) > files.LARGEST_TOGETHER:
            raise ValidationError(f"At most {files.LARGEST_TOGETHER // 1_000_000} MB are imported at once.")
        try:
            return files.read((upload.name or "", upload.read()) for upload in uploads) if uploads else []
        except ValueError as error:
            raise ValidationError(str(error)) from error


class ImportForm(forms.Form):
    """The first step: what, for whom."""

    uploads = FilesField(label="Markdown files, or a .zip of them")
    team = forms.ModelChoiceField(Team.objects.none(), to_field_name="slug")
    zone = forms.ChoiceField(label="Time zone of files that name none", choices=())
    source = forms.CharField(
        label="Source", required=False, max_length=300, help_text="Where they come from, and their licence."
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = Team.objects.all() if user.is_administrator else Team.objects.filter(memberships__user=user)
        self.fields["team"].queryset = teams.distinct()  # type: ignore[attr-defined]
        self.fields["zone"].choices = [(name, name) for name in zone_names()]  # type: ignore[attr-defined]
        self.fields["zone"].initial = user.zone
        self.fields["team"].initial = teams.first()


class ConfirmForm(ImportForm):
    """The second step: the same, with the texts as they were read."""

    uploads = forms.CharField(widget=forms.HiddenInput)  # type: ignore[assignment]
    publish = forms.BooleanField(required=False)

    def clean_uploads(self) -> list[files.File]:
        """What `carried` wrote, within the bounds of an upload."""
        try:
            return unpacked(self.cleaned_data["uploads"])
        except (ValueError, zlib.error, binascii.Error, TypeError) as error:
            raise ValidationError("The files did not arrive whole. Choose them again.") from error


def carried(read: list[files.File]) -> str:
    """The files as one hidden field."""
    raw = json.dumps([[one.name, one.text] for one in read if not one.problem]).encode()
    return base64.b64encode(zlib.compress(raw, 6)).decode()


def unpacked(text: str) -> list[files.File]:
    """The files that `carried` was given; nothing is inflated beyond the bound."""
    inflater = zlib.decompressobj()
    raw = inflater.decompress(base64.b64decode(text, validate=True), LARGEST_CARRIED)
    if inflater.unconsumed_tail:
        raise ValueError("too large")
    pairs = json.loads(raw)
    return [files.decoded(str(name), str(body).encode("utf-8", "replace")) for name, body in pairs][: files.MOST_FILES]

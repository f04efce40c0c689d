"""The forms of an import: files, for which team, from where; and how they are imported. Who may is `coe/importing/`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coe.interchange import files
from oncall.models import Team, User
from oncall.times import zone_names

LARGEST_UPLOAD = files.LARGEST_TOGETHER + files.LARGEST_PICTURES


class _Files(forms.FileInput):
    """Every file that was chosen, not only the last."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, uploads: Any, name: str) -> list[Any]:
        return uploads.getlist(name) if hasattr(uploads, "getlist") else []


class FilesField(forms.Field):
    """One or several files, as (name, bytes)."""

    widget = _Files(attrs={"accept": ".md,.markdown,.txt,.zip,.png,.jpg,.jpeg,.webp,.gif", "multiple": True})

    def clean(self, value: Any) -> list[files.File]:
        """The files read, archives opened."""
        uploads = value if isinstance(value, list) else [value] if value else []
        if self.required and not uploads:
            raise ValidationError("Choose at least one Markdown file, or a .zip of them.")
        if sum(upload.size or 0 for upload in uploads) > LARGEST_UPLOAD:
            raise ValidationError(f"At most {LARGEST_UPLOAD // 1_000_000} MB are imported at once.")
        try:
            return files.read((upload.name or "", upload.read()) for upload in uploads) if uploads else []
        except ValueError as error:
            raise ValidationError(str(error)) from error


class ImportForm(forms.Form):
    """The first step: what, for whom."""

    uploads = FilesField(
        label="Markdown files, or a .zip of them",
        help_text="With the pictures beside them. Up to 1 MB each, 500 files and 5 MB of text together.",
    )
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
        if self.is_bound:
            self.fields["uploads"].help_text = "Choose the files again: browsers do not keep them."


class BeginForm(forms.Form):
    """The second step, once they have been read."""

    again = forms.BooleanField(required=False)
    publish = forms.BooleanField(required=False)

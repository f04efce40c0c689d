"""Upload of catalogue files, and the report of what they made. For administrators.

What a file means is decided by `oncall/catalogue.py` and `oncall/cataloguing.py`.
"""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from oncall import cataloguing
from oncall.permissions import may_import_catalogue, require
from oncall.views.answers import Request, signed_in

MOST_FILES, LARGEST = 200, 4 * 1024 * 1024
ONLY_ADMINISTRATORS = "Only administrators may import a catalogue: it can touch every team."


class ManyFiles(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files of a reasonable size."""

    widget = ManyFiles(attrs={"accept": ".yaml,.yml,.json"})

    def clean(self, data: object, initial: object = None) -> list[UploadedFile]:
        """Every file; ValidationError for none, too many, or one that is too large."""
        sent = data if isinstance(data, list | tuple) else [data]
        found = [super(FilesField, self).clean(one, initial) for one in sent or [None]]
        if len(found) > MOST_FILES:
            raise forms.ValidationError(f"At most {MOST_FILES} files at once.", code="many")
        for one in found:
            if one.size > LARGEST:
                raise forms.ValidationError(f"{one.name} is larger than {LARGEST // 1024 // 1024} MB.", code="large")
        return found


class CatalogueForm(forms.Form):
    """The files to import."""

    uploads = FilesField(label="Catalogue files", help_text="catalog-info.yaml, one or several, at most 4 MB each.")


@signed_in
@require_http_methods(["GET", "POST"])
def catalogue(request: Request) -> HttpResponse:
    """Ask for files; import them; say what was made and what was not understood."""
    require(may_import_catalogue(request.user), ONLY_ADMINISTRATORS)
    form = CatalogueForm(None, None)
    if request.method == "POST":
        form = CatalogueForm(request.POST, {"uploads": request.FILES.getlist("uploads")})  # type: ignore[arg-type]
    report = None
    if form.is_valid():
        files = {f"{number}. {one.name}": one.read() for number, one in enumerate(form.cleaned_data["uploads"], 1)}
        named = {name.partition(". ")[2] if len(files) == 1 else name: content for name, content in files.items()}
        report = cataloguing.load(named, now=timezone.now(), by=request.user)
    context = {"form": form, "report": report}
    return render(request, "oncall/catalogue/form.html", context, status=422 if form.errors else 200)

"""Pictures that come in while somebody writes: by a form, by paste or by drop."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from coe import picturing
from coe.forms.pictures import AltForm, PictureForm
from coe.models import COE, Picture
from coe.views.asking import Request
from coe.views.editor import draft_of
from coe.views.editor_parts import answer, attempt
from coe.views.part_graphs import markdown_of


@login_required
@require_POST
def add_picture(request: Request, pk: int) -> HttpResponse:
    """Keep a picture. A script is answered with the Markdown that shows it, or with a sentence."""
    coe = draft_of(request, pk)
    form = PictureForm(request.POST, request.FILES)
    picture = _taken(request, coe, form) if form.is_valid() else None
    if "application/json" not in request.headers.get("Accept", ""):
        return answer(request, coe, "graphs", None if picture else {"picture-new": form})
    if picture is None:
        sentences = [str(sentence) for said in form.errors.values() for sentence in said]
        return JsonResponse({"sentence": " ".join(sentences)}, status=422)
    return JsonResponse({"markdown": markdown_of(picture), "url": picture.get_absolute_url(), "alt": picture.alt})


def _taken(request: Request, coe: COE, form: PictureForm) -> Picture | None:
    file, alt = form.cleaned_data["picture"], form.cleaned_data["alt"]
    try:
        return picturing.take(coe, file.name, file.read(), alt, by=request.user, now=timezone.now())
    except ValidationError as error:
        form.add_error("picture", error)
        return None


@login_required
@require_POST
def change_picture(request: Request, pk: int, key: UUID) -> HttpResponse:
    """Other words for what it shows; or it goes, if nothing uses it."""
    coe = draft_of(request, pk)
    picture = get_object_or_404(coe.pictures.defer("data"), key=key)
    if request.POST.get("do") == "remove":
        picturing.remove(coe, picture, by=request.user)
        return answer(request, coe, "graphs")
    form = AltForm(request.POST, picture=picture)

    def save() -> None:
        picturing.describe(coe, picture, form.cleaned_data["alt"], by=request.user)

    return attempt(request, coe, f"graphs picture-{picture.pk}", form, save)

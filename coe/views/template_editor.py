"""Changing a template: one form, whose buttons add, move and remove rows; nothing is kept until it is saved."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from coe import templating
from coe.forms.templates import Typed
from coe.models import Template
from coe.template import BEFORE, BUILT_IN, ROLE_LABELS, SEVERITIES
from coe.views.answers import is_htmx, see
from coe.views.asking import Request
from oncall.exceptions import Conflict


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """The form; pressing Save makes a new version."""
    template = get_object_or_404(Template, pk=pk)
    templating.require_change(request.user)
    version = template.current
    if request.method == "GET":
        facts = {"name": template.name, "description": template.description, "note": ""}
        typed = Typed.of_form(version.form if version else BUILT_IN)
        return form_screen(request, template, typed, facts, seen=version.number if version else 0)
    typed, facts = Typed.from_post(request.POST), facts_of(request)
    if "save" in request.POST:
        return saved_or_refused(request, template, typed, facts)
    place = typed.change(request.POST.get("change", ""))
    return form_screen(request, template, typed, facts, place=place, seen=seen_of(request))


def saved_or_refused(request: Request, template: Template, typed: Typed, facts: dict[str, str]) -> HttpResponse:
    """A new version, or the form with what is wrong at its fields; what was typed stays."""
    typed.check()
    now, seen, problem = timezone.now(), seen_of(request), ""
    if not typed.problems:
        try:
            templating.rename(template, facts["name"], facts["description"], request.user, now)
            version = templating.save_version(template, typed.form(), request.user, now, facts["note"], seen=seen)
        except ValidationError as error:
            typed.problems |= as_problems(error)
        except Conflict as conflict:
            problem = f"{conflict} What you typed is kept. Look at it in another tab, then save again to replace it."
            seen = template.current.number if template.current else 0
        else:
            return see(request, template.get_absolute_url(), f"{template.name} is saved as version {version.number}.")
    return form_screen(request, template, typed, facts, problem=problem, seen=seen, status=422)


def as_problems(error: ValidationError) -> dict[str, str]:
    """What a verb refused, by field; what is about the whole stands at the sections."""
    if hasattr(error, "error_dict"):
        return {name: words[0] for name, words in error.message_dict.items()}
    return {"sections": " ".join(error.messages)}


def facts_of(request: Request) -> dict[str, str]:
    """Name, description and note as typed."""
    return {
        name: request.POST.get(name, "").replace("\x00", "").strip()[:300] for name in ("name", "description", "note")
    }


def seen_of(request: Request) -> int | None:
    """The number of the version that was changed."""
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 8 else None


def form_screen(
    request: Request, template: Template, typed: Typed, facts: dict[str, str], *, status: int = 200, **more: Any
) -> HttpResponse:
    """The whole screen, or the form alone for htmx."""
    context = {
        "template": template,
        "typed": typed,
        "facts": facts,
        "problems": typed.problems,
        "befores": BEFORE,
        "severities": SEVERITIES,
        "roles": [(role.value, label) for role, label in ROLE_LABELS.items()],
        "groups": list(dict.fromkeys(one.group for one in typed.sections if one.group)),
        "form": typed.form(),
        "place": "",
        "problem": "",
        "seen": "",
        **more,
    }
    name = "_form.html" if is_htmx(request) else "form.html"
    return render(request, f"coe/templates/{name}", context, status=status)

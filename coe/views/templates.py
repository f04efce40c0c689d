"""Templates: all of them, one with its versions and what it asks, and the moves of administrators."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe import templating
from coe.forms.templates import LONGEST_SHOWN
from coe.models import Template, TemplateVersion
from coe.template import BUILT_IN, ROLE_LABELS, SEVERITIES, Form
from coe.template_differences import differences
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.template_editor import as_problems

MOST_VERSIONS = 100
MOVES: dict[str, tuple[Callable[..., None], str]] = {
    "archive": (templating.archive, "is archived: no COE is started with it any more."),
    "restore": (templating.restore, "may be chosen again."),
    "default": (templating.make_default, "is the default now."),
}


@login_required
@require_GET
def templates(request: Request) -> HttpResponse:
    """All templates; while there is no row, the built-in form."""
    context = {"templates": templating.with_counts(), "may_change": templating.may_change(request.user)}
    return render(request, "coe/templates/list.html", context)


@login_required
@require_GET
def built_in(request: Request) -> HttpResponse:
    """What the built-in form asks."""
    context = {"template": None, "is_built_in": not Template.objects.exists(), **asked_of(BUILT_IN)}
    return render(request, "coe/templates/detail.html", context | {"may_change": templating.may_change(request.user)})


@login_required
@require_POST
def adopt(request: Request) -> HttpResponse:
    """Make the built-in form one that can be changed."""
    made = templating.adopt(request.user, timezone.now())
    return see(request, f"{made.get_absolute_url()}edit/")


@login_required
@require_http_methods(["GET", "POST"])
def add(request: Request) -> HttpResponse:
    """A new template, as a copy of one there is."""
    templating.require_change(request.user)
    sources = list(Template.objects.all())
    name, chosen = request.POST.get("name", ""), request.POST.get("source") or request.GET.get("source", "")
    problems: dict[str, str] = {}
    if request.method == "POST":
        source = next((one for one in sources if str(one.pk) == chosen), None)
        try:
            made = make_copy(request, source, name)
        except ValidationError as error:
            problems = as_problems(error)
        else:
            return see(request, f"{made.get_absolute_url()}edit/", f"{made.name} is made. Say what it asks.")
    context = {"sources": sources, "name": name[:LONGEST_SHOWN], "chosen": chosen, "problems": problems}
    return render(request, "coe/templates/new.html", context, status=422 if problems else 200)


def make_copy(request: Request, source: Template | None, name: str) -> Template:
    """Of a template, or of the built-in form."""
    name, now = name.replace("\x00", ""), timezone.now()
    if source:
        return templating.copy(source, name, request.user, now)
    return templating.create(name, BUILT_IN, request.user, now, note="Copied from the built-in form")


@login_required
@require_GET
def template(request: Request, pk: int) -> HttpResponse:
    """One template: what a version asks, and what it changed."""
    found = get_object_or_404(Template, pk=pk)
    versions = list(found.versions.select_related("made_by")[:MOST_VERSIONS])
    if not versions:
        return redirect("coe:templates")
    shown = chosen_of(versions, request.GET.get("version", "")) or versions[0]
    older = [one for one in versions if one.number < shown.number]
    against = chosen_of(versions, request.GET.get("against", "")) or (older[0] if older else None)
    context = {
        "template": found,
        "versions": versions,
        "shown": shown,
        "against": against,
        "changes": differences(against.form, shown.form) if against and against != shown else [],
        "may_change": templating.may_change(request.user),
        **asked_of(shown.form),
    }
    return render(request, "coe/templates/detail.html", context)


def chosen_of(versions: list[TemplateVersion], number: str) -> TemplateVersion | None:
    """The version with this number, if there is one."""
    return next((one for one in versions if str(one.number) == number), None)


def asked_of(form: Form) -> dict[str, object]:
    """What the editor will ask, as the preview shows it."""
    return {
        "form": form,
        "demands": [
            (severity, demands, [ROLE_LABELS[role] for role in demands.approvals])
            for severity in SEVERITIES
            for demands in [form.demands_of(severity)]
        ],
    }


@login_required
@require_POST
def move(request: Request, pk: int, name: str) -> HttpResponse:
    """Archive, restore, make the default."""
    found = get_object_or_404(Template, pk=pk)
    verb, words = MOVES[name]
    verb(found, request.user, timezone.now())
    return see(request, found.get_absolute_url(), f"{found.name} {words}")

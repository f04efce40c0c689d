"""Doors of a service: add one, whose key and address the next screen shows once; close one and open it again."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall.forms.services import DoorForm
from oncall.models import AuditEntry, Integration
from oncall.views.answers import Request, SeeOther, see, signed_in
from oncall.views.revealing import keep
from oncall.views.services import changeable


@signed_in
@require_http_methods(["GET", "POST"])
def add(request: Request, slug: str) -> HttpResponse:
    """Make a door."""
    service = changeable(request, slug)
    form = DoorForm(request.POST or None, initial={"dialect": Integration.Dialect.ALERTMANAGER})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            door, key = Integration.issue(service, form.cleaned_data["dialect"], form.cleaned_data["name"])
            AuditEntry.objects.write(door, "created", actor=request.user, at=timezone.now())
        keep(request, f"door_{service.pk}", key, door=door.pk)
        return SeeOther(f"{service.get_absolute_url()}#new-door")
    context = {"form": form, "service": service}
    return render(request, "oncall/services/door.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_POST
def close(request: Request, slug: str, pk: int) -> HttpResponse:
    """Nothing comes in through it any more; what came in stays."""
    return _set(request, slug, pk, is_enabled=False)


@signed_in
@require_POST
def open_again(request: Request, slug: str, pk: int) -> HttpResponse:
    """Its key counts again."""
    return _set(request, slug, pk, is_enabled=True)


def _set(request: Request, slug: str, pk: int, *, is_enabled: bool) -> HttpResponse:
    service = changeable(request, slug)
    door = get_object_or_404(service.integrations.select_related("service"), pk=pk)
    verb = "opened" if is_enabled else "closed"
    with transaction.atomic():
        changed = service.integrations.filter(pk=pk).exclude(is_enabled=is_enabled).update(is_enabled=is_enabled)
        if changed:
            AuditEntry.objects.write(door, verb, actor=request.user, at=timezone.now())
    return see(request, f"{service.get_absolute_url()}#doors", f"The door is {'open' if is_enabled else 'closed'}.")

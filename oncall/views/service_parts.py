"""Links of a service, and the services it needs: add and remove, for members of its team."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from oncall.forms.incidents import suggested_services
from oncall.forms.services import LinkForm, NeedForm
from oncall.models import AuditEntry, Dependency, Service, ServiceLink
from oncall.views.answers import Request, see, signed_in
from oncall.views.services import changeable


def _place(service: Service) -> str:
    return reverse("oncall:service_parts", args=[service.slug])


def _shown(request: Request, service: Service, **refused: Any) -> HttpResponse:
    context = {
        "service": service,
        "links": service.links.all(),
        "needs": service.needs.select_related("needs__team").order_by("needs__name"),
        "services": suggested_services(request.user),
        "link_form": LinkForm(instance=ServiceLink(service=service), auto_id="link_%s"),
        "need_form": NeedForm(of=service, auto_id="need_%s"),
        **refused,
    }
    return render(request, "oncall/services/parts.html", context, status=422 if refused else 200)


@signed_in
@require_GET
def parts(request: Request, slug: str) -> HttpResponse:
    """Links and dependencies, with what changes them."""
    return _shown(request, changeable(request, slug))


@signed_in
@require_POST
def add_link(request: Request, slug: str) -> HttpResponse:
    """One more place to look."""
    service = changeable(request, slug)
    form = LinkForm(request.POST, instance=ServiceLink(service=service), auto_id="link_%s")
    if not form.is_valid():
        return _shown(request, service, link_form=form)
    with transaction.atomic():
        link = form.save()
        AuditEntry.objects.write(link, "created", actor=request.user, at=timezone.now(), detail=link.url)
    return see(request, _place(service), f"{link.title} is linked.")


@signed_in
@require_POST
def remove_link(request: Request, slug: str, pk: int) -> HttpResponse:
    """One place less."""
    service = changeable(request, slug)
    link = get_object_or_404(service.links, pk=pk)
    with transaction.atomic():
        AuditEntry.objects.write(link, "removed", actor=request.user, at=timezone.now(), detail=link.url)
        link.delete()
    return see(request, _place(service), f"{link.title} is no longer linked.")


@signed_in
@require_POST
def add_need(request: Request, slug: str) -> HttpResponse:
    """It needs another service; said twice, it is kept once."""
    service = changeable(request, slug)
    form = NeedForm(request.POST, of=service, auto_id="need_%s")
    if not form.is_valid():
        return _shown(request, service, need_form=form)
    with transaction.atomic():
        made, is_new = Dependency.objects.get_or_create(service=service, needs=form.cleaned_data["needs"])
        if is_new:
            AuditEntry.objects.write(made, "created", actor=request.user, at=timezone.now())
    return see(request, _place(service), f"{made}.")


@signed_in
@require_POST
def remove_need(request: Request, slug: str, pk: int) -> HttpResponse:
    """It no longer needs another service."""
    service = changeable(request, slug)
    dependency = get_object_or_404(service.needs.select_related("needs", "service"), pk=pk)
    with transaction.atomic():
        AuditEntry.objects.write(dependency, "removed", actor=request.user, at=timezone.now())
        dependency.delete()
    return see(request, _place(service), f"{service} no longer needs {dependency.needs}.")

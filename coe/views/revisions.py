"""The revisions of a COE: their list, the difference between any two, the document as it was, and restoring from it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from coe import documents, permissions
from coe.cowriting import settling
from coe.editing import offering, restoring
from coe.models import COE, Revision
from coe.models.revisions import RevisionQuerySet
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.document_parts import layout_of
from coe.views.revision_parts import changes_between, items_of, pair_of, rows_of
from oncall.exceptions import Conflict
from oncall.models import Incident, Service

PER_PAGE = 25
# Revisions that say where the COE stood stand out in the list.
MILESTONES = {Revision.Reason.SUBMITTED, Revision.Reason.APPROVED, Revision.Reason.PUBLISHED}


def coe_of(request: Request, pk: int) -> COE:
    """A COE that this person may see, with what was typed together written down; else 404."""
    coe = get_object_or_404(COE.objects.visible_to(request.user).select_related("team", "owner", "template"), pk=pk)
    if coe.is_editable:
        settling.settle(coe.pk, timezone.now())
    return coe


def seen_by(request: Request, coe: COE) -> RevisionQuerySet:
    """Its revisions that this person may read, newest first."""
    return coe.revisions.visible_to(request.user).select_related("made_by").defer("html")


@login_required
@require_GET
def revisions(request: Request, pk: int) -> HttpResponse:
    """Every revision, newest first; with `?from=` and `?to=`, or `?view=` of the newest, the difference between two."""
    coe = coe_of(request, pk)
    seen = seen_by(request, coe)
    if pair := pair_of(seen, request.GET):
        return difference(request, coe, pair)
    is_named = request.GET.get("show") == "named"
    page = Paginator(seen.named() if is_named else seen, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "coe": coe,
        "page": page,
        "rows": rows_of(page, seen.named() if is_named else seen),
        "is_named": is_named,
        "milestones": MILESTONES,
        "count": page.paginator.count if not is_named else seen.count(),
        "named_count": page.paginator.count if is_named else seen.named().count(),
        **rights_of(request, coe),
    }
    return render(request, "coe/revisions/list.html", context)


def rights_of(request: Request, coe: COE) -> dict[str, Any]:
    """What this person may do, and the title and state they know it by: readers know of no re-issue."""
    may_edit = permissions.may_edit(request.user, coe)
    is_theirs = not coe.is_reissuing or COE.objects.in_hands_of(request.user).filter(pk=coe.pk).exists()
    return {
        "may_restore": may_edit and coe.is_editable,
        "title": coe.header.title if is_theirs else coe.public_title,
        "state": coe.state if is_theirs else COE.State.PUBLISHED,
    }


def difference(request: Request, coe: COE, pair: tuple[Revision, Revision]) -> HttpResponse:
    """What differs between two, inline or side by side (`?view=side`)."""
    old, new = pair
    context = {
        "coe": coe,
        "old": old,
        "new": new,
        "pair": pair,
        "inline_url": f"?from={old.number}&to={new.number}",
        "side_url": f"?from={old.number}&to={new.number}&view=side",
        **steps_of(seen_by(request, coe), pair, request.GET.get("view", "")),
        "changes": changes_between(old.content, new.content, items_of(coe)),
        "is_side": request.GET.get("view") == "side",
        **rights_of(request, coe),
    }
    return render(request, "coe/revisions/difference.html", context)


def steps_of(seen: RevisionQuerySet, pair: tuple[Revision, Revision], view: str) -> dict[str, str]:
    """The addresses of the change before and the change after; empty unless the two follow each other."""
    old, new = pair
    if seen.filter(number__gt=old.number, number__lt=new.number).exists():
        return {"older_url": "", "newer_url": ""}
    before = seen.filter(number__lt=old.number).values_list("number", flat=True).first()
    after = seen.filter(number__gt=new.number).values_list("number", flat=True).last()
    rest = f"&view={view}" if view == "side" else ""
    return {
        "older_url": f"?from={before}&to={old.number}{rest}" if before else "",
        "newer_url": f"?from={new.number}&to={after}{rest}" if after else "",
    }


@login_required
@require_GET
def revision(request: Request, pk: int, number: int) -> HttpResponse:
    """The document as it was then, as a reader sees it; with `?view=` what it changed."""
    coe = coe_of(request, pk)
    seen = coe.revisions.visible_to(request.user)
    shown = get_object_or_404(seen.select_related("made_by"), number=number)
    numbers = seen.values_list("number", flat=True)
    if "view" in request.GET and numbers.filter(number__lt=number).exists():
        asked = urlencode({"to": number, "view": request.GET["view"]})
        return redirect(f"{reverse('coe:revisions', args=[coe.pk])}?{asked}")
    content = shown.content
    incidents = [one["id"] for one in content.get("incidents", ())]
    context = {
        "coe": coe,
        "revision": shown,
        "as_of": shown,
        "newest": numbers.first(),
        "newer_url": address_of(coe, numbers.filter(number__gt=number).last()),
        "older_url": address_of(coe, numbers.filter(number__lt=number).first()),
        "incidents": Incident.objects.visible_to(request.user).filter(pk__in=incidents),
        "services": Service.objects.filter(slug__in=[one["slug"] for one in content.get("services", ())]),
        **layout_of(content, shown.html or documents.html_of(content)),
        **rights_of(request, coe),
    }
    return render(request, "coe/revisions/detail.html", context)


def address_of(coe: COE, number: int | None) -> str:
    """Where a revision is read; empty for none."""
    return reverse("coe:revision", args=[coe.pk, number]) if number else ""


@login_required
@require_http_methods(["GET", "POST"])
def restore(request: Request, pk: int, number: int) -> HttpResponse:
    """What restoring from a revision would change, and doing it."""
    coe = coe_of(request, pk)
    shown = get_object_or_404(seen_by(request, coe), number=number)
    permissions.require_edit(request.user, coe)
    coe.demand_editable()
    if request.method == "GET":
        return restore_screen(request, coe, shown)
    what, seen = request.POST.get("what", ""), request.POST.get("seen") or None
    try:
        made = restoring.restore(coe, shown, what, seen=seen, by=request.user, now=timezone.now())
    except Conflict as refusal:
        return restore_screen(request, coe, shown, problem=str(refusal), status=409)
    except ValidationError as error:
        return restore_screen(request, coe, shown, problem=" ".join(error.messages), status=422)
    words = f"{made.change_note}. What it said before is kept as the revision before this one."
    return see(request, reverse("coe:restore", args=[coe.pk, number]), words)


def restore_screen(
    request: Request, coe: COE, shown: Revision, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Everything that can be restored, each with the difference it makes and a button."""
    found = offering.offers(coe, shown)
    wholes = {what: offering.of(found, what) for what in (offering.SECTIONS, offering.HEADER)}
    context = {
        "coe": coe,
        "revision": shown,
        "texts": wholes[offering.SECTIONS],
        "facts": wholes[offering.HEADER],
        "seen_of": {what: offering.seen_of(several) for what, several in wholes.items() if several},
        "rows": [offer for offer in found if offer.row or offer.order],
        "ticks_gone": offering.ticks_gone(coe, shown),
        "problem": problem,
    }
    return render(request, "coe/revisions/restore.html", context, status=status)

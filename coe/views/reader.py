"""Reading a COE: the published revision, or the draft as it is, for whom may see it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe import documents, permissions, searching
from coe.cowriting import settling
from coe.models import COE, ActionItem, Revision
from coe.views.asking import Request
from coe.views.document_parts import layout_of
from coe.views.readings import readers_part
from oncall.models import Incident, User
from oncall.surveying import stages_at

# As many COEs are offered as alike; the index is asked for some more, for a reader may not read each.
MOST_ALIKE, ASKED_ALIKE = 4, 12


@login_required
@require_GET
def reader(request: Request, pk: int) -> HttpResponse:
    """The newest published revision; what was never published is shown as a draft."""
    shown = COE.objects.visible_to(request.user).select_related("team", "owner")
    coe = get_object_or_404(shown, pk=pk)
    revision, content, html = newest(coe)
    context = {
        "coe": coe,
        "revision": revision,
        "tags": content.get("tags", []),
        "may_edit": permissions.may_edit(request.user, coe),
        "may_review": coe.state == COE.State.IN_REVIEW and permissions.may_review(request.user, coe),
        "actions": shown_actions(coe),
        "incidents": incidents_of(coe, content, request.user),
        "services": coe.services.select_related("team"),
        "today": request.user.local(timezone.now()).date(),
        **layout_of(content, html),
        **neighbours_of(coe, request.user),
    }
    if revision:
        context |= readers_part(coe, request.user, request.GET)
    context |= {"stages": stages_of(context["incidents"]), "alike": alike(coe, content, request.user)}
    return render(request, "coe/reader/detail.html", context)


def shown_actions(coe: COE) -> QuerySet[ActionItem]:
    """Action items with their states of now; of a published COE those that are promised."""
    actions = coe.actions.select_related("owner")
    return actions.filter(is_proposed=False) if coe.is_published else actions


def incidents_of(coe: COE, content: dict[str, Any], user: User) -> list[Incident]:
    """The incidents it is about, of those this person may see; while a re-issue is written those that are published."""
    about = Q(pk__in=[one["id"] for one in content.get("incidents", ())]) if coe.is_reissuing else Q(coes=coe)
    return list(Incident.objects.visible_to(user).filter(about).select_related("service"))


def newest(coe: COE) -> tuple[Revision | None, dict[str, Any], dict[str, str]]:
    """What everybody reads: the revision that was published last with its HTML, else the draft as it is."""
    revision = coe.revisions.publications().first()
    if revision:
        return revision, revision.content, revision.html
    # A draft is read as it was typed, not as it was written down some seconds ago.
    settling.settle(coe.pk, timezone.now())
    content = documents.content_of(coe)
    return None, content, documents.html_of(content)


def stages_of(incidents: list[Any]) -> list[Any]:
    """What ran where when the impact of its one incident began; several would be several strips."""
    if len(incidents) != 1 or not incidents[0].impact_started_at:
        return []
    return stages_at(incidents[0].service, incidents[0].impact_started_at)


def neighbours_of(coe: COE, user: User) -> dict[str, str]:
    """The addresses of the COEs that were published just after and just before, of those this person may read."""
    if coe.published_at is None:
        return {"newer": "", "older": ""}
    known = COE.objects.visible_to(user).published()
    newer = known.filter(published_at__gt=coe.published_at).order_by("published_at", "pk").first()
    older = known.filter(published_at__lt=coe.published_at).order_by("-published_at", "-pk").first()
    return {
        "newer": newer.get_absolute_url() if newer else "",
        "older": older.get_absolute_url() if older else "",
    }


def alike(coe: COE, content: dict[str, Any], user: User) -> list[COE]:
    """Published COEs that are most like this one, of those this person may read."""
    words = f"{content['title']} {content['sections'].get('summary', '')[:600]}"
    ids = [pk for pk in searching.alike(words, ASKED_ALIKE) if pk != coe.pk]
    found = COE.objects.visible_to(user).published().select_related("team").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found][:MOST_ALIKE]

"""Collections on screen: listed, read, made, changed, deleted. Their entries are changed by `collection_entries.py`."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe import collecting, permissions
from coe.forms.collections import CollectionForm, EntryForm, NoteForm
from coe.models import Collection, Reading
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.editor_screen import MOST_SUGGESTIONS
from oncall.models import Team

PER_PAGE = 30


def collection_of(request: Request, pk: int) -> Collection:
    """A collection that somebody put together; else 404."""
    seen = Collection.objects.visible_to(request.user).lists().select_related("team", "owner")
    return get_object_or_404(seen, pk=pk)


@login_required
@require_GET
def collections(request: Request) -> HttpResponse:
    """Every collection with how far this person has read; reading lists of the own teams first."""
    user = request.user
    listed = Collection.objects.visible_to(user).lists().select_related("team", "owner").counted_for(user)
    slug = request.GET.get("team", "").replace("\x00", "")[:80]
    team = Team.objects.visible_to(user).filter(slug=slug).first() if slug else None
    mine = [] if team else list(listed.filter(team__in=Team.objects.of(user))[:MOST_SUGGESTIONS])
    others = listed.filter(team=team) if team else listed.exclude(pk__in=[one.pk for one in mine])
    page = Paginator(others, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "coe/collections/list.html", {"mine": mine, "page": page, "team": team})


@login_required
@require_GET
def collection(request: Request, pk: int) -> HttpResponse:
    """The COEs of one, in its order, with why each is worth reading."""
    return collection_screen(request, collection_of(request, pk))


def collection_screen(
    request: Request, shown: Collection, form: EntryForm | None = None, bound: dict[int, NoteForm] | None = None
) -> HttpResponse:
    """The whole screen; a refused form keeps what was typed."""
    context = {
        **entries_part(request, shown, bound),
        "form": form or EntryForm(request.user),
        "is_full": shown.entries.count() >= collecting.MOST_ENTRIES,
    }
    refused = form is not None or bool(bound)
    return render(request, "coe/collections/detail.html", context, status=422 if refused else 200)


def entries_part(request: Request, shown: Collection, bound: dict[int, NoteForm] | None = None) -> dict[str, Any]:
    """The entries that this person may read, which of them are read, and the forms of whoever may change them."""
    bound, user = bound or {}, request.user
    entries = list(shown.entries.visible_to(user).select_related("coe__team"))
    about = [entry.coe_id for entry in entries]
    read = set(Reading.objects.filter(user=user, coe__in=about).values_list("coe", flat=True))
    rows = [
        {
            "entry": entry,
            "is_read": entry.coe_id in read,
            "is_open": entry.pk in bound,
            "form": bound.get(entry.pk) or NoteForm({"note": entry.note}, auto_id=f"id_note_{entry.pk}_%s"),
        }
        for entry in entries
    ]
    may_change = permissions.may_change_collection(user, shown)
    return {"collection": shown, "rows": rows, "read": len(read), "may_change": may_change}


@login_required
@require_http_methods(["GET", "POST"])
def add(request: Request) -> HttpResponse:
    """Make one."""
    return form_screen(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Another name, description or team."""
    shown = collection_of(request, pk)
    collecting.require_change(request.user, shown)
    return form_screen(request, shown)


def form_screen(request: Request, shown: Collection | None) -> HttpResponse:
    """The form of one; a team that one does not manage is refused at the field's place, not by 403 after typing."""
    initial = {"name": shown.name, "description": shown.description, "team": shown.team} if shown else {}
    form = CollectionForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid() and _may_name_team(request, form, shown):
        by: dict[str, Any] = {"by": request.user, "now": timezone.now()}
        if shown is None:
            shown = collecting.make(**form.cleaned_data, **by)
            return see(request, shown.get_absolute_url(), "The collection is made. Add COEs to it.")
        collecting.change(shown, **form.cleaned_data, **by)
        return see(request, shown.get_absolute_url(), "Saved.")
    teams = Team.objects.visible_to(request.user)[:MOST_SUGGESTIONS]
    context = {"form": form, "collection": shown, "teams": teams}
    return render(request, "coe/collections/form.html", context, status=422 if form.is_bound else 200)


def _may_name_team(request: Request, form: CollectionForm, shown: Collection | None) -> bool:
    team = form.cleaned_data["team"]
    is_kept = team is None or (shown is not None and shown.team_id == team.pk)
    if is_kept or permissions.may_collect_for(request.user, team):
        return True
    form.add_error("team", f"Only managers of {team} and administrators make its reading lists.")
    return False


@login_required
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    """It goes; the COEs stay."""
    shown = collection_of(request, pk)
    collecting.delete(shown, request.user, timezone.now())
    return see(request, "/collections/", f"“{shown.name}” is deleted. Its COEs are where they were.")

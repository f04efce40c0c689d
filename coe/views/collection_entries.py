"""Changing what is in a collection: from its screen, and from that of a COE."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coe import collecting
from coe.forms.collections import CollectForm, EntryForm, NoteForm
from coe.models import COE, Collection, CollectionEntry
from coe.models.collections import CollectionQuerySet
from coe.views.answers import is_htmx, see
from coe.views.asking import Request
from coe.views.collections import collection_of, collection_screen, entries_part
from coe.views.readings import published
from oncall.models import Membership, Team, User

MOST_CHOICES = 200


@login_required
@require_POST
def add_entry(request: Request, pk: int) -> HttpResponse:
    """Add a COE by its number."""
    shown = collection_of(request, pk)
    collecting.require_change(request.user, shown)
    form = EntryForm(request.user, request.POST)
    if form.is_valid():
        facts = form.cleaned_data
        try:
            made = collecting.add(shown, facts["coe"], facts["note"], by=request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return see(request, _place(made), f"{made.coe.number} is added.")
    return collection_screen(request, shown, form)


@login_required
@require_POST
def change_entry(request: Request, pk: int, entry_pk: int) -> HttpResponse:
    """Up, down, another note, or out of it: the button says which."""
    shown = collection_of(request, pk)
    collecting.require_change(request.user, shown)
    entry = get_object_or_404(shown.entries.visible_to(request.user).select_related("collection", "coe"), pk=entry_pk)
    do = request.POST.get("do", "")
    if do in (collecting.UP, collecting.DOWN):
        collecting.shift(entry, do, request.user)
        return _moved(request, shown, entry)
    if do == "remove":
        collecting.take_out(entry, request.user, timezone.now())
        return see(request, shown.get_absolute_url(), f"{entry.coe.number} is taken out of it.")
    form = NoteForm(request.POST, auto_id=f"id_note_{entry.pk}_%s")
    if do != "save":
        form.add_error(None, "Press one of the buttons: nothing was changed.")
    if not form.is_valid():
        return collection_screen(request, shown, bound={entry.pk: form})
    collecting.annotate(entry, form.cleaned_data["note"], request.user, timezone.now())
    return see(request, _place(entry), "Saved.")


@login_required
@require_http_methods(["GET", "POST"])
def collect(request: Request, pk: int) -> HttpResponse:
    """Put a COE that one reads into a collection, or into a new one."""
    coe, mine = published(request, pk), changeable_by(request.user)
    form = CollectForm(request.POST if request.method == "POST" else None, collections=mine[:MOST_CHOICES])
    if form.is_bound and form.is_valid():
        try:
            made = _collected(form, coe, request.user)
        except ValidationError as error:
            form.add_error("collection", "; ".join(error.messages))
        else:
            return see(request, coe.get_absolute_url(), f"{coe.number} is in “{made.collection}”.")
    holding = mine.filter(entries__coe=coe)[:MOST_CHOICES]
    context = {"coe": coe, "form": form, "holding": holding}
    return render(request, "coe/collections/collect.html", context, status=422 if form.is_bound else 200)


def changeable_by(user: User) -> CollectionQuerySet:
    """The collections that this person may change: `permissions.may_change_collection` as a query."""
    known = Collection.objects.visible_to(user).lists()
    if user.is_administrator:
        return known
    managed = Team.objects.filter(memberships__user=user, memberships__role=Membership.Role.MANAGER)
    return known.filter(Q(owner=user) | Q(team__in=managed))


@transaction.atomic
def _collected(form: CollectForm, coe: COE, by: User) -> CollectionEntry:
    """Into the chosen one or the new one; a new one that could not take it is not made either."""
    facts, now = form.cleaned_data, timezone.now()
    if facts["name"].strip():
        collection = collecting.make(facts["name"], by=by, now=now)
    else:
        collection = get_object_or_404(changeable_by(by), pk=facts["collection"])
    return collecting.add(collection, coe, facts["note"], by=by, now=now)


def _moved(request: Request, shown: Collection, entry: CollectionEntry) -> HttpResponse:
    if is_htmx(request):
        return render(request, "coe/collections/_entries.html", entries_part(request, shown))
    return see(request, _place(entry))


def _place(entry: CollectionEntry) -> str:
    return f"{entry.collection.get_absolute_url()}#entry-{entry.pk}"

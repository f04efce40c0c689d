"""Action items: mine, my teams', overdue ones, one of them, and its moves."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from coe import following_up, permissions
from coe.forms.moves import EvidenceForm
from coe.models import COE, ActionItem
from coe.models.actions import ActionItemQuerySet
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import AuditEntry, Team, User

PER_PAGE = 50
MOST_HISTORY = 50
# The lists, with their names.
LISTS = {"mine": "Mine", "teams": "My teams", "overdue": "Overdue", "all": "All"}
OPEN = ("open", "Open")
State = ActionItem.State
# What each move is called, and what its words are about; None for moves that need none.
WORDS = {
    "finish": None,
    "reopen": None,
    "verify": "What shows that it works",
    "find_ineffective": "What shows that it did not help",
    "drop": "Why it will not be done",
}
LABELS = {
    "finish": "Mark as done",
    "verify": "Verify",
    "find_ineffective": "It did not help",
    "reopen": "Reopen",
    "drop": "Drop",
}
MOVES_TO = {
    "finish": State.DONE,
    "verify": State.VERIFIED,
    "find_ineffective": State.INEFFECTIVE,
    "reopen": State.OPEN,
    "drop": State.DROPPED,
}


@login_required
@require_GET
def actions(request: Request) -> HttpResponse:
    """The lists, narrowed by state, priority and kind."""
    chosen = request.GET.get("list", "mine")
    chosen = chosen if chosen in LISTS else "mine"
    found = narrowed(of_list(request.user, chosen), request.GET.dict(), chosen)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "chosen": chosen,
        "lists": [(name, label, count_of(request.user, name)) for name, label in LISTS.items()],
        "readable": readable(request.user, page.object_list),
        "today": today_of(request.user),
        "state": request.GET.get("state", OPEN[0]),
        "priority": request.GET.get("priority", ""),
        "kind": request.GET.get("kind", ""),
        "states": [OPEN, *((value, label) for value, label in State.choices if value != "open"), ("any", "Any state")],
        "priorities": ActionItem.Priority.choices,
        "kinds": ActionItem.Kind.choices,
    }
    return render(request, "coe/actions/list.html", context)


def of_list(user: User, name: str) -> ActionItemQuerySet:
    """The promised action items of one list, as far as this person may see them."""
    seen = ActionItem.objects.visible_to(user).promised()
    if name == "mine":
        return seen.filter(owner=user)
    if name == "teams":
        return seen.filter(team__in=Team.objects.of(user))
    return seen.overdue(today_of(user)) if name == "overdue" else seen


def count_of(user: User, name: str) -> int | None:
    """How many are open; the list of all is not counted, because nobody works it off."""
    return None if name == "all" else of_list(user, name).open().count()


def narrowed(found: ActionItemQuerySet, asked: dict[str, str], chosen: str) -> ActionItemQuerySet:
    """By what the address says; values that are none are ignored. What is due first comes first."""
    state = asked.get("state", OPEN[0])
    if state == OPEN[0]:
        found = found.open()
    elif state in State.values:
        found = found.filter(state=state)
    for name, values in (("priority", ActionItem.Priority.values), ("kind", ActionItem.Kind.values)):
        if asked.get(name) in values:
            found = found.filter(**{name: asked[name]})
    return found.shown().order_by(F("due_on").asc(nulls_last=True), "pk")


def readable(user: User, items: Any) -> set[int]:
    """The COEs of these items that the person may read: an owner sees the item, but not a restricted COE."""
    wanted = {item.coe_id for item in items}
    return set(COE.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))


def today_of(user: User) -> Any:
    """The day it is where the person lives."""
    return user.local(timezone.now()).date()


@login_required
@require_GET
def action(request: Request, pk: int) -> HttpResponse:
    """One action item."""
    found = get_object_or_404(ActionItem.objects.visible_to(request.user).shown(), pk=pk)
    return action_screen(request, found)


def action_screen(
    request: Request, found: ActionItem, form: EvidenceForm | None = None, move: str = "", status: int = 200
) -> HttpResponse:
    """What is promised, how it stands, and what may be done about it."""
    history = AuditEntry.objects.filter(kind="coe.actionitem", object_id=found.pk).select_related("actor")
    context = {
        "action": found,
        "may_read": found.coe_id in readable(request.user, [found]),
        "moves": moves_of(found, request.user, form, move),
        "history": history[:MOST_HISTORY],
        "today": today_of(request.user),
    }
    return render(request, "coe/actions/detail.html", context, status=status)


def moves_of(found: ActionItem, user: User, form: EvidenceForm | None, asked: str) -> list[dict[str, Any]]:
    """The moves that are legal now, for somebody who may make them; a refused form stands where it was."""
    if not found.is_promised or not permissions.may_change_action(user, found):
        return []
    legal = ActionItem.MOVES[State(found.state)]
    return [
        {
            "name": name,
            "label": LABELS[name],
            "url": f"{found.get_absolute_url()}{name.replace('_', '-')}/",
            "words": words,
            "form": form if form and name == asked else EvidenceForm(auto_id=f"id_{name}_%s"),
            "is_open": bool(form) and name == asked,
        }
        for name, words in WORDS.items()
        if MOVES_TO[name] in legal
    ]


@login_required
@require_POST
def move(request: Request, pk: int, name: str) -> HttpResponse:
    """One move; those that need words are refused without."""
    found = get_object_or_404(ActionItem.objects.visible_to(request.user).shown(), pk=pk)
    form = EvidenceForm(request.POST, auto_id=f"id_{name}_%s") if WORDS[name] else None
    if form and not form.is_valid():
        return action_screen(request, found, form, name, status=422)
    follow: Callable[..., None] = getattr(following_up, name)
    words = [form.cleaned_data["evidence"]] if form else []
    try:
        follow(found, *words, request.user, timezone.now())
    except ValidationError as error:
        if form is None:
            raise
        form.add_error("evidence", error.messages)
        return action_screen(request, found, form, name, status=422)
    return see(request, found.get_absolute_url(), f"The action item is {found.get_state_display().lower()} now.")

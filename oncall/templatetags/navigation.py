"""The frame around every screen: rail, bottom bar, search box, theme.

Decides which places the rail names, in which order, and which one is current. Counts, teams and on-call state come from
the context variable `rail` (a context processor); without it (signed out, error pages) there is no rail. For
`base.html` and the sign-in screen only.
"""

from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse

register = template.Library()

# name of the URL, words, icon, key after "g", field of `rail` that counts, whether the phone's bottom bar has it
PLACES = (
    ("home", "Home", "house", "h", "needs_me", True),
    ("oncall:schedules", "On-call", "calendar-clock", "o", "", True),
    ("oncall:incidents", "Incidents", "siren", "i", "open_incidents", True),
    ("oncall:deployments", "Deployments", "rocket", "d", "", False),
    ("coe:library", "COEs", "book-open-text", "c", "", True),
    ("coe:actions", "Actions", "list-checks", "a", "overdue_actions", False),
    ("coe:reviews", "Review", "message-square-text", "r", "", False),
)
# What lies under another address than its place, but belongs there.
BELONGING = {
    "oncall:schedules": ("/policies/", "/mutes/", "/maintenances/"),
    "coe:library": ("/templates/", "/subscriptions/", "/collections/"),
}
# Below one's teams: all there are.
DIRECTORIES = (("oncall:teams", "All teams", "users", "t"), ("oncall:services", "All services", "box", "s"))
# What the demonstration's accounts are for; their password is no secret.
DEMO_ACCOUNTS = (
    ("oncall@example.com", "On call now", "An incident is open"),
    ("second@example.com", "Next in the rotation", "Takes over after this shift"),
    ("other@example.com", "In another team", "Reads and reviews, a bar raiser"),
    ("manager@example.com", "Manager of the team", "Approves its COEs"),
    ("director@example.com", "Director", "Approves the worst"),
    ("admin@example.com", "Administrator", "Sees everything"),
)
THEMES = (("system", "System", "monitor"), ("light", "Light", "sun"), ("dark", "Dark", "moon"))


@dataclass(frozen=True)
class Place:
    """One line of the rail."""

    label: str
    url: str
    icon: str
    key: str
    count: int
    on_phone: bool
    is_current: bool


def _fact(rail: Any, name: str, default: Any) -> Any:
    found = rail.get(name) if isinstance(rail, dict) else getattr(rail, name, None)
    return default if found is None else found


def places(path: str, rail: Any) -> list[Place]:
    """The lines of the rail; the current one is that under whose URL `path` lies, or to which it belongs."""
    home = reverse("home")
    found = []
    for name, label, icon, key, count, on_phone in PLACES:
        url = reverse(name)
        is_current = path == url if url == home else path.startswith((url, *BELONGING.get(name, ())))
        found.append(Place(label, url, icon, key, _fact(rail, count, 0) if count else 0, on_phone, is_current))
    return found


def directories(path: str) -> list[Place]:
    """Where all teams and all services are; current only on the list itself, since one team may have its own line."""
    named = ((reverse(name), label, icon, key) for name, label, icon, key in DIRECTORIES)
    return [Place(label, url, icon, key, 0, False, path == url) for url, label, icon, key in named]


def _frame(context: Context) -> dict[str, object]:
    rail, request = context.get("rail"), context.get("request")
    path = request.path if request else ""
    return {
        "places": places(path, rail),
        "directories": directories(path),
        "path": path,
        "teams": _fact(rail, "teams", []),
        "on_call": _fact(rail, "on_call", []),
        "person": context.get("user"),
        "themes": THEMES,
        "chosen": chosen_theme(context),
    }


@register.inclusion_tag("components/rail.html", takes_context=True)
def left_rail(context: Context) -> dict[str, object]:
    """The rail at the left of a wide screen."""
    return _frame(context)


@register.inclusion_tag("components/bottom_bar.html", takes_context=True)
def bottom_bar(context: Context) -> dict[str, object]:
    """The bar at the bottom of a phone; what has no room is under More."""
    return _frame(context)


@register.inclusion_tag("components/search_box.html", takes_context=True)
def search_box(context: Context) -> dict[str, object]:
    """The one search box; on the search screen it holds what was asked."""
    request = context.get("request")
    return {"asked": request.GET.get("q", "") if request else ""}


@register.inclusion_tag("components/demo_accounts.html")
def demo_accounts() -> dict[str, object]:
    """One button per account of the demonstration; nothing on any other installation."""
    return {"accounts": DEMO_ACCOUNTS if settings.ERRATA_DEMO else ()}


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """light, dark or system: what the theme switch wrote into its cookie."""
    request = context.get("request")
    theme = request.COOKIES.get("theme", "") if request else ""
    return theme if theme in {"light", "dark"} else "system"

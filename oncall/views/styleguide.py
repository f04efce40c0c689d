"""The screen that shows every component at once, for those who build screens and for the accessibility tests.

Everything on it is made up here; it reads nothing from the database. In debug everybody sees it, otherwise only
administrators.
"""

from datetime import datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

INCIDENT_STATES = ("triggered", "acknowledged", "mitigated", "resolved")
DEPLOYMENT_STATES = ("queued", "started", "succeeded", "failed", "rolled_back")
COE_STATES = ("draft", "in_review", "changes_requested", "approved", "published", "closed")
ACTION_STATES = ("open", "done", "verified", "ineffective", "overdue")
ATTEMPT_STATES = ("pending", "sending", "sent", "delivered", "failed", "uncertain")


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="What is wrong", help_text="Symptom and place, no guess at the cause.")
    severity = forms.ChoiceField(choices=[(str(level), f"SEV {level}") for level in range(1, 6)])
    due_on = forms.DateField(label="Due", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(label="What happened", widget=forms.Textarea, required=False)
    private = forms.BooleanField(label="Only people named here may see it", required=False, help_text="For security.")
    urgency = forms.ChoiceField(
        label="Page", choices=[("now", "Now"), ("hours", "In working hours")], widget=forms.RadioSelect
    )
    log = forms.FileField(label="Log", required=False)


def styleguide(request: HttpRequest) -> HttpResponse:
    """All components with made-up content."""
    if not settings.DEBUG and not getattr(request.user, "is_administrator", False):
        raise Http404
    now = timezone.now()
    wrong = SampleForm({"title": "", "severity": "2", "urgency": "now"}, auto_id="wrong_%s")
    context = {
        "now": now,
        "machines": machines(),
        "people": people(),
        "form": SampleForm(initial={"title": "Card authorisations failing", "severity": "2", "urgency": "now"}),
        "wrong": wrong,
        "moments": [
            now - timedelta(minutes=11),
            now - timedelta(hours=3),
            now - timedelta(days=4),
            now - timedelta(days=400),
        ],
        "days": [
            now.date() - timedelta(days=41),
            now.date(),
            now.date() + timedelta(days=3),
            now.date() + timedelta(days=60),
        ],
        "page": Paginator(range(400), 20).get_page(request.GET.get("page", 7)),
        "facets": [("payments", "Payments", 31), ("checkout", "Checkout", 18), ("ledger", "Ledger", 4)],
        "service": SimpleNamespace(name="payments-api", tier=1),
        "team": SimpleNamespace(name="Payments"),
        **pictures(now),
    }
    return render(request, "styleguide.html", context)


def machines() -> list[tuple[str, tuple[str, ...]]]:
    """Each state machine with its values."""
    return [
        ("Incident", INCIDENT_STATES),
        ("Deployment", DEPLOYMENT_STATES),
        ("COE", COE_STATES),
        ("Action item", ACTION_STATES),
        ("Attempt", ATTEMPT_STATES),
        ("Verdict", ("confirmed", "ruled_out")),
    ]


def people() -> list[SimpleNamespace]:
    """Six people, one per tone if chance allows."""
    names = ("Alice Moreau", "Bob Kimani", "Carol Osei", "Dora Lind", "Chen Wei", "Dai Rhys")
    return [SimpleNamespace(pk=number, name=name, email="") for number, name in enumerate(names, start=1)]


def pictures(now: datetime) -> dict[str, Any]:
    """What the pictures are drawn from, in the shapes of docs/components.md."""
    return {
        "grid": grid(now),
        "points": points(now),
        "stages": stages(),
        "graph": graph(),
        "causes": causes(),
        "pages_per_week": [3, 5, 2, 8, 4, 4, 9, 3, 1, 2, 6, 4],
        "load": [
            ("Alice", 9, "9 pages, 1 night"),
            ("Bob", 20, "20 pages, 6 nights"),
            ("Chen", 14, "14 pages, 2 nights"),
        ],
        "nights": [(now.date() - timedelta(days=ago), (ago * ago) % 7 % 5) for ago in range(180, -1, -1)],
    }


def grid(now: datetime) -> dict[str, Any]:
    """Two weeks with an override, a gap and a shadow."""
    today = timezone.localtime(now).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), tzinfo=timezone.get_current_timezone())

    def shift(first: float, last: float, label: str, key: int, kind: str = "") -> dict[str, Any]:
        start, end = monday + timedelta(days=first), monday + timedelta(days=last)
        return {"start": start, "end": end, "label": label, "key": key, "kind": kind}

    morning = 9 / 24
    final = [
        shift(-1, 4, "Alice Moreau", 1),
        shift(4, 5, "Chen Wei", 5, "override"),
        shift(5, 7 + morning, "Alice Moreau", 1),
        shift(7 + morning, 11, "Bob Kimani", 2),
        shift(11, 12 + morning, "nobody", 0, "gap"),
        shift(12 + morning, 15, "Bob Kimani", 2),
    ]
    rotation = [shift(-1, 7 + morning, "Alice Moreau", 1), shift(7 + morning, 15, "Bob Kimani", 2)]
    rows = [
        {"label": "Final schedule", "shifts": final},
        {"label": "Overrides", "shifts": [shift(4, 5, "Chen Wei", 5, "override")]},
        {"label": "Weekly rotation", "hint": "Mondays 09:00", "shifts": rotation},
        {"label": "Shadow", "shifts": [shift(0, 3, "Dai Rhys", 6, "shadow")]},
    ]
    return {"label": "Payments primary", "start": monday, "end": monday + timedelta(days=14), "now": now, "rows": rows}


def points(now: datetime) -> list[dict[str, Any]]:
    """The anchors of an incident of half an hour."""
    return [
        {"at": now, "label": "trigger", "tone": "accent"},
        {"at": now + timedelta(minutes=9), "label": "impact", "tone": "bad", "starts_impact": True},
        {"at": now + timedelta(minutes=10), "label": "detected"},
        {"at": now + timedelta(minutes=20), "label": "engaged"},
        {"at": now + timedelta(minutes=28), "label": "rollback", "tone": "good"},
        {"at": now + timedelta(minutes=36), "label": "mitigated", "tone": "good", "ends_impact": True},
    ]


def stages() -> list[dict[str, str]]:
    """A pipeline of five stages at the time of an incident."""
    return [
        {"name": "build", "version": "1.42.0", "detail": "4 min"},
        {"name": "gamma", "version": "1.42.0", "detail": "3 h", "state": "good"},
        {"name": "one-box", "version": "1.42.0", "detail": "baking, 61 min", "state": "running"},
        {"name": "eu-west-1", "version": "1.42.0", "detail": "9 min old", "state": "bad"},
        {"name": "us-east-1", "version": "1.41.7", "detail": "held by the gate", "state": "waiting"},
    ]


def graph() -> dict[str, Any]:
    """A service with two callers and three dependencies."""
    nodes = [
        {"id": 1, "label": "checkout-web", "column": -1, "detail": "Checkout · tier 1"},
        {"id": 2, "label": "subscriptions", "column": -1, "detail": "Growth · tier 2"},
        {"id": 3, "label": "payments-api", "column": 0, "detail": "Payments · tier 1", "tone": "focus"},
        {"id": 4, "label": "risk-rules", "column": 1, "detail": "Risk · tier 1", "tone": "bad"},
        {"id": 5, "label": "issuer-client", "column": 1, "detail": "Payments · tier 2"},
        {"id": 6, "label": "ledger", "column": 2, "detail": "Ledger · tier 1"},
    ]
    edges = [(1, 3), (2, 3), (3, 4), (3, 5), (4, 6), (5, 6)]
    return {"label": "What payments-api needs, and who needs it", "nodes": nodes, "edges": edges}


def causes() -> list[dict[str, Any]]:
    """Two lines of whys."""
    limits = {"text": "One timeout served all issuers", "kind": "Missing safeguard"}
    gamma = {"text": "Gamma has no slow issuer", "note": "COE-112, action 3", "kind": "Test gap"}
    pool = {"text": "The connection pool was exhausted", "children": [limits, gamma]}
    return [{"text": "Cards were declined", "children": [pool]}]

"""The signed-in person: name, zone, theme, one's shifts, and everything by which one is reached or acts.

Contact methods are changed in `contacts.py`, rules in `rules.py`, tokens in `tokens.py`; all of them show this screen
again with what is wrong.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import shifts, times
from oncall.forms.profile import ContactForm, PersonForm, TokenForm
from oncall.forms.rules import QuietForm, RuleForm
from oncall.models import ApiToken, AuditEntry, ContactMethod, Schedule, User
from oncall.views.answers import Request, SeeOther, see, signed_in
from oncall.views.duties import end_of
from oncall.views.revealing import reveal, uncached
from oncall.views.rule_words import groups_of

AHEAD = timedelta(weeks=8)
MOST_SHIFTS = 12
# What came of a test page, in the session until the next screen takes it out.
TRIALS = "trials"
THEMES = ("system", "light", "dark")
THEME_LIFETIME = timedelta(days=365)


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: Request) -> HttpResponse:
    """Everything about oneself; POST sets name and zone."""
    form = PersonForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        before = request.user.zone
        saved = form.save()
        AuditEntry.objects.write(saved, "changed", actor=saved, at=timezone.now(), before=before, after=saved.zone)
        return see(request, reverse("oncall:profile"), "Your profile is saved.")
    return shown(request, person_form=form)


def shown(request: Request, **forms: Any) -> HttpResponse:
    """The whole screen, with the one form that was refused in place of its empty self."""
    now, user = timezone.now(), request.user
    contacts = list(user.contact_methods.all())
    context = {
        "person_form": PersonForm(instance=user),
        "contact_form": ContactForm(auto_id="contact_%s", initial={"channel": ContactMethod.Channel.EMAIL}),
        "token_form": TokenForm(auto_id="token_%s"),
        "code_form": None,
        "code_of": None,
        "contacts": contacts,
        "is_reached": any(method.is_verified for method in contacts),
        "groups": groups_of(user, contacts),
        "rule_form": RuleForm(user=user, auto_id="rule_%s"),
        "quiet_form": QuietForm(instance=user, auto_id="quiet_%s"),
        "trials": _trials(request, contacts),
        "tokens": list(user.api_tokens.all()),
        "live": set(ApiToken.objects.live(now).filter(user=user).values_list("pk", flat=True)),
        "shifts": shifts_of(user, now),
        "zones": times.zone_names(),
        "webhook_secret": reveal(request, "webhook_secret"),
        "new_token": reveal(request, "token"),
        "memberships": user.memberships.select_related("team"),
        **forms,
    }
    refused = any(getattr(form, "is_bound", False) for form in forms.values())
    return uncached(render(request, "oncall/profile/detail.html", context, status=422 if refused else 200))


def _trials(request: Request, contacts: list[ContactMethod]) -> list[tuple[ContactMethod, str, bool]]:
    """What came of the test page that was just sent, by contact method; shown once."""
    kept = request.session.pop(TRIALS, {})
    return [(method, *kept[str(method.pk)]) for method in contacts if str(method.pk) in kept]


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of a person; `until` is None where it goes on until further notice."""

    schedule: Schedule
    role: str
    starts_at: datetime
    until: datetime | None
    is_running: bool


def shifts_of(user: User, now: datetime) -> list[Turn]:
    """The person's shifts of the next weeks in every schedule and role, the first one first, each with its true end."""
    mine = Schedule.objects.filter(Q(layers__participants__user=user) | Q(overrides__user=user)).distinct()
    found = []
    for schedule in mine.with_definition():
        definition = schedule.definition()
        for role in dict.fromkeys([shifts.PRIMARY, *(layer.role for layer in definition.layers)]):
            spans = shifts.between(definition, now, now + AHEAD, role=role)
            found += [_turn(schedule, shift, now) for shift in spans if user.pk in shift.people]
    return sorted(found, key=lambda turn: turn.starts_at)[:MOST_SHIFTS]


def _turn(schedule: Schedule, shift: shifts.Shift, now: datetime) -> Turn:
    """The shift as it is shown; one that was cut where the weeks shown end is followed to its end."""
    if shift.ends_at >= now + AHEAD:
        shift = shifts.current_shift(schedule.definition(), shift.starts_at, shift.role) or shift
    return Turn(schedule, shift.role, shift.starts_at, end_of(shift, now), shift.starts_at <= now)


@signed_in
@require_POST
def theme(request: Request) -> HttpResponse:
    """Light, dark or the system's, for browsers without JavaScript; `static/js/theme.js` writes the same cookie."""
    chosen = request.POST.get("theme", "")
    answer = SeeOther(reverse("oncall:profile") + "#theme")
    if chosen in THEMES[1:]:
        age = int(THEME_LIFETIME.total_seconds())
        # Readable by the script that switches it without loading a screen anew; it is no secret.
        answer.set_cookie("theme", chosen, max_age=age, samesite="Lax", secure=request.is_secure(), httponly=False)
    else:
        answer.delete_cookie("theme", samesite="Lax")
        if chosen not in THEMES:
            messages.error(request, "There are three themes: system, light and dark.")
    return answer

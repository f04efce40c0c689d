"""One's notification rules, quiet hours, and the test page to oneself. Always one's own, by POST.

The words are in `rule_words.py`; what a test does is decided by `oncall/trying.py`.
"""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from oncall import trying
from oncall.exceptions import Conflict
from oncall.forms.rules import QuietForm, RuleForm
from oncall.models import AuditEntry, NotificationRule, User
from oncall.views.answers import Request, SeeOther, see, signed_in
from oncall.views.profile import TRIALS, shown


def _place(part: str) -> str:
    return f"{reverse('oncall:profile')}#{part}"


@signed_in
@require_POST
def add(request: Request) -> HttpResponse:
    """One more moment at which one is told, by one method."""
    form = RuleForm(request.POST, user=request.user, auto_id="rule_%s")
    if not form.is_valid():
        return shown(request, rule_form=form)
    with transaction.atomic():
        rule, is_new = NotificationRule.objects.get_or_create(user=request.user, **form.cleaned_data)
        if is_new:
            AuditEntry.objects.write(rule, "added", actor=request.user, at=timezone.now(), detail=rule.urgency)
    if not is_new:
        form.add_error("contact_method", "You have this rule already.")
        return shown(request, rule_form=form)
    return see(request, _place("rules"), f"{rule.get_urgency_display()}: {rule}.")


@signed_in
@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    """One moment less; without any, every verified method is used at once."""
    rule = get_object_or_404(request.user.notification_rules.select_related("contact_method"), pk=pk)
    with transaction.atomic():
        AuditEntry.objects.write(rule, "removed", actor=request.user, at=timezone.now(), detail=rule.urgency)
        rule.delete()
    return see(request, _place("rules"), f"The rule “{rule}” is removed.")


@signed_in
@require_POST
def quiet(request: Request) -> HttpResponse:
    """From when to when what is not urgent waits."""
    form = QuietForm(request.POST, instance=User.objects.get(pk=request.user.pk), auto_id="quiet_%s")
    if not form.is_valid():
        return shown(request, quiet_form=form)
    before = _quiet_words(request.user)
    with transaction.atomic():
        saved = form.save()
        now, after = timezone.now(), _quiet_words(saved)
        AuditEntry.objects.write(saved, "quiet hours", actor=request.user, at=now, before=before, after=after)
    text = f"Pages of low urgency wait from {after}." if after else "Pages of low urgency come at any hour."
    return see(request, _place("quiet"), text)


def _quiet_words(user: User) -> str:
    if user.quiet_from is None or user.quiet_until is None:
        return ""
    return f"{user.quiet_from:%H:%M} to {user.quiet_until:%H:%M}"


@signed_in
@require_POST
def test(request: Request) -> HttpResponse:
    """Send oneself a test page by every verified method; the next screen says what came of each."""
    try:
        trials = trying.send_test(request.user, timezone.now())
    except Conflict as refusal:
        messages.error(request, str(refusal))
        return SeeOther(_place("contacts"))
    request.session[TRIALS] = {str(pk): [trial.words, trial.is_good] for pk, trial in trials.items()}
    return SeeOther(_place("trials"))

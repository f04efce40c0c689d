"""The keys of a person's feeds: made, shown once, revoked; on the screen of what they follow."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from coe.forms.reading import FeedForm
from coe.views import feeds
from coe.views.answers import see
from coe.views.asking import Request
from coe.views.subscriptions import shown
from oncall.models import ApiToken, AuditEntry

# Addresses that one person may have at a time: one for each program that reads them.
MOST = 10


@login_required
@require_POST
def add(request: Request) -> HttpResponse:
    """Make an address for a program that reads feeds."""
    form = FeedForm(request.POST, auto_id="feed_%s")
    if form.is_valid() and feeds.held_by(request).count() >= MOST:
        form.add_error("name", f"At most {MOST} addresses. Revoke one first.")
    if not form.is_valid():
        return shown(request, feed_form=form)
    with transaction.atomic():
        token, text = ApiToken.issue(request.user, form.cleaned_data["name"], ApiToken.Scope.FEED)
        AuditEntry.objects.write(token, "created", actor=request.user, at=timezone.now(), detail=token.scope)
    feeds.keep(request, token, text)
    return see(request, "/subscriptions/#feeds")


@login_required
@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    """Whatever reads it finds nothing there from now on."""
    token = get_object_or_404(feeds.held_by(request), pk=pk)
    with transaction.atomic():
        AuditEntry.objects.write(token, "revoked", actor=request.user, at=timezone.now())
        token.delete()
    return see(request, "/subscriptions/#feeds", f"The address of {token.name} is revoked.")

"""One's API tokens: make, revoke. A token is shown once, on the screen after it was made."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from oncall.forms.profile import TokenForm
from oncall.models import ApiToken, AuditEntry
from oncall.views.answers import Request, SeeOther, see, signed_in
from oncall.views.profile import shown
from oncall.views.revealing import keep


@signed_in
@require_POST
def add(request: Request) -> HttpResponse:
    """Make a token."""
    form = TokenForm(request.POST, auto_id="token_%s")
    if not form.is_valid():
        return shown(request, token_form=form)
    now = timezone.now()
    with transaction.atomic():
        token, text = ApiToken.issue(request.user, form.cleaned_data["name"], form.cleaned_data["scope"])
        token.expires_at = form.expires_at(now)
        token.save(update_fields=["expires_at"])
        AuditEntry.objects.write(token, "created", actor=request.user, at=now, detail=token.scope)
    keep(request, "token", text, name=token.name)
    return SeeOther(reverse("oncall:profile") + "#tokens")


@signed_in
@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    """Nothing can act with it any more, from this moment."""
    token = get_object_or_404(request.user.api_tokens, pk=pk)
    with transaction.atomic():
        AuditEntry.objects.write(token, "revoked", actor=request.user, at=timezone.now())
        token.delete()
    return see(request, reverse("oncall:profile") + "#tokens", f"{token.name} is revoked.")

"""One's contact methods: add, verify by a code, send the code again, remove. Always one's own, by POST.

What a code proves is decided by `oncall/verifying.py`.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from oncall import verifying
from oncall.exceptions import Conflict
from oncall.forms.profile import CodeForm, ContactForm
from oncall.models import AuditEntry, ContactMethod
from oncall.views.answers import Request, SeeOther, see, signed_in
from oncall.views.profile import shown
from oncall.views.revealing import keep

WRONG = "This code is wrong. {left} left before you need a new one."
SPENT = "This code no longer counts: it is older than half an hour, or was guessed too often. Ask for a new one."


def _place() -> str:
    return reverse("oncall:profile") + "#contacts"


@signed_in
@require_POST
def add(request: Request) -> HttpResponse:
    """Note a contact method and send its code. A webhook's signing secret is shown on the next screen only."""
    form = ContactForm(request.POST, auto_id="contact_%s")
    if not form.is_valid():
        return shown(request, contact_form=form)
    data, now = form.cleaned_data, timezone.now()
    try:
        method, secret = verifying.add(request.user, data["channel"], data["address"], now, data["secret"])
    except (Conflict, ValueError) as refusal:
        form.add_error("address", str(refusal))
        return shown(request, contact_form=form)
    if secret:
        keep(request, "webhook_secret", secret, address=method.address)
    return sent(request, method)


def sent(request: Request, method: ContactMethod) -> HttpResponse:
    """Send a code; when that fails the method stays, and the screen says why."""
    try:
        verifying.send_code(method, timezone.now())
    except Conflict as refusal:
        messages.error(request, str(refusal))
        return SeeOther(_place())
    return see(request, _place(), f"A code is on its way to {method.place}. Type it in beside the address.")


@signed_in
@require_POST
def send_again(request: Request, pk: int) -> HttpResponse:
    """A fresh code; the one before no longer counts."""
    return sent(request, get_object_or_404(request.user.contact_methods.filter(verified_at=None), pk=pk))


@signed_in
@require_POST
def verify(request: Request, pk: int) -> HttpResponse:
    """Compare the code; a wrong one is counted and said at the field."""
    method = get_object_or_404(request.user.contact_methods, pk=pk)
    form = CodeForm(request.POST, auto_id=f"code_{method.pk}_%s")
    if form.is_valid():
        if method.is_verified or verifying.check_code(method, form.cleaned_data["code"], timezone.now()):
            return see(request, _place(), f"{method.place} is verified. Pages go there from now on.")
        method.refresh_from_db()
        form.add_error("code", _tries(method))
    return shown(request, code_form=form, code_of=method.pk)


def _tries(method: ContactMethod) -> str:
    left = ContactMethod.MAX_TRIES - method.code_tries
    is_old = method.code_sent_at is None or timezone.now() - method.code_sent_at > ContactMethod.CODE_LIFETIME
    if left <= 0 or is_old or not method.code_digest:
        return SPENT
    return WRONG.format(left=f"{left} {'try is' if left == 1 else 'tries are'}")


@signed_in
@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    """Pages no longer go there."""
    method = get_object_or_404(request.user.contact_methods, pk=pk)
    AuditEntry.objects.write(method, "removed", actor=request.user, at=timezone.now())
    method.delete()
    if not request.user.contact_methods.verified().exists():
        messages.warning(request, "You have no verified contact method left: pages do not reach you.")
    return see(request, _place(), f"{method.place} is removed.")

"""The door through which Mattermost talks back: pressed buttons.

Mattermost signs nothing. What proves a press is the token of ours that its button carries: it goes to nobody but the
server of the webhook. Who acts is whoever the page was for; in a room it is the person whose contact method names the
Mattermost user who pressed, on the same server. Others are sent to the screen of the incident.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oncall import linking, pressing, tasks
from oncall.channels import mattermost
from oncall.channels.cards import BUTTONS, card_of
from oncall.channels.mattermost import Sent
from oncall.commands import Command
from oncall.models import Page, User
from oncall.views import talking
from oncall.views.doors import read
from oncall.views.talking import word_at

DOOR = "mattermost"
FORGED = "This call does not carry a token of ours, or it is older than seven days."


@csrf_exempt
@require_POST
def actions(request: HttpRequest) -> HttpResponse:
    """A pressed button."""
    body = read(request)
    if body is None:
        return talking.too_large()
    call, now = talking.read_object(body), timezone.now()
    try:
        sent = mattermost.read_token(word_at(call, "context", "token"))
    except mattermost.Forged:
        return talking.refused(request, DOOR, FORGED)
    verb = word_at(call, "context", "action")
    if verb not in BUTTONS or not sent.incident:
        return _said("This button means nothing any more.")
    return talking.once(DOOR, word_at(call, "trigger_id") or repr(body), lambda: _press(call, sent, verb, now))


def _press(call: dict[str, Any], sent: Sent, verb: str, now: datetime) -> HttpResponse:
    user = _presser(sent, word_at(call, "user_name").lower())
    if user is None:
        return _said(f"{_why_not(sent)} {settings.ERRATA_URL}/incidents/{sent.incident}/")
    pages = _pages(user, sent)
    outcome = pressing.press(user, Command(verb, sent.incident), pages, now=now, source="mattermost")
    tasks.page_soon()
    answer: dict[str, Any] = {} if outcome.is_done and outcome.message else _saying(outcome.sentence)
    if outcome.message:
        shown = mattermost.written(card_of(outcome.message), sent, outcome.status)
        answer["update"] = {"message": shown["text"], "props": {"attachments": shown["attachments"]}}
    return talking.answered(answer)


def _presser(sent: Sent, name: str) -> User | None:
    """Who acts: the person paged, unless somebody else pressed; in a room whoever has that name on that server."""
    if not sent.token:
        return mattermost.person_called(name, sent.address)
    _, addressed = mattermost.parts_of(sent.address)
    if addressed and addressed != f"@{name}":
        return None
    try:
        return linking.grant_of(sent.token).user
    except linking.Forged:
        return None


def _pages(user: User, sent: Sent) -> QuerySet[Page]:
    """What went to where it was pressed: the person's own, or the room's."""
    if sent.token:
        return pressing.pages_of(user, sent.incident)
    return pressing.pages_in("mattermost", sent.address)


def _why_not(sent: Sent) -> str:
    if sent.token:
        return "This page was for somebody else, or it is too old. Sign in to act on the incident:"
    return "Errata does not know who you are in Mattermost. Add it with your @name on your profile, or sign in:"


def _said(sentence: str) -> HttpResponse:
    return talking.answered(_saying(sentence))


def _saying(sentence: str) -> dict[str, Any]:
    """For whoever pressed; nobody else sees it."""
    return {"ephemeral_text": mattermost.escaped(sentence), "skip_slack_parsing": True}

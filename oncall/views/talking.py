"""What the doors have in common through which chats talk back: refusing, doing each call once, answering later.

It decides nothing about a chat: what its calls look like and who is meant stands in `talk_slack`, `talk_telegram` and
`talk_mattermost`.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from oncall.channels import DeliveryFailed
from oncall.sealing import digest
from oncall.views.doors import address_of

logger = logging.getLogger(__name__)

# Seconds for which a call is known again. Telegram repeats one for a day; a signed one is stale long before.
REMEMBERED = 2 * 24 * 3600
# Chats want an answer within seconds, whatever else we have to tell them.
_later = ThreadPoolExecutor(max_workers=4, thread_name_prefix="talk")


def refused(request: HttpRequest, door: str, sentence: str) -> HttpResponse:
    """403 with a sentence for whoever set it up; nothing of the call goes into the log."""
    logger.warning("talk.refused door=%s remote=%s why=%s", door, address_of(request), sentence)
    return HttpResponse(f"{sentence}\n", status=403, content_type="text/plain; charset=utf-8")


def too_large() -> HttpResponse:
    """413: no chat has so much to say."""
    return HttpResponse("This is too large.\n", status=413, content_type="text/plain; charset=utf-8")


def once(door: str, call: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    """What `do` answers; nothing for a call that was answered before. One that failed may come again."""
    known_as = f"talk-{door}-{digest(call)}"
    if not cache.add(known_as, 1, REMEMBERED):
        return HttpResponse()
    try:
        return do()
    except BaseException:
        cache.delete(known_as)
        raise


def later(door: str, tell: Callable[[], Any]) -> None:
    """Tell the chat something after its call was answered. When that fails, only a message looks old."""
    _later.submit(_tell, door, tell)


def _tell(door: str, tell: Callable[[], Any]) -> None:
    try:
        tell()
    except DeliveryFailed as failure:
        logger.warning("talk.not_shown door=%s why=%s", door, failure)
    except Exception:
        logger.exception("talk.tell_failed door=%s", door)


def answered(body: dict[str, Any]) -> HttpResponse:
    """An answer in JSON."""
    return JsonResponse(body)


def read_object(text: str | bytes) -> dict[str, Any]:
    """The JSON object in it; empty when there is none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def word_at(found: Any, *path: str) -> str:
    """The text or number at a path of an object; empty where there is none."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def stranger(chat: str) -> str:
    """What somebody is told whom we do not know."""
    return (
        f"Errata does not know who you are in {chat}. Add {chat} as a contact method on your profile and verify it: "
        f"{settings.ERRATA_URL}{reverse('oncall:profile')}"
    )

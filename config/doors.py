"""The alert doors as native coroutines: requests that arrive while the database writes are written together next.

It decides how requests meet the database: one thread with one connection takes all that wait, has them judged and
written by `oncall/admitting.py`, and hands out the answers (decision 0014). Nobody waits for a timer. It does not
decide who may come in nor what is said; under a WSGI server `oncall/views/doors.py` answers one by one.
"""

import asyncio
import logging
import queue
import re
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import orjson
from django.db import close_old_connections, connection
from django.utils import timezone

from oncall import sources
from oncall.admitting import Visit, answer
from oncall.models.timeline import announcing_aside
from oncall.payloads import LIMIT, Answer
from oncall.views.doors import client_address
from oncall.views.waking import waker

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

# The same paths as in oncall/doors_urls.py.
PATH = re.compile(r"/integrations/v1/(?P<dialect>alertmanager)/(?P<key>[^/]{1,64})/?|/v2/enqueue/?")
MOST_AT_ONCE = 64
# After a rest this long the connection is looked at before it is used.
REST_SECONDS = 1.0
# More than the database takes in many seconds: whoever comes now is better asked to come again.
MOST_WAITING = 2_000


class Waiting:
    """One request, and where its answer goes."""

    __slots__ = ("future", "loop", "visit")

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Answer] = self.loop.create_future()


class Doors:
    """All alert doors of this process, and the thread that writes for them."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def opens(self, scope: Scope) -> bool:
        """Whether this request is for one of them."""
        return scope["method"] == "POST" and PATH.fullmatch(scope["path"]) is not None

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that `opens`."""
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
        try:
            body = await read(headers, receive)
        except ConnectionError:
            return
        said = await self._submit(visit_of(scope, headers, body))
        await write(said, send)

    async def _submit(self, visit: Visit) -> Answer:
        if self._queue.qsize() >= MOST_WAITING:
            return visit.dialect.busy
        waiting = Waiting(visit)
        self._queue.put(waiting)
        if self._thread is None or not self._thread.is_alive():
            # Not before it is needed: servers fork, and threads do not come along.
            self._thread = threading.Thread(target=self._run, name="doors", daemon=True)
            self._thread.start()
        return await waiting.future

    def close(self) -> None:
        """Finish what waits and end the thread with its connection."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        served_at = 0.0
        while batch := self._next():
            # Django asks the server before each request whether it is still there; in a storm the last answer tells.
            if connection.errors_occurred or time.monotonic() - served_at > REST_SECONDS:
                close_old_connections()
            serve(batch)
            served_at = time.monotonic()
        connection.close()

    def _next(self) -> list[Waiting]:
        """All that waits, at least one; nothing when the doors are closed."""
        batch: list[Waiting] = []
        first = self._queue.get()
        while first is not None:
            batch.append(first)
            if len(batch) == MOST_AT_ONCE or self._queue.empty():
                return batch
            first = self._queue.get()
        if batch:
            self._queue.put(None)
        return batch


def serve(batch: Sequence[Waiting]) -> None:
    """Have these requests judged and written, and hand out their answers."""
    try:
        with announcing_aside(waker.announce):
            answers = answer([waiting.visit for waiting in batch], waker.wake)
    except Exception:  # the thread must outlive any fault, and nobody may be left waiting
        logger.exception("doors.failed")
        answers = [waiting.visit.dialect.busy for waiting in batch]
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
    for waiting, said in zip(batch, answers, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting.future, said))
    for loop, outcomes in by_loop.items():
        loop.call_soon_threadsafe(settle, outcomes)


def settle(outcomes: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    """Give answers to those who still wait; in the loop's own thread."""
    for future, said in outcomes:
        if not future.done():
            future.set_result(said)


async def read(headers: dict[str, str], receive: Receive) -> bytes | None:
    """The body, or None when it is larger than the doors allow. Raises ConnectionError when the client leaves."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > LIMIT:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left")
        body += message.get("body", b"")
        if len(body) > LIMIT:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def visit_of(scope: Scope, headers: dict[str, str], body: bytes | None) -> Visit:
    """The request as the doors judge it."""
    match = PATH.fullmatch(scope["path"])
    found = match.groupdict() if match else {}
    peer = (scope.get("client") or ("", 0))[0]
    return Visit(
        dialect=sources.REGISTRY[found.get("dialect") or "pagerduty"],
        key=found.get("key") or "",
        body=body,
        headers=headers,
        remote=client_address(peer, headers.get("x-forwarded-for", "")),
        now=timezone.now(),
    )


async def write(said: Answer, send: Send) -> None:
    """The answer as JSON, whatever the sender accepts."""
    content = orjson.dumps(said.body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in said.headers.items()]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

"""The whole web program behind one port: live streams as native coroutines, everything else as Django's WSGI.

It decides only who answers a request (decision 0011). Streams are in `config/live.py`, open editors in
`config/cowriting.py`, everything else is Django's.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from types import FrameType
from typing import Any, cast
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

from config.wsgi import application as wsgi

# Below the line above on purpose: Django must be set up before its models are imported.
from config.cowriting import CoWriting  # isort: skip
from config.doors import Doors  # isort: skip
from config.live import Live  # isort: skip

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# As much as `DATA_UPLOAD_MAX_MEMORY_SIZE` lets through.
LARGEST_UNMEASURED_BODY = 8 * 1024 * 1024

# Any: the two sides write the same protocol with different types.
django: Any = WSGIMiddleware(cast(Any, wsgi), workers=int(os.environ.get("ERRATA_WEB_THREADS", "10")))
live = Live()
cowriting = CoWriting()
doors = Doors()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand one connection to the part that answers it."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await cowriting.answer(scope, receive, send)
    elif scope["path"].startswith("/live/"):
        await live.answer(scope, receive, send)
    elif doors.opens(scope):
        await doors.answer(scope, receive, send)
    elif is_unmeasured(scope):
        await answer_measured(scope, receive, send)
    else:
        await django(plain(scope), as_coroutine(receive), send)


def is_unmeasured(scope: Scope) -> bool:
    """Whether a body comes in chunks without its length, which WSGI would take for no body at all."""
    names = {name for name, _ in scope["headers"]}
    return b"transfer-encoding" in names and b"content-length" not in names


async def answer_measured(scope: Scope, receive: Receive, send: Send) -> None:
    """Collect a body of unknown length, then have Django answer it as if its length had been told."""
    body = bytearray()
    is_complete = False
    while not is_complete and len(body) <= LARGEST_UNMEASURED_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        is_complete = not message.get("more_body", False)
    if not is_complete:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"This body is too large."})
        return

    async def received() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    measured = {**scope, "headers": [*scope["headers"], (b"content-length", str(len(body)).encode())]}
    await django(plain(measured), received, send)


def as_coroutine(receive: Receive) -> Receive:
    """Granian hands out futures, a2wsgi schedules coroutines only: without this no body could be read."""

    async def received() -> MutableMapping[str, Any]:
        return await receive()

    return received


def plain(scope: Scope) -> Scope:
    """The request as WSGI can carry it.

    A header with an underscore would take the place of the one with a dash that a proxy vouches for, and a query string
    that is not ASCII would be an error before Django could answer it.
    """
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = scope["query_string"]
    if not query.isascii():
        query = quote_from_bytes(query, safe="/%&=+?;:@,!$'()*~").encode()
    return {**scope, "headers": headers, "query_string": query}


async def lifespan(receive: Receive, send: Send) -> None:
    """Listen to the database for as long as this process serves."""
    await receive()
    live.start()
    cowriting.start()
    for signum in (signal.SIGTERM, signal.SIGINT):
        also_on(signum, live.end_streams)
        also_on(signum, cowriting.end_sockets)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await live.stop()
    await cowriting.stop()
    await asyncio.to_thread(doors.close)
    await send({"type": "lifespan.shutdown.complete"})


def also_on(signum: signal.Signals, action: Callable[[], None]) -> None:
    """Do this too when the server is told to stop: it waits for open responses, and a live stream would not end."""
    loop = asyncio.get_running_loop()
    previous = signal.getsignal(signum)

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(action)
        if callable(previous):
            previous(number, frame)

    signal.signal(signum, handle)

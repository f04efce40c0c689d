"""Server-sent events: tells open screens that something they show has changed.

It decides who may listen to which topics and carries the news from PostgreSQL's NOTIFY to every open stream of this
process. It does not say what has changed: a screen fetches that itself, through the gates of its own view.
"""

import asyncio
import json
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.db import close_old_connections, connection
from django.http import HttpRequest, parse_cookie

from oncall.models import Incident, User

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

CHANNEL = "errata_live"
MOST_STREAMS = 500
HEARTBEAT_SECONDS = 15
# A client that takes longer to accept one event is dropped; it comes back by itself.
SLOW_SECONDS = 10
# A stream ends now and then, so that a lost permission or a signed-out session ends it too.
LONGEST_STREAM_SECONDS = 15 * 60
RECONNECT_SECONDS = 1
# Every event carries an id, so that a browser that comes back says so and is told to look again.
OPENING = b"retry: 3000\nid: 0\n\n"
INCIDENT_PATH = re.compile(r"/live/incidents/(\d{1,18})/")


class Refused(Exception):
    """This stream is not opened; carries the status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Stream:
    """One open connection and the topics that changed since it was last told."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self.changed: set[str] = set()
        self.news = asyncio.Event()
        self.is_over = False

    def tell(self, topic: str) -> None:
        """Note a change; several of one topic before it is sent are one."""
        self.changed.add(topic)
        self.news.set()

    def end(self) -> None:
        """Let the client go; its browser comes back by itself."""
        self.is_over = True
        self.news.set()

    async def next_events(self) -> bytes:
        """The events that are due, or a comment when nothing happened for a heartbeat."""
        try:
            await asyncio.wait_for(self.news.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return b": still here\n\n"
        topics, self.changed = sorted(self.changed), set()
        self.news.clear()
        return b"".join(
            b"id: 1\nevent: changed\ndata: " + json.dumps({"topic": topic}).encode() + b"\n\n" for topic in topics
        )


class Live:
    """All streams of this process and the one connection that feeds them."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)
        self._open: set[Stream] = set()
        self._is_ending = False
        self._listener: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")

    def start(self) -> None:
        """Begin to listen; call it in the event loop."""
        self._listener = asyncio.create_task(self._listen())

    def end_streams(self) -> None:
        """Let every client go and take no more, because this process is about to stop."""
        self._is_ending = True
        for stream in self._open:
            stream.end()

    async def stop(self) -> None:
        """End the listener and every stream."""
        self.end_streams()
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        self._threads.shutdown(wait=False)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request below /live/ until the client leaves."""
        try:
            topics = await self._admit(scope)
        except Refused as refusal:
            await refuse(send, refusal)
            return
        stream = Stream(topics)
        if any(name == b"last-event-id" for name, _ in scope["headers"]):
            for topic in topics:
                stream.tell(topic)
        await self._serve(stream, receive, send)

    async def _admit(self, scope: Scope) -> list[str]:
        if scope["method"] != "GET":
            raise Refused(405, "A live stream is read with GET.")
        if self._is_ending:
            raise Refused(503, "This process is about to stop; come back in a moment.")
        if len(self._open) >= MOST_STREAMS:
            raise Refused(503, "Too many live streams are open; the screen works by reloading.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, topics_for, scope["path"], cookies_of(scope))

    async def _serve(self, stream: Stream, receive: Receive, send: Send) -> None:
        # Two tasks, because a stream ends in two ways: the client leaves, or we are through.
        sending = asyncio.create_task(self._send(stream, send))
        leaving = asyncio.create_task(left(receive))
        ending = asyncio.get_running_loop().call_later(LONGEST_STREAM_SECONDS, stream.end)
        self._remember(stream)
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._forget(stream)
            ending.cancel()
            sending.cancel()
            leaving.cancel()
            (end, _) = await asyncio.gather(sending, leaving, return_exceptions=True)
            if isinstance(end, Exception):
                logger.info("a live stream ended: %r", end)

    async def _send(self, stream: Stream, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        events = OPENING
        while not stream.is_over:
            message = {"type": "http.response.body", "body": events, "more_body": True}
            await asyncio.wait_for(send(message), SLOW_SECONDS)
            events = await stream.next_events()
        await send({"type": "http.response.body", "body": b""})

    def _remember(self, stream: Stream) -> None:
        self._open.add(stream)
        for topic in stream.topics:
            self._streams[topic].add(stream)

    def _forget(self, stream: Stream) -> None:
        self._open.discard(stream)
        for topic in stream.topics:
            self._streams[topic].discard(stream)
            if not self._streams[topic]:
                del self._streams[topic]

    async def _listen(self) -> None:
        """Carry notifications to the streams; after a lost connection everybody looks again."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as database:
                    await database.execute(f"LISTEN {CHANNEL}")
                    for topic in list(self._streams):
                        self._publish(topic)
                    async for notification in database.notifies():
                        self._publish(notification.payload)
            except psycopg.Error as error:
                logger.warning("live updates lost the database, trying again: %s", error)
            await asyncio.sleep(RECONNECT_SECONDS)

    def _publish(self, topic: str) -> None:
        for stream in self._streams.get(topic, ()):
            stream.tell(topic)


def conninfo() -> str:
    """The database of Django's models as a connection string of libpq."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = {name: value for name, value in connection.get_connection_params().items() if name in known}
    # A connection that only listens would not notice on its own that the other side is gone.
    return psycopg.conninfo.make_conninfo(
        **{"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, **given}
    )


def cookies_of(scope: Scope) -> str:
    """The request's cookies, as one header."""
    return "; ".join(value.decode("latin1") for name, value in scope["headers"] if name == b"cookie")


def topics_for(path: str, cookies: str) -> list[str]:
    """What the person with these cookies hears on this path; raises Refused. Runs in a thread: it asks the database."""
    close_old_connections()
    try:
        user = person(cookies)
        if path == "/live/me/":
            return [f"user:{user.pk}", "incidents"]
        match = INCIDENT_PATH.fullmatch(path)
        if match is None or not Incident.objects.visible_to(user).filter(pk=int(match[1])).exists():
            raise Refused(404, "There is no such stream.")
        return [f"incident:{int(match[1])}"]
    finally:
        close_old_connections()


def person(cookies: str) -> User:
    """Who is signed in by this session, judged as Django's own middleware does."""
    request = HttpRequest()
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    if isinstance(user, AnonymousUser) or not user.is_active:
        raise Refused(401, "Sign in to hear live updates.")
    return user


async def left(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def refuse(send: Send, refusal: Refused) -> None:
    """Answer with a status and a sentence instead of a stream."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if refusal.status == 503:
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": str(refusal).encode()})

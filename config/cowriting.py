"""WebSockets of open editors: who may open one, and what other processes have to tell.

It speaks y-websocket's protocol at /ws/coes/<number>/ and beside it a few words of JSON. It decides who comes in and
how many; what happens inside is `config/rooms.py`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import DatabaseError

from coe.cowriting.documents import CHANNEL
from coe.models import COE
from coe.permissions import may_edit
from config.live import RECONNECT_SECONDS, Refused, conninfo, cookies_of
from config.rooms import CODES, Room, complain, with_database, writer
from config.sockets import NOT_ALLOWED, RESTARTING, TOO_MANY, Receive, Scope, Send, Socket
from oncall.models import User

logger = logging.getLogger(__name__)

PATH = re.compile(r"/ws/coes/(\d{1,18})/")
MOST_SOCKETS = 500
MOST_PER_PERSON = 20
LOOK_SECONDS = 15
# A tab in the background speaks once a minute; one that is silent for longer is gone without a word.
SILENT_SECONDS = 150


class CoWriting:
    """All open editors of this process and the connection by which it hears of the others."""

    def __init__(self) -> None:
        self._rooms: dict[int, Room] = {}
        self._process = uuid.uuid4().hex[:12]
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="cowriting")
        self._tasks: list[asyncio.Task[None]] = []
        self._is_ending = False

    def start(self) -> None:
        """Begin to listen; call it in the event loop."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look_after())]

    def end_sockets(self) -> None:
        """Let every browser go, because this process is about to stop: it comes back to the next one by itself."""
        self._is_ending = True
        for room in self._rooms.values():
            room.close(RESTARTING, "The server restarts.")

    async def stop(self) -> None:
        """What was taken is stored and written down; then nothing is left."""
        self.end_sockets()
        await asyncio.gather(*(room.finish() for room in list(self._rooms.values())), return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it closes."""
        if (await receive())["type"] != "websocket.connect":
            return
        if not is_ours(scope):
            await send({"type": "websocket.close", "code": NOT_ALLOWED})
            return
        # Accepted in any case: a browser sees the reason of a refusal only then.
        await send({"type": "websocket.accept"})
        try:
            room, socket = await self._admit(scope)
        except Refused as refusal:
            code = CODES.get(refusal.status, RESTARTING if refusal.status == 503 else TOO_MANY)
            await send({"type": "websocket.close", "code": code, "reason": str(refusal)})
            return
        except DatabaseError as error:
            logger.warning("an editor was not opened: %s", error)
            await send({"type": "websocket.close", "code": RESTARTING, "reason": "The database does not answer."})
            return
        await self._serve(room, socket, receive, send)

    async def _admit(self, scope: Scope) -> tuple[Room, Socket]:
        match = PATH.fullmatch(scope["path"])
        if match is None:
            raise Refused(404, "There is no such document.")
        if self._is_ending:
            raise Refused(503, "The server restarts.")
        cookies, coe_pk = cookies_of(scope), int(match[1])
        user = await asyncio.get_running_loop().run_in_executor(
            self._threads, with_database, editor_of, coe_pk, cookies
        )
        sockets = [socket for room in self._rooms.values() for socket in room.sockets]
        if len(sockets) >= MOST_SOCKETS or sum(socket.user.pk == user.pk for socket in sockets) >= MOST_PER_PERSON:
            raise Refused(429, "Too many editors are open. Close some; this one saves by its button.")
        room = self._rooms.setdefault(coe_pk, Room(coe_pk, self._process, self._threads))
        await room.open()
        # It may have been left by its last browser while it was opened.
        return self._rooms.setdefault(coe_pk, room), Socket(cookies, user)

    async def _serve(self, room: Room, socket: Socket, receive: Receive, send: Send) -> None:
        await room.open()
        room.join(socket)
        tasks = [
            asyncio.create_task(socket.sending(send)),
            asyncio.create_task(socket.receiving(receive, room.take)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            room.leave(socket)
            for task in tasks:
                task.cancel()
            for end in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(end, Exception):
                    logger.info("an editor's socket ended: %r", end)
            await self._leave(room)

    async def _leave(self, room: Room) -> None:
        if room.is_empty():
            await room.finish()
        if room.is_empty() and self._rooms.get(room.coe_pk) is room:
            del self._rooms[room.coe_pk]

    async def _listen(self) -> None:
        """Carry what other processes tell into the rooms; after a lost connection every room looks by itself."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as database:
                    await database.execute(f"LISTEN {CHANNEL}")
                    for room in list(self._rooms.values()):
                        room.hear()
                    async for notification in database.notifies():
                        self._hear(notification.payload)
            except psycopg.Error as error:
                logger.warning("open editors lost the database, trying again: %s", error)
            await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, payload: str) -> None:
        coe_pk, kind, rest = payload.split(":", 2)
        room = self._rooms.get(int(coe_pk))
        if room is None:
            return
        if kind == "update":
            room.hear(int(rest))
        elif kind == "changed":
            who, parts, name = rest.split(":", 2)
            for socket in room.sockets:
                socket.say(changed=parts.split(","), by=int(who), name=name)
        elif not rest.startswith(f"{self._process}:"):
            told = rest.partition(":")[2]
            room.tell_everybody() if kind == "who" else room.hear_presence(base64.b64decode(told))

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for room in list(self._rooms.values()):
                for socket in room.sockets:
                    if time.monotonic() - socket.heard_at > SILENT_SECONDS:
                        socket.close(RESTARTING, "Nothing was heard for long.")
                looking = asyncio.ensure_future(room.judge())
                looking.add_done_callback(complain)


def editor_of(coe_pk: int, cookies: str) -> User:
    """Who may edit this COE by these cookies; raises Refused. Runs in a thread: it asks the database."""
    user = writer(coe_pk, cookies)
    if isinstance(user, Refused):
        raise user
    if not may_edit(user, COE.objects.select_related("team").get(pk=coe_pk)):
        raise Refused(403, "You may not edit this COE.")
    return user


def is_ours(scope: Scope) -> bool:
    """Whether a screen of ours opens this socket: browsers send cookies along for those of others, too."""
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    origin = headers.get(b"origin", "")
    return urlsplit(origin).netloc == headers.get(b"host", "-") or origin in settings.CSRF_TRUSTED_ORIGINS

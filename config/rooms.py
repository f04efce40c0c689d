"""One COE that is open in editors of this process: its sockets, its document, and the order in which things happen.

Everything that reads or changes the document goes through one queue, so a browser never sees what is not stored yet.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from django.core.exceptions import ValidationError
from django.db import close_old_connections
from django.utils import timezone

from coe.cowriting import documents, settling
from coe.cowriting.appending import Appended, Gap, append
from coe.cowriting.documents import Document
from coe.models import COE
from coe.permissions import may_edit
from config import yjs
from config.live import Refused, person
from config.sockets import NOT_ALLOWED, NOT_THERE, RESTARTING, SIGNED_OUT, Socket
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import User

logger = logging.getLogger(__name__)

# Updates that are stored in one transaction at most.
BATCH = 64
# Written down after a pause, and while somebody types on and on at least so often.
PAUSE_SECONDS, LATEST_SECONDS = 1.0, 3.0
# Other processes hear where people are no more often than this.
PRESENCE_SECONDS = 0.15
CODES = {401: SIGNED_OUT, 403: NOT_ALLOWED, 404: NOT_THERE}


class Room:
    """The editors of one COE in this process."""

    def __init__(self, coe_pk: int, process: str, threads: Executor) -> None:
        self.coe_pk = coe_pk
        self.process = process
        self.sockets: set[Socket] = set()
        self.document: Document | None = None
        self._threads = threads
        self._asked: list[tuple[Socket, bytes]] = []
        self._updates: list[tuple[Socket, bytes]] = []
        self._is_stale = False
        self._lock = asyncio.Lock()
        self._work: asyncio.Task[None] | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._unsettled_since: float | None = None
        self._moved: set[Socket] = set()
        self._presence: asyncio.TimerHandle | None = None
        self._background: set[asyncio.Future[Any]] = set()

    # What comes in.

    def take(self, socket: Socket, message: bytes) -> None:
        """One message of a browser; what cannot be understood is ignored, and what it cost is its sender's loss."""
        try:
            if message[0] == yjs.AWARENESS:
                self._place(socket, yjs.presence_of(message))
            elif message[0] == yjs.SYNC:
                kind, data = yjs.sync_of(message)
                (self._asked if kind == yjs.STEP1 else self._updates).append((socket, data))
                self._wake()
        except ValueError as error:
            socket.say(misunderstood=str(error))

    def hear(self, newest: int | None = None) -> None:
        """Some process stored this update; None when nobody knows what happened meanwhile."""
        if self.document is None or newest is None or newest > self.document.seen:
            self._is_stale = True
            self._wake()

    def _wake(self) -> None:
        if self._work is None:
            self._work = asyncio.create_task(self._working())

    async def _working(self) -> None:
        try:
            while self._asked or self._updates or self._is_stale:
                await self.open()
                if self._updates or self._is_stale:
                    await self._store(self._updates[:BATCH])
                self._answer_asked()
        except Exception:  # whatever it was, nobody may wait for ever
            # Whoever waits for an answer comes back and sends again what was not acknowledged.
            logger.exception("writing COE-%s together was interrupted", self.coe_pk)
            self.document, self._updates, self._asked, self._is_stale = None, [], [], False
            self.close(RESTARTING, "Something went wrong; what you typed is kept and sent again.")
        finally:
            self._work = None

    def _answer_asked(self) -> None:
        """Send browsers what they do not have yet."""
        asked, self._asked = self._asked, []
        for socket, state in asked:
            try:
                assert self.document is not None
                socket.tell(yjs.sync(yjs.STEP2, self.document.doc.get_update(state)))
            except ValueError:
                socket.say(misunderstood="no state of a document")

    async def _store(self, batch: list[tuple[Socket, bytes]]) -> None:
        del self._updates[: len(batch)]
        self._is_stale = False
        work = [(socket.cookies, data) for socket, data in batch]
        async with self._lock:
            made, answers = await self._in_thread(store, self.coe_pk, work, self.document)
            self.document = made.document
        for place, data in made.news:
            for socket in self.sockets:
                if place < 0 or socket is not batch[place][0]:
                    socket.tell(yjs.sync(yjs.UPDATE, data))
        for (socket, _), answer in zip(batch, answers, strict=True):
            self._acknowledge(socket, answer)
        if any(place >= 0 for place, _ in made.news):
            self._settle_soon()

    def _acknowledge(self, socket: Socket, answer: Exception | None) -> None:
        socket.answered += 1
        if answer is None:
            socket.say(saved=socket.answered)
        elif isinstance(answer, Gap):
            # What came before is asked for; it comes with all the rest.
            assert self.document is not None
            socket.say(missing=socket.answered)
            socket.tell(yjs.sync(yjs.STEP1, self.document.doc.get_state()))
        elif isinstance(answer, Refused):
            socket.close(CODES.get(answer.status, NOT_ALLOWED), str(answer))
        else:
            is_final = isinstance(answer, Conflict | NotAllowed)
            socket.say(refused=socket.answered, because=sentence_of(answer), is_final=is_final)

    # Who comes and goes.

    async def open(self) -> None:
        """Read the document unless it is here."""
        async with self._lock:
            if self.document is None:
                made, _ = await self._in_thread(store, self.coe_pk, [], None)
                self.document = made.document

    def join(self, socket: Socket) -> None:
        """A browser opened the editor: it is told which document this is and asked for what it has kept."""
        assert self.document is not None
        self.sockets.add(socket)
        socket.say(document=self.document.name)
        socket.tell(yjs.sync(yjs.STEP1, self.document.doc.get_state()))
        for other in self.sockets - {socket}:
            if other.presence:
                socket.tell(other.presence.message())
        self._announce("who", "")

    def leave(self, socket: Socket) -> None:
        """It is closed."""
        self.sockets.discard(socket)
        if socket.presence and socket.presence.state is not None:
            self._tell_presence(socket, socket.presence.gone())

    def close(self, code: int, reason: str) -> None:
        """Let everybody go."""
        for socket in self.sockets:
            socket.close(code, reason)

    async def judge(self) -> None:
        """Let go whoever signed out, or may not write any more; the rest is told that we are still here."""
        sockets = list(self.sockets)
        for socket, refusal in zip(sockets, await self._in_thread(refusals, self.coe_pk, sockets), strict=True):
            if refusal:
                socket.close(CODES.get(refusal.status, NOT_ALLOWED), str(refusal))
            else:
                socket.say(still=1)

    # Where people are.

    def _place(self, socket: Socket, presence: yjs.Presence) -> None:
        if presence.state is not None:
            # Who somebody is says the session, not the browser.
            presence.state["user"] = {"id": socket.user.pk, "name": socket.user.name}
        self._tell_presence(socket, presence)
        socket.presence = presence

    def _tell_presence(self, socket: Socket, presence: yjs.Presence) -> None:
        for other in self.sockets - {socket}:
            other.tell(presence.message())
        self._moved.add(socket)
        socket.presence = presence
        if self._presence is None:
            self._presence = asyncio.get_running_loop().call_later(PRESENCE_SECONDS, self._announce_presence)

    def _announce_presence(self) -> None:
        self._presence = None
        moved, self._moved = self._moved, set()
        for socket in moved:
            if socket.presence:
                self._announce("presence", base64.b64encode(socket.presence.message()).decode())

    def hear_presence(self, message: bytes) -> None:
        """Somebody moved in an editor of another process."""
        for socket in self.sockets:
            socket.tell(message)

    def tell_everybody(self) -> None:
        """Another process asks who is here."""
        self._moved |= {socket for socket in self.sockets if socket.presence}
        self._announce_presence()

    def _announce(self, kind: str, rest: str) -> None:
        self._later(self._in_thread(announce, f"{self.coe_pk}:{kind}:{self.process}:{rest}"))

    # Writing it down.

    def _settle_soon(self) -> None:
        now = time.monotonic()
        self._unsettled_since = self._unsettled_since or now
        if self._settling:
            self._settling.cancel()
        pause = min(PAUSE_SECONDS, max(0.0, self._unsettled_since + LATEST_SECONDS - now))
        self._settling = asyncio.get_running_loop().call_later(pause, lambda: self._later(self.settle()))

    async def settle(self) -> None:
        """Write down what was typed; what fails here is done by the clock."""
        if self._settling:
            self._settling.cancel()
        self._settling, self._unsettled_since = None, None
        await self._in_thread(settle, self.coe_pk)

    async def finish(self) -> None:
        """Everything that was taken is stored, and written down."""
        while self._work is not None:
            await asyncio.wait({self._work})
        if self._unsettled_since is not None:
            await self.settle()
        if self._background:
            await asyncio.wait(self._background, timeout=2)

    def is_empty(self) -> bool:
        return not self.sockets

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(complain)

    def _in_thread(self, action: Callable[..., Any], *given: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._threads, with_database, action, *given)


def complain(task: asyncio.Future[Any]) -> None:
    """Nothing waits for these; what fails is said."""
    if not task.cancelled() and (error := task.exception()):
        logger.warning("beside writing together: %r", error)


def sentence_of(refusal: Exception) -> str:
    """Why not, for the person who typed."""
    return refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal)


def with_database(action: Callable[..., Any], *given: Any) -> Any:
    """Run in a thread, with connections that are alive."""
    close_old_connections()
    try:
        return action(*given)
    finally:
        close_old_connections()


def store(
    coe_pk: int, batch: list[tuple[str, bytes]], document: Document | None
) -> tuple[Appended, list[Exception | None]]:
    """Store updates in the name of whoever these cookies belong to now; for each None or why not."""
    people: dict[str, User | Refused] = {}
    for cookies, _ in batch:
        if cookies not in people:
            people[cookies] = writer(coe_pk, cookies)
    known = [(data, user) for cookies, data in batch if not isinstance(user := people[cookies], Refused)]
    made = append(coe_pk, known, timezone.now(), document)
    places = [place for place, (cookies, _) in enumerate(batch) if not isinstance(people[cookies], Refused)]
    made.news = [(places[place] if place >= 0 else place, data) for place, data in made.news]
    given = iter(made.answers)
    return made, [refusal if isinstance(refusal := people[cookies], Refused) else next(given) for cookies, _ in batch]


def writer(coe_pk: int, cookies: str) -> User | Refused:
    """Who is signed in and sees this COE, or why nobody is."""
    try:
        user = person(cookies)
    except Refused as refusal:
        return refusal
    if not COE.objects.visible_to(user).filter(pk=coe_pk).exists():
        return Refused(404, "There is no such COE.")
    return user


def refusals(coe_pk: int, sockets: list[Socket]) -> list[Refused | None]:
    """Who may not stay, and why."""
    found = []
    for socket in sockets:
        user = writer(coe_pk, socket.cookies)
        if not isinstance(user, Refused) and not may_edit(user, COE.objects.select_related("team").get(pk=coe_pk)):
            user = Refused(403, "You may not edit this COE any more.")
        found.append(user if isinstance(user, Refused) else None)
    return found


def settle(coe_pk: int) -> None:
    """Write down what was typed."""
    settling.settle(coe_pk, timezone.now())


def announce(news: str) -> None:
    """Tell the other processes."""
    documents.announce(news)

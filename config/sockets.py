"""One open editor: what its browser sends, how fast, and what it is told.

It decides limits and framing. What becomes of an update is decided in `config/rooms.py` and `coe/cowriting/`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from config.yjs import Presence
from oncall.models import User

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# A browser that takes longer to accept one message, or lags so many behind, is let go; it comes back and catches up.
SLOW_SECONDS = 10
CLOSE_SECONDS = 2
MOST_UNSENT = 2_000
# What a browser may send at once and on average; it is read no faster, so that nothing is lost.
BURST, PER_SECOND = 200, 50
# Reasons for closing, which the browser understands (static/js/cowriting.js).
RESTARTING, SIGNED_OUT, NOT_ALLOWED, NOT_THERE, TOO_MANY = 1012, 4401, 4403, 4404, 4429


class Socket:
    """One connection and what is on its way to it."""

    def __init__(self, cookies: str, user: User) -> None:
        self.cookies = cookies
        self.user = user
        self.presence: Presence | None = None
        # How many updates were answered: the browser counts along.
        self.answered = 0
        self.heard_at = time.monotonic()
        self.closing: tuple[int, str] | None = None
        self._unsent: deque[bytes | str] = deque()
        self._news = asyncio.Event()
        self._allowance = float(BURST)

    def tell(self, message: bytes) -> None:
        """Send a message of Yjs's."""
        self._queue(message)

    def say(self, **words: Any) -> None:
        """Send a message of ours."""
        self._queue(json.dumps(words))

    def close(self, code: int, reason: str) -> None:
        """Let the browser go, after what is on its way."""
        self.closing = self.closing or (code, reason)
        self._news.set()

    def _queue(self, message: bytes | str) -> None:
        if len(self._unsent) >= MOST_UNSENT:
            self.close(RESTARTING, "This browser lags behind.")
            return
        self._unsent.append(message)
        self._news.set()

    async def sending(self, send: Send) -> None:
        """Send what is queued until the connection is closed."""
        while True:
            while self._unsent:
                message = self._unsent.popleft()
                part = {"text": message} if isinstance(message, str) else {"bytes": message}
                await asyncio.wait_for(send({"type": "websocket.send", **part}), SLOW_SECONDS)
            if self.closing:
                code, reason = self.closing
                await asyncio.wait_for(send({"type": "websocket.close", "code": code, "reason": reason}), CLOSE_SECONDS)
                return
            self._news.clear()
            await self._news.wait()

    async def receiving(self, receive: Receive, take: Callable[[Socket, bytes], None]) -> None:
        """Hand over what the browser sends until it leaves, no faster than it may."""
        while (message := await receive())["type"] == "websocket.receive":
            waited, self.heard_at = time.monotonic() - self.heard_at, time.monotonic()
            self._allowance = min(BURST, self._allowance + waited * PER_SECOND) - 1
            if self._allowance < 0:
                await asyncio.sleep(-self._allowance / PER_SECOND)
            if data := message.get("bytes"):
                take(self, data)

"""Editors without a browser: pycrdt over a real WebSocket, in a thread, speaking as static/js/writing does."""

import asyncio
import json
import threading
import time

import aiohttp
from pycrdt import Doc, Text

from config import yjs


class Tab:
    """One open editor of one person; typing waits for nothing."""

    def __init__(self, url, coe_pk, session, origin=None):
        self.doc = Doc(allow_multithreading=True)
        self.words, self.code, self.reason, self.name = [], None, None, None
        self.sent = self.saved = 0
        self.people = {}
        self._address = f"{url.replace('http', 'ws')}/ws/coes/{coe_pk}/"
        self._headers = {"Cookie": f"sessionid={session}", "Origin": origin or url}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._live()], daemon=True)
        self._lock = threading.RLock()
        self._socket = None
        self.is_open = threading.Event()
        self._thread.start()

    def __enter__(self):
        self.wait(lambda: self.name or self.code, "it opens")
        self.wait(lambda: self.synced or self.code, "it has the document")
        return self

    def __exit__(self, *_):
        self.close()

    synced = False

    def close(self):
        if self._socket is not None and not self._socket.closed:
            asyncio.run_coroutine_threadsafe(self._socket.close(), self._loop).result(5)
        self._thread.join(5)

    def wait(self, check, what="", seconds=15):
        until = time.monotonic() + seconds
        while not (found := check()):
            assert time.monotonic() < until, f"{what}; heard {self.words}, closed {self.code} {self.reason}"
            time.sleep(0.005)
        return found

    def text(self, key="summary"):
        with self._lock:
            return str(self.doc.get(key, type=Text))

    def type(self, words, key="summary", at=None):
        """Type somewhere, at the end by default; returns the update."""
        with self._lock:
            text = self.doc.get(key, type=Text)
            before = self.doc.get_state()
            text.insert(len(text) if at is None else at, words)
            update = self.doc.get_update(before)
        self.send(update)
        return update

    def send(self, update):
        self.sent += 1
        self.send_raw(yjs.sync(yjs.UPDATE, update))

    def send_raw(self, message):
        asyncio.run_coroutine_threadsafe(self._socket.send_bytes(message), self._loop).result(10)

    def wait_saved(self):
        self.wait(lambda: self.saved >= self.sent, f"saved {self.saved} of {self.sent}")

    def heard(self, word):
        return next((words for words in self.words if word in words), None)

    async def _live(self):
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(self._address, headers=self._headers, max_msg_size=0) as socket,
        ):
            self._socket = socket
            async for message in socket:
                await self._take(message)
            self.code = socket.close_code

    async def _take(self, message):
        if message.type == aiohttp.WSMsgType.TEXT:
            words = json.loads(message.data)
            self.words.append(words)
            self.name = words.get("document", self.name)
            self.saved = words.get("saved", self.saved)
        elif message.data[0] == yjs.AWARENESS:
            presence = yjs.presence_of(message.data)
            self.people[presence.client] = presence.state
        else:
            await self._sync(*yjs.sync_of(message.data))

    async def _sync(self, kind, data):
        with self._lock:
            if kind != yjs.STEP1:
                self.doc.apply_update(data)
                self.synced = self.synced or kind == yjs.STEP2
                return
            answer = self.doc.get_update(data)
        self.sent += 1
        await self._socket.send_bytes(yjs.sync(yjs.STEP2, answer))
        await self._socket.send_bytes(yjs.sync(yjs.STEP1, self.doc.get_state()))

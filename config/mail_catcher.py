"""A mail server for demonstrations and tests: takes every message and delivers it nowhere.

It decides nothing; what becomes of a message is its handler's business (a Maildir, a list).
"""

import asyncio
import threading
from typing import Any

from aiosmtpd.smtp import SMTP


class MailCatcher:
    """An SMTP server on a free local port, in a thread of its own; a context manager."""

    def __init__(self, handler: Any) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self._handler = handler
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="mail catcher", daemon=True)

    def start(self) -> "MailCatcher":
        """Begin to listen; `port` is known afterwards."""
        self._thread.start()
        self._started.wait()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def __enter__(self) -> "MailCatcher":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._protocol, self.host, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _protocol(self) -> SMTP:
        return SMTP(self._handler, hostname="errata.invalid", enable_SMTPUTF8=True, loop=self._loop)

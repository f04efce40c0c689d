"""The whole program with a durable database and a mail server that notes when each message came; for benchmarks."""

import logging
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

# What the alerts of benchmarks are called; every message about one names it.
NAMES = re.compile(r"alert-\d+(?!\d)")


@contextmanager
def pager() -> Iterator["object"]:
    """A running stack whose `inbox.named_at` says when each alert was first named in a message the server accepted.

    Within, models read and write the stack's database.
    """
    import django

    django.setup()
    logging.disable(logging.WARNING)
    from django.db import connections

    from config import embedded
    from config.mail_catcher import MailCatcher
    from config.settings import database
    from tests.stack import Inbox, Stack

    class TimedInbox(Inbox):
        """Notes when each alert was named first."""

        def __init__(self) -> None:
            super().__init__()
            self.named_at: dict[str, float] = {}

        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
            answer = await super().handle_DATA(server, session, envelope)
            message, now = self.messages[-1], time.perf_counter()
            text = message.get_body(("plain",)).get_content()
            for name in NAMES.findall(f"{message['Subject']} {text}"):
                self.named_at.setdefault(name, now)
            return answer

    with tempfile.TemporaryDirectory(prefix="errata-bench-") as home:
        Path(home).chmod(0o711)
        with embedded.start(Path(home) / "postgres", durable=True) as server:
            stack = Stack(server.url, Path(home))
            stack.inbox = TimedInbox()
            stack.mail = MailCatcher(stack.inbox)
            with stack:
                connections["default"].settings_dict.update(database(stack.database_url))
                yield stack
                connections.close_all()

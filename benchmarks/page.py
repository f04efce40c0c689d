"""From a signal to the page in the mail server's hands: one alert at a time, the whole program, a durable database.

Prints one JSON line last: signal_to_smtp_p50_ms, signal_to_smtp_p99_ms, and how many pages were measured.
"""

import json
import logging
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

PAGES = int(os.environ.get("PAGES", "200"))
PAUSE = 0.2


def main() -> None:
    import django

    django.setup()
    logging.disable(logging.WARNING)
    from config import embedded
    from config.mail_catcher import MailCatcher
    from tests.stack import Inbox, Stack

    class TimedInbox(Inbox):
        """Notes when each message was accepted."""

        def __init__(self) -> None:
            super().__init__()
            self.accepted_at: dict[str, float] = {}

        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
            answer = await super().handle_DATA(server, session, envelope)
            self.accepted_at[str(self.messages[-1]["Subject"]).rpartition(": ")[2]] = time.perf_counter()
            return answer

    with tempfile.TemporaryDirectory(prefix="errata-bench-") as home:
        Path(home).chmod(0o711)
        with embedded.start(Path(home) / "postgres", durable=True) as server:
            stack = Stack(server.url, Path(home))
            stack.inbox = TimedInbox()
            stack.mail = MailCatcher(stack.inbox)
            with stack:
                print(json.dumps({"name": "page", "figures": measure(stack)}))


def measure(stack) -> dict[str, float]:
    """Posts one alert after another and waits for each page."""
    from django.db import connections

    connections["default"].settings_dict.update(url_settings(stack.database_url))
    from tests import make
    from tests.chaos.test_killed_between_signal_and_page import post
    from tests.stack import eventually

    service = make.service(escalation_policy=make.policy(make.alice()))
    _, key = make.integration("alertmanager", service)
    door = f"{stack.url}/integrations/v1/alertmanager/{key}/"
    took = []
    for number in range(PAGES + 10):
        name, begun = f"alert-{number}", time.perf_counter()
        assert post(door, name)
        eventually(lambda name=name: name in stack.inbox.accepted_at, 30)
        took.append((stack.inbox.accepted_at[name] - begun) * 1000)
        time.sleep(PAUSE)
    connections.close_all()
    took = sorted(took[10:])  # the first ones warm the processes up
    return {
        "pages": PAGES,
        "signal_to_smtp_p50_ms": round(statistics.median(took), 1),
        "signal_to_smtp_p99_ms": round(took[int(len(took) * 0.99) - 1], 1),
    }


def url_settings(url: str) -> dict[str, object]:
    """Django's connection settings for the stack's database."""
    from config.settings import database

    return database(url)


if __name__ == "__main__":
    main()

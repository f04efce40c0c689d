"""What can go wrong with a running stack: each fault is done, lasts a moment, and is over when its function returns."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable

import psycopg

from config.binaries import EmbeddedError
from config.embedded import Server
from tests.stack import Inbox, Stack, eventually

# A worker whose clock is ahead by more than any lease is long.
AHEAD = 11 * 60


class MoodyInbox(Inbox):
    """A mail server that refuses, dawdles, or takes a message and hangs up before it says so."""

    def __init__(self) -> None:
        super().__init__()
        self.mood = ""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        import asyncio

        mood = self.mood
        if mood == "slow":
            await asyncio.sleep(2)
        self.is_refusing = mood == "refusing"
        answer = await super().handle_DATA(server, session, envelope)
        if mood == "mute":
            server.transport.abort()
        return answer


class Faults:
    """Random faults in a stack on a database server of its own."""

    def __init__(self, stack: Stack, server: Server, dice: random.Random) -> None:
        self.stack, self.server, self.dice = stack, server, dice
        self.done: list[str] = []

    @property
    def all(self) -> list[Callable[[], None]]:
        """Every fault there is; those that need a program which is not installed are left out."""
        faults = [
            self.web_dies, self.worker_dies, self.scheduler_dies, self.everybody_dies, self.backends_die,
            self.database_dies, self.broker_loses_its_memory, self.broker_is_away, self.provider_is_moody,
        ]  # fmt: skip
        return [*faults, self.clock_jumps] if shutil.which("faketime") else faults

    def one(self) -> None:
        """One fault by chance."""
        fault = self.dice.choice(self.all)
        self.done.append(fault.__name__)
        fault()

    def _pause(self, most: float) -> None:
        time.sleep(self.dice.uniform(0, most))

    def _die(self, *names: str) -> None:
        for name in names:
            self.stack.kill(name, signal.SIGKILL)
        self._pause(1.5)
        for name in names:
            self.stack.start(name)

    def web_dies(self) -> None:
        self._die("web")

    def worker_dies(self) -> None:
        self._die("worker")

    def scheduler_dies(self) -> None:
        self._die("scheduler")

    def everybody_dies(self) -> None:
        self._die("web", "worker", "scheduler")

    def backends_die(self) -> None:
        """Connections end under the statements that use them."""
        with self._administer() as database:
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5"
            )

    def database_dies(self) -> None:
        """The whole server, as abruptly as a machine that loses its power; then it recovers."""
        os.kill(self.server.pid, signal.SIGKILL)
        eventually(lambda: self.server.pid is None, 20)
        self._pause(1)
        eventually(self._revived, 60, "the database is back")

    def _revived(self) -> bool:
        try:
            self.server.revive()
        except EmbeddedError:  # processes of the killed server still hold its memory for a moment
            return False
        return True

    def broker_loses_its_memory(self) -> None:
        with self._administer() as database:
            for (queue,) in database.execute("SELECT queue_name FROM pgmq.meta").fetchall():
                database.execute("SELECT pgmq.purge_queue(%s)", [queue])

    def broker_is_away(self) -> None:
        """For longer than the sweeper waits."""
        with self._administer() as database:
            database.execute("ALTER SCHEMA pgmq RENAME TO pgmq_away")
            try:
                time.sleep(4)
            finally:
                # A worker that started meanwhile has made itself a new one.
                is_new = database.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()[0]
                database.execute("DROP SCHEMA pgmq_away CASCADE" if is_new else "ALTER SCHEMA pgmq_away RENAME TO pgmq")

    def provider_is_moody(self) -> None:
        self.stack.inbox.mood = self.dice.choice(["slow", "refusing", "mute"])
        self._pause(3)
        self.stack.inbox.mood = ""

    def clock_jumps(self) -> None:
        """The worker's clock runs ahead for a while and is put back."""
        self.stack.kill("worker")
        self._worker_with_clock(f"+{AHEAD}s")
        time.sleep(4)
        self.stack.kill("worker")
        self._worker_with_clock("")

    def _worker_with_clock(self, offset: str) -> None:
        child = self.stack.children["worker"]
        child.command = [part for part in child.command if part not in self._faked()]
        child.command = [*(self._faked(offset) if offset else []), *child.command]
        child.start()

    def _faked(self, offset: str = f"+{AHEAD}s") -> list[str]:
        return [shutil.which("faketime") or "", "--exclude-monotonic", "-f", offset]

    def _administer(self) -> psycopg.Connection:
        return psycopg.connect(self.stack.database_url, autocommit=True)

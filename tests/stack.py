"""The real program for tests: web, worker and scheduler as processes on a fresh database, and a mail server.

It decides how such a stack is started, broken and ended. What is tested with it is not known here.
"""

import email
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config.mail_catcher import MailCatcher
from config.processes import Child
from config.running import QUIET_WORKER

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "errata_stack_template"
TEMPLATE_LOCK = 7_036_874_418
T = TypeVar("T")
numbers = itertools.count(1)


def eventually(check: Callable[[], T], seconds: float = 15, what: str = "") -> T:
    """The first true answer of `check` within that time; the last false one is part of the failure."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or check}; last answer {answer!r}")
        time.sleep(0.05)
    return answer


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


class Inbox:
    """Handler of the mail server: keeps every message; refuses them while `is_refusing`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.is_refusing = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.is_refusing:
            return "451 Try again later"
        message = email.message_from_bytes(envelope.content, policy=default)
        message["X-Recipients"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 Accepted"


class Stack:
    """Web, worker and scheduler on their own database; a context manager."""

    NAMES = ("web", "scheduler", "worker")

    def __init__(self, server_url: str, home: Path, **environment: str) -> None:
        self.server_url = server_url
        self.name = f"errata_stack_{os.getpid()}_{next(numbers)}"
        self.database_url = with_database(server_url, self.name)
        self.home = home / self.name
        self.inbox = Inbox()
        self.mail = MailCatcher(self.inbox)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.children: dict[str, Child] = {}
        self.extra = environment

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived at the mail server so far, oldest first."""
        return self.inbox.messages

    def __enter__(self) -> "Stack":
        self.home.mkdir(parents=True)
        self._make_database()
        self.mail.start()
        for name in self.NAMES:
            self.children[name] = self._child(name)
            self.start(name)
        self.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children.values():
            child.stop(grace=0)
        self.mail.stop()
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, name: str) -> None:
        """Start one process: web, worker or scheduler."""
        self.children[name].start()

    def kill(self, name: str, signum: signal.Signals = signal.SIGKILL) -> None:
        """End one process, and whatever it started, as abruptly as the signal says; returns when it is gone."""
        child = self.children[name]
        child.kill(signum)
        eventually(lambda: child.status() is not None, what=f"{name} ends")
        child.stop(grace=0)

    def manage(self, *arguments: str) -> str:
        """Run manage.py on this stack's database; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        answer = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def session_of(self, user: Any) -> str:
        """The value of the cookie `sessionid` of somebody who is signed in; within `live_stack` or `shared_stack`."""
        from django.test import Client

        client = Client()
        client.force_login(user)
        return client.cookies["sessionid"].value

    def log(self, name: str) -> str:
        """What a process wrote."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait for /readyz."""
        try:
            eventually(self.is_ready, seconds, "the stack is ready")
        except AssertionError as late:
            raise AssertionError("\n".join([str(late), *(self.log(name)[-2000:] for name in self.children)])) from None

    def is_ready(self) -> bool:
        """Whether /readyz answers 200 now."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return True
        except (OSError, urllib.error.HTTPError):
            return False

    def environment(self) -> dict[str, str]:
        """What every process of this stack is told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ERRATA_", "PYTEST_"))}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.database_url,
            "ERRATA_VAR": str(self.home),
            "ERRATA_URL": self.url,
            "ERRATA_FIND_STATIC": "1",
            "ERRATA_ALLOWED_NETWORKS": "127.0.0.1/32",
            "ALLOWED_HOSTS": "*",
            "EMAIL_HOST": self.mail.host,
            "EMAIL_PORT": str(self.mail.port),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.extra,
        }

    def _child(self, name: str) -> Child:
        granian = ["granian", "--interface", "asgi", "--port", str(self.port), "--workers-kill-timeout", "2", "--ws"]
        celery = ["celery", "--app", "config.celery"]
        commands = {
            "web": [*granian, "config.asgi:application"],
            "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "4", *QUIET_WORKER],
            "scheduler": [*celery, "beat", "--scheduler", "celery.beat:Scheduler"],
        }
        command = [sys.executable, "-m", *commands[name]]
        return Child(name, command, self.environment(), self.home / f"{name}.log", cwd=ROOT)

    def _make_database(self) -> None:
        with psycopg.connect(with_database(self.server_url, "postgres"), autocommit=True) as server:
            server.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
                server.execute(f"CREATE DATABASE {TEMPLATE}")
                self._prepare(with_database(self.server_url, TEMPLATE))
            names = {"new": sql.Identifier(self.name), "old": sql.Identifier(TEMPLATE)}
            server.execute(sql.SQL("CREATE DATABASE {new} TEMPLATE {old}").format(**names))

    def _prepare(self, url: str) -> None:
        environment = {**self.environment(), "DATABASE_URL": url, "ERRATA_DEMO": "0"}
        command = [sys.executable, "-m", "config.preparing"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(with_database(self.server_url, "postgres"), autocommit=True) as server:
            # A backend that cannot write to its client holds up DROP DATABASE for ever; the server goes anyway.
            server.execute("SET statement_timeout = '10s'")
            with suppress(psycopg.errors.QueryCanceled):
                server.execute(statement)

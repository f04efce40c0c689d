"""Errata on one machine, in the foreground: `python -m config.running`, which is what `make run` calls.

It decides which processes there are, in which order they start and stop, and what is said on the console. What each of
them does is its own business; how a child is kept alive is `config/processes.py`.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from aiosmtpd.handlers import Mailbox

from config import embedded
from config.binaries import EmbeddedError
from config.mail_catcher import MailCatcher
from config.preflight import Refusal, chosen_port, demand_free_port, demand_writable, sole_user
from config.processes import Child, ending

ROOT = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.2
DATABASE_PAUSE_SECONDS = 2
# Workers have nothing to tell each other, and the broker in our database cannot broadcast: signs of life are rows.
QUIET_WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat")
# How long each may take to end what it has begun. Web: its own limit for open live streams is 5.
GRACE_SECONDS = {"web": 8, "scheduler": 5, "worker": 20, "preparation": 10}
SLOW_START_SECONDS = 60
ACCOUNTS = (
    ("oncall@example.com", "on call for a service with an open incident"),
    ("second@example.com", "next in its rotation"),
    ("other@example.com", "member of another team"),
    ("admin@example.com", "administrator"),
    ("manager@example.com", "manager of the team on call"),
    ("director@example.com", "manages the teams above it"),
)


def say(sentence: str) -> None:
    """One line for the person at the console."""
    print(sentence, flush=True)


class Supervisor:
    """Everything that runs, from the first check to the last process that ends."""

    def __init__(self) -> None:
        self.var = Path(os.environ.get("ERRATA_VAR") or ROOT / "var").resolve()
        self.host = os.environ.get("ERRATA_HOST") or "127.0.0.1"
        self.is_demo = os.environ.setdefault("ERRATA_DEMO", "1").lower() in {"1", "true", "yes", "on"}
        self.asked_to_stop = threading.Event()
        self.server: embedded.Server | None = None
        self.children: list[Child] = []

    def run(self) -> None:
        """Start everything, watch it, and stop it when asked. Raises Refusal and EmbeddedError."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._hear)
        self.port = chosen_port()
        demand_writable(self.var)
        with ExitStack() as stack:
            stack.enter_context(sole_user(self.var))
            demand_free_port(self.host, self.port)
            # For commands beside it, which print addresses (config/settings.py).
            (self.var / "port").write_text(f"{self.port}\n")
            stack.callback(say, "Stopped.")
            if not os.environ.get("DATABASE_URL"):
                say("Starting PostgreSQL ...")
                self.server = stack.enter_context(embedded.start(self.var / "postgres"))
            environment = self._environment(stack)
            stack.callback(self._stop_children)
            self._prepare(environment)
            self._start(environment)
            self._watch()

    def _hear(self, signum: int, frame: object) -> None:
        if self.asked_to_stop.is_set():
            for child in self.children:
                child.kill()
        self.asked_to_stop.set()

    def _environment(self, stack: ExitStack) -> dict[str, str]:
        environment = {**os.environ, "ERRATA_VAR": str(self.var), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        environment.setdefault("ERRATA_FIND_STATIC", "1")
        if self.is_demo and "EMAIL_HOST" not in os.environ:
            catcher = stack.enter_context(MailCatcher(Mailbox(self.var / "outbox")))
            environment |= {"EMAIL_HOST": catcher.host, "EMAIL_PORT": str(catcher.port)}
        return environment

    def _child(self, name: str, environment: dict[str, str], *arguments: str) -> Child:
        command = [sys.executable, "-m", *arguments]
        child = Child(name, command, environment, self.var / "log" / f"{name}.log", cwd=ROOT)
        self.children.append(child)
        return child

    def _prepare(self, environment: dict[str, str]) -> None:
        say(
            "Preparing the database; the demonstration takes a while at its first start ..."
            if self.is_demo
            else "Preparing the database ..."
        )
        preparation = self._child("preparation", environment, "config.preparing")
        preparation.start()
        while (status := preparation.status()) is None and not self.asked_to_stop.wait(LOOK_SECONDS):
            pass
        self.children.remove(preparation)
        preparation.stop(GRACE_SECONDS["preparation"])
        if status:
            why = embedded.last_words(preparation.log)
            raise Refusal(f"preparing the database failed ({ending(status)}): {why} (see {preparation.log})")

    def _start(self, environment: dict[str, str]) -> None:
        web = ["granian", "--interface", "asgi", "--host", self.host, "--port", str(self.port)]
        web += ["--workers", os.environ.get("WEB_CONCURRENCY", "1"), "--workers-kill-timeout", "5", "--ws"]
        worker = ["celery", "--app", "config.celery", "worker", "--pool", "threads"]
        worker += ["--concurrency", os.environ.get("WORKER_CONCURRENCY", "8"), *QUIET_WORKER]
        scheduler = ["celery", "--app", "config.celery", "beat", "--scheduler", "celery.beat:Scheduler"]
        # In the order in which they are stopped: nothing new comes in, nothing new falls due, the rest is finished.
        self._child("web", environment, *web, "config.asgi:application")
        self._child("scheduler", environment, *scheduler)
        self._child("worker", environment, *worker)
        for child in self.children:
            if not self.asked_to_stop.is_set():
                child.start()

    def _watch(self) -> None:
        started = time.monotonic()
        is_ready = has_warned = False
        while not self.asked_to_stop.wait(LOOK_SECONDS):
            self._look_after_database()
            for child in self.children:
                if event := child.watch():
                    say(event)
            if is_ready:
                continue
            missing = missing_parts(self._address())
            if is_ready := not missing:
                self._welcome()
            elif not has_warned and time.monotonic() - started > SLOW_START_SECONDS:
                has_warned = True
                say(f"Not ready yet, missing: {', '.join(missing)}. The logs are in {self.var / 'log'}.")

    def _look_after_database(self) -> None:
        if self.server is not None and self.server.pid is None:
            say(f"PostgreSQL ended unexpectedly, starting it again; see {self.server.log}")
            try:
                self.server.revive()
            except EmbeddedError as error:
                say(str(error))
                self.asked_to_stop.wait(DATABASE_PAUSE_SECONDS)

    def _address(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"

    def _welcome(self) -> None:
        address = os.environ.get("ERRATA_URL") or self._address()
        say(f"\nErrata is ready: {address}/\n")
        if self.is_demo:
            for account, who in ACCOUNTS:
                say(f"  {account:<20} {who}")
            say(f"\n  The password of all four is errata-demo. Mail that Errata sends: {address}/demo/outbox/")
        say(f"  Data and logs are in {self.var}. Ctrl-C stops everything.\n")

    def _stop_children(self) -> None:
        if self.children:
            say("Stopping ...")
        for child in self.children:
            child.stop(GRACE_SECONDS[child.name])


def missing_parts(address: str) -> list[str]:
    """What /readyz says is missing; empty when everything is there."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2):  # noqa: S310 - our own http address
            return []
    except urllib.error.HTTPError as answer:
        try:
            return list(json.load(answer)["missing"])
        except (ValueError, KeyError):
            return [f"web (it answers {answer.code})"]
    except OSError:
        return ["web"]


def reset(var: Path) -> None:
    """Remove all data of the embedded installation, so that the next start is a first one. Raises Refusal."""
    if os.environ.get("DATABASE_URL"):
        raise Refusal("DATABASE_URL is set; only the embedded database is ever removed")
    if not var.exists():
        return
    demand_writable(var)
    with sole_user(var):
        embedded.remove(var / "postgres")
        for name in ("search", "outbox", "log"):
            shutil.rmtree(var / name, ignore_errors=True)


def main() -> int:
    """The command line; what cannot be is one line and a status of 1."""
    parser = argparse.ArgumentParser(prog="python -m config.running", description="Run Errata in the foreground.")
    parser.add_argument("--reset", action="store_true", help="remove all embedded data and logs instead")
    is_reset = parser.parse_args().reset
    supervisor = Supervisor()
    try:
        if is_reset:
            reset(supervisor.var)
        else:
            supervisor.run()
    except (Refusal, EmbeddedError, OSError) as refusal:
        print(f"errata: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What must hold before anything is started, each with one sentence when it does not.

It decides whether this machine and directory can run Errata now. It changes nothing but the lock it takes.
"""

import errno
import fcntl
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import IO

# A server that was killed a moment ago may still be letting go of its port.
PORT_PATIENCE_SECONDS = 2


class Refusal(Exception):
    """Errata cannot run here and now; the message is one line for the person at the console."""


def chosen_port() -> int:
    """The port from `PORT`, 8000 when unset."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Refusal(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def demand_free_port(host: str, port: int) -> None:
    """Refuse when somebody else listens there."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while (problem := bind_problem(host, port)) is not None:
        if problem.errno != errno.EADDRINUSE:
            raise Refusal(f"cannot listen on {host} port {port}: {problem.strerror}")
        if time.monotonic() > deadline:
            raise Refusal(f"port {port} is in use; stop what uses it or choose another: make run PORT={port + 1}")
        time.sleep(0.1)


def bind_problem(host: str, port: int) -> OSError | None:
    """What the system says against listening there, None when nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as problem:
            return problem
    return None


def demand_writable(var: Path) -> None:
    """Refuse when data cannot be kept there; makes the directory."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=var).close()
    except OSError as problem:
        raise Refusal(f"cannot write to {var} ({problem.strerror}); set ERRATA_VAR to a directory that can") from None


def sole_user(var: Path) -> IO[str]:
    """The lock that keeps a second Errata off the same data; holds as long as the file is open."""
    lock = (var / "running.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Refusal(f"Errata is running on {var} already; stop it first or set another ERRATA_VAR") from None
    return lock

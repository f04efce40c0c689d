"""`make run` as a person meets it: what it says, what it keeps, and that it leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from config.embedded import database_url
from tests.stack import eventually, free_port

ROOT = Path(__file__).resolve().parents[2]
linux_only = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by /proc")


def command(place, **environment):
    ours = ("ERRATA_", "DATABASE_URL", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    told = {"ERRATA_VAR": str(place), "ERRATA_DEMO": "0", "PORT": str(free_port()), "ALLOWED_HOSTS": "*", **environment}
    return {
        "args": [sys.executable, "-m", "config.running"],
        "cwd": ROOT,
        "env": {**kept, "DJANGO_SETTINGS_MODULE": "config.settings", **told},
        "text": True,
    }


def refusal(place, **environment):
    answer = subprocess.run(**command(place, **environment), capture_output=True, timeout=60, check=False)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def url_for_commands(place):
    """Where addresses lead that a command prints which was not told the port."""
    start = command(place)
    del start["env"]["PORT"]
    start["args"] = [sys.executable, "-c", "from config import settings; print(settings.ERRATA_URL)"]
    return subprocess.run(**start, capture_output=True, check=True).stdout.strip()


class Running:
    """The supervisor and what it said so far."""

    def __init__(self, place, **environment):
        start = command(place, **environment)
        self.url = f"http://127.0.0.1:{start['env']['PORT']}"
        self.process = subprocess.Popen(**start, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = []

    def hear(self, words, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and (line := self.process.stdout.readline()):
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"never heard {words!r} in {''.join(self.said)}")

    def end(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        self.said.extend(self.process.stdout)
        return self.process.wait(60)


def processes_of(place):
    """Every process that was started for this directory and lives."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            words = (directory / "environ").read_bytes() + (directory / "cmdline").read_bytes()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if str(place).encode() in words:
            found.append((int(directory.name), (directory / "cmdline").read_bytes()))
    return found


def test_a_port_in_use_is_one_line(place):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} is in use" in refusal(place, PORT=str(port))


def test_a_port_that_is_no_number_is_one_line(place):
    assert "PORT must be a number" in refusal(place, PORT="http")


def test_a_directory_that_cannot_be_written_is_one_line(place):
    (place / "file").touch()
    assert f"cannot write to {place}/file/var" in refusal(place, ERRATA_VAR=str(place / "file" / "var"))


@pytest.mark.skipif(find_spec("redis") is not None, reason="the package is here")
def test_a_broker_without_its_package_is_one_line(place):
    said = refusal(place, ERRATA_BROKER_URL="redis://127.0.0.1/0")

    assert "pip install 'kombu[redis]==" in said
    assert all(pin in (ROOT / "pyproject.toml").read_text() for pin in ("kombu[redis]==5.7.0", "redis==8.1.0"))


def test_a_database_that_cannot_be_reached_is_one_line(place):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    assert "preparing the database failed" in refusal(place, DATABASE_URL=url)


@linux_only
def test_it_runs_keeps_its_data_and_leaves_nothing_behind(place):
    running = Running(place)
    running.hear("Errata is ready")
    with urllib.request.urlopen(f"{running.url}/readyz") as answer:
        assert answer.status == 200
    with psycopg.connect(database_url(place / "postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert "is running on" in refusal(place)
    assert url_for_commands(place) == running.url

    assert running.end(signal.SIGTERM) == 0
    assert processes_of(place) == []

    again = Running(place)
    again.hear("Errata is ready")
    with psycopg.connect(database_url(place / "postgres")) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    assert again.end(signal.SIGINT) == 0
    assert processes_of(place) == []
    assert "Traceback" not in "".join(again.said)


@linux_only
def test_what_dies_is_started_again_and_kill_nine_leaves_nothing_behind(place):
    running = Running(place)
    running.hear("Errata is ready")
    for pid, words in processes_of(place):
        if b"granian" in words and b"spawn" not in words:
            os.kill(pid, signal.SIGKILL)
    running.hear("web ended unexpectedly (SIGKILL)")
    eventually(lambda: answers(f"{running.url}/readyz"), 30)

    running.process.kill()
    running.process.wait()

    eventually(lambda: not processes_of(place), 30, "nothing is left")


def answers(url):
    try:
        with urllib.request.urlopen(url):
            return True
    except OSError:
        return False

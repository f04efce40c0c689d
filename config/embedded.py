"""A real PostgreSQL as a child of ours, for everybody who has not set `DATABASE_URL`.

It decides how the server is made, started, adopted and stopped, and under which URL it answers. It does not decide who
needs one (`config/running.py`, the tests), nor which programs are used (`config/binaries.py`).
"""

import argparse
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from config.binaries import OWNER, EmbeddedError, account_for, as_account, binaries, data_version, make_data, reachable
from config.processes import dying_with_parent, turn_over

DATABASE = "errata"
PORT = 5432
START_SECONDS = 60
STOP_SECONDS = 20
# A socket's whole path must fit into 104 bytes (macOS); brokers read the directory from an unquoted DSN.
LONGEST_SOCKET_PATH = 100
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that nobody will miss.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def database_url(directory: Path, name: str = DATABASE) -> str:
    """The URL under which the server of this data directory answers, whether it runs or not."""
    return f"postgresql://{OWNER}@/{name}?host={quote(str(socket_directory(directory)), safe='')}&port={PORT}"


def socket_directory(directory: Path) -> Path:
    """The data directory; when its path is too long or not plain, a short one that only follows from its path."""
    directory = settled(directory)
    if len(f"{directory}/.s.PGSQL.{PORT}") <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(directory)):
        return directory
    digest = hashlib.sha256(str(directory).encode()).hexdigest()[:12]
    return Path("/tmp") / f"errata-{os.geteuid()}-{digest}"  # noqa: S108 - TMPDIR differs between shells, and is long on macOS


def settled(directory: Path) -> Path:
    """The absolute path, without following the directory itself: it may be a link that is made at the first start."""
    return directory.parent.resolve() / directory.name


def start(directory: Path, *, durable: bool = True) -> "Server":
    """A server on this data directory: the one that runs already, else a new one, made first if there is no data.

    Call it from the main thread: the server dies with the thread that started it. Raises EmbeddedError.
    """
    directory = settled(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    users = directory.with_name(directory.name + ".users").open("a")
    with one_starter(directory):
        server = Server(directory, users, durable=durable)
        server.bring_up()
        fcntl.flock(users, fcntl.LOCK_SH)
    return server


def remove(directory: Path) -> None:
    """Delete a data directory and what belongs to it; the server must not run. Raises EmbeddedError."""
    directory = settled(directory)
    if postmaster(directory) is not None:
        raise EmbeddedError(f"a server runs on {directory}; stop it first")
    shutil.rmtree(directory.resolve(), ignore_errors=True)
    directory.unlink(missing_ok=True)
    for suffix in ("log", "lock", "users"):
        directory.with_name(f"{directory.name}.{suffix}").unlink(missing_ok=True)


@contextmanager
def one_starter(directory: Path) -> Iterator[None]:
    """Only one process at a time decides whether a server must be started."""
    with directory.with_name(directory.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Server:
    """A running PostgreSQL. Stopped by the last process that uses it."""

    def __init__(self, directory: Path, users: IO[str], *, durable: bool = True) -> None:
        self.directory = directory
        self.url = database_url(directory)
        self.log = directory.with_name(directory.name + ".log")
        self.durable = durable
        self._users = users
        self._process: subprocess.Popen[bytes] | None = None
        self._account = account_for(directory)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process, or None when it does not run."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        return postmaster(self.directory)

    def bring_up(self) -> None:
        """Adopt the server that runs on the data, else start one; return when it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.pid is None:
                if self._process is not None:
                    raise EmbeddedError(f"PostgreSQL did not start: {last_words(self.log)} (see {self.log})")
                self._spawn()
            elif time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not answer within {START_SECONDS} s (see {self.log})")
            time.sleep(0.03)
        self._create_database()

    def revive(self) -> None:
        """Start the server again after it ended without being asked to."""
        with one_starter(self.directory):
            self._process = None
            self.bring_up()

    def stop(self) -> None:
        """Stop the server cleanly, unless another process uses it too."""
        if self._users.closed:
            return
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            self._users.close()
        # Fast shutdown rolls back and writes a checkpoint; where nothing is kept the immediate one is enough.
        polite = signal.SIGINT if self.durable else signal.SIGQUIT
        for signum, seconds in ((polite, STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if (pid := self.pid) is None:
                break
            os.kill(pid, signum)
            self._wait_for_end(seconds)
        if socket_directory(self.directory) != self.directory:
            shutil.rmtree(socket_directory(self.directory), ignore_errors=True)

    def _wait_for_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.pid is not None and time.monotonic() < deadline:
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(database_url(self.directory, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _spawn(self) -> None:
        place = reachable(self.directory, self._account)
        programs = binaries(data_version(place), self._account, place.parent)
        if data_version(place) is None:
            make_data(place, programs, self._account, durable=self.durable)
        forget_stranger(place)
        options = OPTIONS if self.durable else OPTIONS | CARELESS
        sockets = socket_directory(self.directory)
        sockets = place if sockets == self.directory else private_sockets(sockets, self._account)
        command = [str(programs / "postgres"), "-D", str(place), "-k", str(sockets)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        turn_over(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # SIGINT asks PostgreSQL for a fast, clean shutdown.
                preexec_fn=dying_with_parent(signal.SIGINT),
                **as_account(self._account),
            )

    def _create_database(self) -> None:
        with psycopg.connect(database_url(self.directory, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")


def private_sockets(sockets: Path, account: pwd.struct_passwd | None) -> Path:
    """Make the short socket directory ours alone: whoever may enter it is let in as the owner of the database."""
    sockets.mkdir(mode=0o700, exist_ok=True)
    facts = sockets.lstat()
    allowed = {os.geteuid()} | ({account.pw_uid} if account else set())
    if sockets.is_symlink() or facts.st_uid not in allowed or facts.st_mode & 0o077:
        raise EmbeddedError(f"{sockets} belongs to somebody else; remove it or choose another ERRATA_VAR")
    if account is not None:
        os.chown(sockets, account.pw_uid, account.pw_gid)
    return sockets


def postmaster(directory: Path) -> int | None:
    """The process that serves this directory according to its pid file, if it lives and is a PostgreSQL."""
    try:
        pid = int((directory / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        pass  # alive, of another account
    # After a reboot or in a container the number may belong to anybody.
    return pid if "postgres" in program_of(pid) else None


def forget_stranger(directory: Path) -> None:
    """Remove a pid file whose number now belongs to another program, which PostgreSQL would take for a server.

    Only then: the file also guards against processes of a killed server that still hold its memory.
    """
    file = directory / "postmaster.pid"
    if not file.exists():
        return
    pid = file.read_text().split("\n", 1)[0]
    if pid.isdecimal() and "postgres" not in (program := program_of(int(pid))) and program:
        file.unlink()


def program_of(pid: int) -> str:
    """The command line of a process; empty for one that is dead and not buried yet."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    return subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False).stdout


def last_words(log: Path) -> str:
    """The last line of a log."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


def main() -> int:
    """Run the server in the foreground until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description="Run Errata's embedded PostgreSQL.")
    default = Path(os.environ.get("ERRATA_VAR", "var")) / "postgres"
    parser.add_argument("--directory", type=Path, default=default, help="the data directory (default: %(default)s)")
    directory = parser.parse_args().directory
    asked_to_stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: asked_to_stop.set())
    try:
        with start(directory) as server:
            print(server.url, flush=True)
            while not asked_to_stop.wait(0.5):
                if server.pid is None:
                    raise EmbeddedError(f"PostgreSQL ended: {last_words(server.log)} (see {server.log})")
    except (EmbeddedError, OSError) as error:
        print(f"errata: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

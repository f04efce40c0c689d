"""What every test may use: a database server for the run, the whole program as processes, a browser.

Objects of the product are made by `tests/make.py`, not here.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

from config import embedded
from config.embedded import database_url
from tests.stack import Stack

# How long an example takes says more about the machine than about us.
hypothesis.settings.register_profile("errata", deadline=None)
hypothesis.settings.load_profile("errata")

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class RunningServer:
    """The database server of this run: somebody else's by `DATABASE_URL`, else an embedded one started when needed."""

    def __init__(self) -> None:
        self.home = Path(os.environ["ERRATA_TEST_HOME"])
        self.started: embedded.Server | None = None

    def start(self) -> str:
        """The URL of the server, which answers from now on."""
        is_ours = "DATABASE_URL" not in os.environ and "PYTEST_XDIST_WORKER" not in os.environ
        if is_ours and self.started is None:
            self.started = embedded.start(self.home / "postgres", durable=False)
        return os.environ.get("DATABASE_URL") or database_url(self.home / "postgres")

    def stop(self) -> None:
        """Stop it and remove what the run left."""
        if self.started is not None:
            self.started.stop()
            embedded.remove(self.home / "postgres")
        if "PYTEST_XDIST_WORKER" not in os.environ:
            shutil.rmtree(self.home, ignore_errors=True)


server = RunningServer()


def pytest_configure(config: pytest.Config) -> None:
    """Workers of pytest-xdist share the server of the process that starts them."""
    if config.getoption("dist", "no") != "no":
        server.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Also after an interruption."""
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of a running PostgreSQL server; tests make their own databases on it."""
    return server.start()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before Django's test database is made, the server must run."""


@contextmanager
def models_of(stack: Stack, blocker) -> Iterator[Stack]:
    """Within, models read and write the stack's database, and everything is committed at once."""
    from django.db import connections

    from config.settings import database

    default = connections["default"]
    place = {name: database(stack.database_url)[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    own = {name: default.settings_dict[name] for name in place}
    with blocker.unblock():
        default.close()
        default.settings_dict.update(place)
        try:
            yield stack
        finally:
            default.close()
            default.settings_dict.update(own)


@pytest.fixture
def live_stack(postgres: str, django_db_blocker) -> Iterator[Stack]:
    """Web, worker, scheduler and mail server on a fresh database; the models of the test are on that database too."""
    with Stack(postgres, server.home) as stack, models_of(stack, django_db_blocker):
        yield stack


@pytest.fixture(scope="session")
def long_lived_stack(postgres: str) -> Iterator[Stack]:
    """One stack for all tests that do not mind each other's data; ask for `shared_stack`."""
    with Stack(postgres, server.home) as stack:
        yield stack


@pytest.fixture
def shared_stack(long_lived_stack: Stack, django_db_blocker) -> Iterator[Stack]:
    """A running stack that other tests have used before; the models of the test are on its database too."""
    with models_of(long_lived_stack, django_db_blocker):
        yield long_lived_stack


@pytest.fixture(scope="session")
def browser(browser_type, browser_type_launch_args) -> Iterator:
    """A real Chromium: Debian's, else the one Playwright installed; without any, one line says how to get it."""
    arguments = {**browser_type_launch_args, "args": CHROMIUM_FLAGS}
    if CHROMIUM.exists():
        arguments["executable_path"] = str(CHROMIUM)
    try:
        running = browser_type.launch(**arguments)
    except Exception as error:
        first_line = str(error).splitlines()[0]
        pytest.fail(
            f"browser tests need Chromium; install it with tests/install_browser.sh ({first_line})", pytrace=False
        )
    yield running
    running.close()

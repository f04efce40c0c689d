"""The real program `errata` as a process of its own, against a running server."""

import os
import subprocess
import sys
from contextlib import suppress

import psycopg
import pytest
from django.db import connections
from kombu import pools

from config.celery import app
from oncall.models import ApiToken
from tests import make
from tests.stack import ROOT, eventually


class Terminal:
    """Somebody's shell: an environment, a home directory, and what the program answers in it."""

    def __init__(self, home, **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ERRATA_")}
        self.environment = {
            **kept,
            "HOME": str(home),
            "TZ": "Europe/Paris",
            "NO_COLOR": "1",
            "NO_PROXY": "*",
            **environment,
        }
        self.environment.pop("XDG_CONFIG_HOME", None)

    def run(self, *arguments, typed="", **environment):
        command = [sys.executable, "-m", "cli", *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment | environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def terminal(tmp_path):
    """Of somebody who has not signed in."""
    return Terminal(tmp_path)


@pytest.fixture(scope="session")
def broker_left(postgres, django_db_setup):
    """Requests of the live server wake workers for real; their connections must not outlive the test database."""
    yield
    pools.reset()
    app.pool.force_close_all()
    sessions = "SELECT 1 FROM pg_stat_activity WHERE datname = %s"
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(postgres, autocommit=True) as server, suppress(AssertionError):
        eventually(lambda: not server.execute(sessions, [name]).fetchone(), seconds=2)


@pytest.fixture
def alice(transactional_db, broker_left):
    """On call, of the team Payments."""
    make.team("Payments", make.alice())
    return make.alice()


@pytest.fixture
def token(alice):
    """Alice's."""
    return ApiToken.issue(alice, "a terminal")[1]


@pytest.fixture
def errata(tmp_path, live_server, token):
    """Runs a command in Alice's terminal, which knows address and token from its environment."""
    return Terminal(tmp_path, ERRATA_URL=live_server.url, ERRATA_TOKEN=token).run

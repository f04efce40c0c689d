"""The carrier of wake-ups: by default queues in the same PostgreSQL, another broker by `ERRATA_BROKER_URL`.

It decides where Celery's messages travel and what happens when they cannot. Nothing depends on them: what is due is a
row, and whoever wakes up next finds it (decision 0004).
"""

import logging
import os
import time
from functools import partial
from importlib.util import find_spec
from typing import Any, cast

import psycopg
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.db import connection, transaction
from pgmq.install import get_embedded_install_sql

logger = logging.getLogger(__name__)

# The number itself means nothing; it only must be ours alone.
INSTALL_LOCK = 7_036_874_417
# While the broker is away a request must not wait for it again and again.
REST_SECONDS = 10
# Optional: the same pins stand in pyproject.toml and docs/operating.md.
REDIS_SCHEMES = {"redis", "rediss", "sentinel"}
REDIS_PACKAGES = "'kombu[redis]==5.7.0' 'redis==8.1.0'"
PGMQ_OPTIONS = {
    "init_extension": False,
    "use_notify": False,
    "wait_time_seconds": 0,
    "polling_interval": 0.1,
    "notify_throttle_interval_ms": 0,
    "visibility_timeout": 300,
    "pool_timeout": 5,
    "pool_size": 4,
}


def demand_package() -> None:
    """End with one line when the broker needs a package that is not installed; kombu's own words name nothing."""
    scheme = os.environ.get("ERRATA_BROKER_URL", "").partition(":")[0]
    if scheme in REDIS_SCHEMES and find_spec("redis") is None:
        raise SystemExit(f"errata: ERRATA_BROKER_URL={scheme}:… needs a package: pip install {REDIS_PACKAGES}")


def settings_of_broker() -> dict[str, Any]:
    """Celery's settings for the broker that this installation uses."""
    if url := os.environ.get("ERRATA_BROKER_URL"):
        return {"broker_url": url, "broker_transport_options": {"visibility_timeout": 300}}
    # libpq reads these; the transport passes on nothing but host, port, names and password.
    for name in ("sslmode", "sslrootcert"):
        if value := our_database()["OPTIONS"].get(name):
            os.environ.setdefault(f"PG{name.upper()}", str(value))
    return {"broker_url": "pgmq://localhost", "broker_transport_options": {**PGMQ_OPTIONS, "conn_string": dsn()}}


def our_database() -> dict[str, Any]:
    """Django's settings for the one database there is."""
    return cast(dict[str, Any], settings.DATABASES["default"])


def uses_postgres() -> bool:
    """Whether the broker is our own database."""
    return "ERRATA_BROKER_URL" not in os.environ


def dsn() -> str:
    """Our database for the transport, which takes a DSN apart and joins it again without quoting: so quoted twice."""
    database = our_database()
    parts = {
        "host": database["HOST"] or "localhost",
        "port": database["PORT"] or "5432",
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
    }
    quoted = {name: quoted_for_libpq(str(value)) for name, value in parts.items() if value}
    return psycopg.conninfo.make_conninfo(**quoted)


def quoted_for_libpq(value: str) -> str:
    """A value as a keyword/value connection string wants it."""
    if value and not any(character in value for character in " '\\"):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def install_queues() -> None:
    """Create the broker's tables and functions once; harmless when they exist or the broker is another one.

    The queue is not logged: a wake-up that a crash loses costs nothing, and so no sender or reader waits for the disk.
    """
    if not uses_postgres():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INSTALL_LOCK])
        cursor.execute("SELECT to_regclass('pgmq.meta')")
        if cursor.fetchone() == (None,):
            cursor.execute(get_embedded_install_sql())
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = to_regclass('pgmq.q_celery')")
        match cursor.fetchone():
            case None:
                cursor.execute("SELECT pgmq.create_unlogged('celery')")
            case ("p",):
                cursor.execute("ALTER TABLE pgmq.q_celery SET UNLOGGED")


class Nudge(DjangoTask):
    """A task whose call on commit is only a nudge: a broker that is away delays nobody and fails nothing."""

    abstract = True
    _rest_until = 0.0

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override] # the stubs are wrong
        """Wake a worker when this transaction is committed, if the broker can."""
        transaction.on_commit(partial(self.nudge, *args, **kwargs))

    def nudge(self, *args: Any, **kwargs: Any) -> None:
        """Wake a worker now; a failure is logged, because the tick finds the row within a second anyway."""
        if time.monotonic() < Nudge._rest_until:
            return
        try:
            self.apply_async(args, kwargs, retry=False)
        except Exception as error:  # whatever a transport raises: what was accepted must not become an error now
            Nudge._rest_until = time.monotonic() + REST_SECONDS
            logger.warning("the broker did not take %s, the next tick will see to it: %s", self.name, error)

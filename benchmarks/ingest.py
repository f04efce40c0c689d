"""How many Alertmanager notifications a second come in durably, over HTTP, at eight connections.

What it measures: the web program as it is run in production (granian, one port) and a real PostgreSQL with fsync on, on
an empty database of its own. Every request is a notification with one new alert in a group of its own, so each one
writes a signal, an alert, an incident and its timeline before it is answered, and wakes the worker. Worker, scheduler
and mail server run on the same machine, and somebody is paged about each incident meanwhile. At the
end the rows are counted. How fast pages go out is measured by benchmarks/page.py and benchmarks/storm.py.

    python -m benchmarks.ingest [--requests 6000] [--connections 8] [--without-worker]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg

from config import embedded
from config.mail_catcher import MailCatcher
from config.processes import Child
from config.running import QUIET_WORKER

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 400
SAMPLE = {
    "version": "4",
    "receiver": "errata",
    "status": "firing",
    "externalURL": "http://alertmanager.example.com:9093",
    "truncatedAlerts": 0,
}


def body(number: int) -> bytes:
    """A notification as Alertmanager sends it, about 1,000 bytes."""
    labels = {
        "alertname": f"HighErrorRate{number}",
        "environment": "production",
        "instance": f"web-{number % 97}.example.com:9100",
        "service": "checkout",
        "severity": "critical",
    }
    annotations = {
        "summary": f"5xx above 2 % of requests on web-{number % 97}",
        "description": "More than 2 % of the requests of the last five minutes were answered with an error. " * 2,
        "runbook_url": "https://runbooks.example.com/checkout/errors",
    }
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": "2026-11-16T14:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=rate",
        "fingerprint": f"{number:016x}",
    }
    group = {
        "groupKey": f'{{}}:{{alertname="HighErrorRate{number}"}}',
        "groupLabels": {"alertname": labels["alertname"]},
    }
    return json.dumps(
        SAMPLE | group | {"commonLabels": labels, "commonAnnotations": annotations, "alerts": [alert]}
    ).encode()


class Sink:
    """Handler of the mail server: takes everything and keeps nothing."""

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 Accepted"


class Connection:
    """One kept-alive connection; as little work of ours as possible, since it shares the machine with the server."""

    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n".encode()

    def post(self, content: bytes) -> float:
        """Send one notification; seconds until its answer was read. Raises RuntimeError for anything but 200."""
        began = time.perf_counter()
        self.socket.sendall(self.head + b"Content-Length: %d\r\n\r\n" % len(content) + content)
        answer = b""
        while not answer.endswith(b'"Ok."'):
            received = self.socket.recv(4096)
            answer += received
            if not received or not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"not accepted: {answer[:500]!r}")
        return time.perf_counter() - began


def load(port: int, path: str, bodies: list[bytes], connections: int) -> tuple[float, list[float]]:
    """Send all bodies over this many connections; the seconds it took, and those of each request."""
    waiting = iter(bodies)
    taking = threading.Lock()

    def run(connection: Connection) -> list[float]:
        durations = []
        while True:
            with taking:
                content = next(waiting, None)
            if content is None:
                return durations
            durations.append(connection.post(content))

    opened = [Connection(port, path) for _ in range(connections)]
    with ThreadPoolExecutor(connections) as threads:
        began = time.perf_counter()
        durations = [one for some in threads.map(run, opened) for one in some]
        return time.perf_counter() - began, durations


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def started(stack: ExitStack, home: Path, has_worker: bool) -> tuple[int, str, str]:
    """Database, web program, worker and scheduler; the port, the address of a door, and the database's URL."""
    mail = stack.enter_context(MailCatcher(Sink()))
    server = stack.enter_context(embedded.start(home / "postgres"))
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": server.url,
        "ERRATA_VAR": str(home),
        "ERRATA_DEMO": "0",
        "ALLOWED_HOSTS": "*",
        "ERRATA_URL": f"http://127.0.0.1:{port}",
        "ERRATA_FIND_STATIC": "1",
        "EMAIL_HOST": mail.host,
        "EMAIL_PORT": str(mail.port),
    }
    os.environ.update(environment)
    run(home, environment, "config.preparing")
    path = make_door()
    web = ["granian", "--interface", "asgi", "--port", str(port), "--workers-kill-timeout", "5", "--no-ws"]
    web += ["--workers", os.environ.get("WEB_CONCURRENCY", "1"), "config.asgi:application"]
    programs = {"web": web}
    if has_worker:
        celery = ["celery", "--app", "config.celery"]
        programs["worker"] = [*celery, "worker", "--pool", "threads", "--concurrency", "4", *QUIET_WORKER]
        programs["scheduler"] = [*celery, "beat", "--scheduler", "celery.beat:Scheduler"]
    for name, command in programs.items():
        child = Child(name, [sys.executable, "-m", *command], environment, home / f"{name}.log", cwd=ROOT)
        child.start()
        stack.callback(child.stop, 5)
    wait_until(port, home, "/readyz" if has_worker else "/healthz")
    return port, path, server.url


def run(home: Path, environment: dict[str, str], module: str) -> None:
    child = Child(module, [sys.executable, "-m", module], environment, home / f"{module}.log", cwd=ROOT)
    child.start()
    while child.status() is None:
        time.sleep(0.05)
    if child.status():
        raise RuntimeError((home / f"{module}.log").read_text())


def make_door() -> str:
    """A service with an Alertmanager integration, whose manager is paged; the path of its door."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.utils import timezone

    from oncall.models import Integration, Membership, Service, Team, User

    team = Team.objects.create(name="Payments", slug="payments")
    person = User.objects.create_user("alice@example.com", name="Alice Moreau")
    person.contact_methods.create(channel="email", address=person.email, verified_at=timezone.now())
    Membership.objects.create(team=team, user=person, role=Membership.Role.MANAGER)
    _, key = Integration.issue(Service.objects.create(name="Checkout", slug="checkout", team=team), "alertmanager")
    return f"/integrations/v1/alertmanager/{key}/"


def wait_until(port: int, home: Path, path: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError((home / "web.log").read_text()[-2000:])


def count_rows(url: str) -> dict[str, int]:
    tables = ("signal", "alert", "incident", "alertevent")
    with psycopg.connect(url) as database:
        database.execute("SET synchronous_commit = on")
        return {table: database.execute(f"SELECT count(*) FROM oncall_{table}").fetchone()[0] for table in tables}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--without-worker", action="store_true")
    asked = parser.parse_args()
    bodies = [body(number) for number in range(WARM_UP + asked.requests)]
    with tempfile.TemporaryDirectory(prefix="errata-ingest-") as home, ExitStack() as stack:
        Path(home).chmod(0o711)
        port, path, url = started(stack, Path(home), has_worker=not asked.without_worker)
        load(port, path, bodies[:WARM_UP], asked.connections)
        seconds, durations = load(port, path, bodies[WARM_UP:], asked.connections)
        rows = count_rows(url)
        print(f"{asked.requests} notifications in {seconds:.1f} s over {asked.connections} connections; rows: {rows}")
        if set(rows.values()) != {len(bodies)}:
            raise SystemExit(f"lost or doubled: {rows}, sent {len(bodies)}")
    cuts = statistics.quantiles(durations, n=100)
    figures = {
        "requests_per_s": round(asked.requests / seconds, 1),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p95_ms": round(cuts[94] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
    }
    print(json.dumps({"name": "ingest", "figures": figures}))


if __name__ == "__main__":
    main()

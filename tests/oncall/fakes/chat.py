"""What the fakes of chats have in common: a real local HTTP server that can also be out of order."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.test import Client

from oncall import dispatching, paging
from oncall.models import Attempt, Room, StepTarget
from tests import make

TEN_MEGABYTES = b"<html>" + b"x" * 10 * 1024 * 1024


class Handler(BaseHTTPRequestHandler):
    """Hands each POST to the server's `answer`, unless trouble is due."""

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(raw)
        self.server.calls.append((self.path, dict(self.headers), body))
        trouble = self.server.trouble.pop(0) if self.server.trouble else None
        if trouble == "hang up":
            self.close_connection = True
        else:
            self.reply(*(trouble or self.server.answer(self.path, self.headers, body)))
        with self.server.arrived:
            self.server.arrived.notify_all()

    def reply(self, status, said, headers=None):
        said = said if isinstance(said, bytes) else json.dumps(said, separators=(",", ":")).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(said)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(said)
        except OSError:
            self.close_connection = True  # nobody reads ten megabytes to the end

    def log_message(self, *args):
        """Stay quiet."""


class FakeChat(ThreadingHTTPServer):
    """On a free local port; a context manager. `trouble` holds the next answers, each (status, body[, headers])."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls, self.trouble, self.arrived = [], [], threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that hangs up is none of ours."""

    def bodies(self, part):
        """What was posted to paths with this part."""
        return [body for path, _, body in list(self.calls) if part in path]

    def wait_for(self, part, count=1):
        """The bodies posted to such paths, once there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.bodies(part)) >= count, timeout=10), "nothing was posted"
        return self.bodies(part)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self._thread.join()
        self.server_close()


def paged(channel, address, **facts):
    """An incident that pages Alice at this address, by nothing else, and that a room is told of."""
    alice = make.person(reachable=False)
    if not alice.contact_methods.exists():
        make.contact(alice, channel, address)
    return make.incident(**{"of": make.service(escalation_policy=make.policy(alice)), **facts})


def told(channel, address, **facts):
    """An incident that pages Alice by e-mail and tells a room at this address."""
    policy = make.policy(make.alice())
    room = Room.objects.create(team=policy.team, name="Payments", channel=channel, address=address)
    StepTarget.objects.create(step=policy.current.steps.get(), room=room)
    return make.incident(**{"of": make.service(escalation_policy=policy), **facts})


def bundled(channel, address):
    """Five incidents at once, which become one message to Alice."""
    return [paged(channel, address, title=f"Disk {disk} is full") for disk in range(5)]


def deliver(now=make.MONDAY):
    """Open what is due and send it, one after another: threads would not see the data of a test."""
    paging.open_due(now=now)
    dispatching.send_due(now=now, at_once=1)


def ledger():
    """The attempts with their states and what went wrong."""
    return list(Attempt.objects.order_by("pk").values_list("channel", "state", "error"))


def caller():
    """Whoever calls a door: no session, and CSRF checked as outside."""
    return Client(enforce_csrf_checks=True)

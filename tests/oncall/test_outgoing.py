"""Outgoing webhooks: signed, and never into private networks."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks.webhooks import Webhook

from oncall import outgoing
from oncall.channels import DeliveryFailed, Message, webhook

MESSAGE = Message("page", "s", "s", "t", "<p>t</p>", {"incident": "INC-1"})
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Stay quiet."""


@pytest.fixture
def receiver():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.received, server.answer = [], 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url(server):
    return f"http://127.0.0.1:{server.server_port}/hook"


def test_a_webhook_is_signed_by_the_standard(receiver, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]

    receipt = webhook.send(MESSAGE, url(receiver), "key-1", SECRET)

    headers, body = receiver.received[0]
    assert receipt.provider_id == "key-1"
    assert Webhook(SECRET).verify(body, headers) == {"type": "errata.page", "data": {"incident": "INC-1"}}


def test_a_private_address_is_not_called(receiver):
    with pytest.raises(DeliveryFailed, match="not a public address") as failure:
        webhook.send(MESSAGE, url(receiver), "key-1", SECRET)

    assert failure.value.is_permanent
    assert not receiver.received


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "file:///etc/passwd",
        "https://user:password@203.0.114.1/",
        "https:///nowhere",
    ],
)
def test_addresses_inside_are_refused_when_typed(address):
    with pytest.raises(outgoing.Blocked):
        outgoing.check_url(address)


@pytest.mark.parametrize(("status", "is_permanent"), [(302, True), (404, True), (429, False), (500, False)])
def test_an_answer_other_than_2xx_is_a_failure(receiver, settings, status, is_permanent):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    receiver.answer = status

    with pytest.raises(DeliveryFailed) as failure:
        webhook.send(MESSAGE, url(receiver), "key-1", SECRET)

    assert failure.value.is_permanent is is_permanent
    assert len(receiver.received) == 1

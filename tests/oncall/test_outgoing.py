"""Outgoing webhooks: signed, and never into private networks."""

import socket
import threading

import pytest
from standardwebhooks.webhooks import Webhook

from oncall import outgoing
from oncall.channels import DeliveryFailed, DeliveryUncertain, Message, webhook
from tests.oncall.receivers import WebhookServer

MESSAGE = Message("page", "s", "s", "t", "<p>t</p>", {"incident": "INC-1"})
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"


@pytest.fixture
def receiver():
    with WebhookServer() as server:
        yield server


@pytest.fixture
def local(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def test_a_webhook_is_signed_by_the_standard(receiver, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]

    receipt = webhook.send(MESSAGE, receiver.url, "key-1", SECRET)

    headers, body = receiver.received[0]
    assert receipt.provider_id == "key-1"
    assert Webhook(SECRET).verify(body, headers) == {"type": "errata.page", "data": {"incident": "INC-1"}}


def test_a_private_address_is_not_called(receiver):
    with pytest.raises(DeliveryFailed, match="not a public address") as failure:
        webhook.send(MESSAGE, receiver.url, "key-1", SECRET)

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
        "http://[64:ff9b:1::7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[fec0::1]/",
        "http://[fe80::1]/",
        "http://[::1",
        "http://203.0.114.1:99999/",
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
        webhook.send(MESSAGE, receiver.url, "key-1", SECRET)

    assert failure.value.is_permanent is is_permanent
    assert len(receiver.received) == 1


def test_what_the_receiver_says_is_for_the_ledger_not_for_everybody(receiver, local):
    receiver.answer, receiver.words = 500, b"token=secret\x00"

    with pytest.raises(DeliveryFailed) as failure:
        webhook.send(MESSAGE, receiver.url, "key-1", SECRET)

    assert (str(failure.value), failure.value.detail) == ("The receiver answered 500.", "token=secret\x00")


def test_a_receiver_that_takes_it_and_says_nothing_leaves_us_uncertain(receiver, local, monkeypatch):
    receiver.release.clear()
    monkeypatch.setitem(outgoing.TIMEOUT, "read", 0.2)

    with pytest.raises(DeliveryUncertain, match="in time"):
        webhook.send(MESSAGE, receiver.url, "key-1", SECRET)


def test_a_receiver_that_is_not_there_certainly_got_nothing(local):
    with pytest.raises(DeliveryFailed) as failure:
        webhook.send(MESSAGE, "http://127.0.0.1:1/", "key-1", SECRET)

    assert not isinstance(failure.value, DeliveryUncertain)
    assert not failure.value.is_permanent


def test_a_receiver_that_answers_a_byte_at_a_time_is_left_in_the_end(local, monkeypatch):
    monkeypatch.setattr(outgoing, "DEADLINE", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip():
            connection, _ = listening.accept()
            with connection:
                while not ended.wait(0.05):
                    connection.send(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(DeliveryUncertain):
            webhook.send(MESSAGE, f"http://127.0.0.1:{listening.getsockname()[1]}/", "key-1", SECRET)
        ended.set()
        thread.join()


@pytest.fixture
def names(monkeypatch):
    """A directory of names that lead to several addresses."""
    known, resolve = {}, socket.getaddrinfo

    def look_up(host, port, *rest, **kind):
        if host not in known:
            return resolve(host, port, *rest, **kind)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_name_that_nobody_resolves_is_given_up(monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(10) and [])
    monkeypatch.setattr(outgoing, "LOOK_UP_SECONDS", 0.1)

    with pytest.raises(outgoing.Failed, match="not resolved within"):
        outgoing.post("https://slow.example/", b"{}", {})
    with pytest.raises(outgoing.Failed, match="not resolved within"):
        outgoing.check_url("https://slow.example/")
    answered.set()


def test_the_next_address_of_a_name_is_tried(receiver, local, names):
    names["two.example"] = ["127.0.0.2", "127.0.0.1"]

    assert outgoing.post(f"http://two.example:{receiver.server_port}/", b"{}", {})[0] == 200


def test_a_name_with_one_private_address_is_not_called(names):
    names["rebind.example"] = ["203.0.114.1", "10.0.0.1"]

    with pytest.raises(outgoing.Blocked, match=r"10\.0\.0\.1"):
        outgoing.post("https://rebind.example/", b"{}", {})


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://münchen.example/über?ä=ö", "https://xn--mnchen-3ya.example/%C3%BCber?%C3%A4=%C3%B6"),
        ("https://a.example:8443/x%20y?a=b&c=%2F#f", "https://a.example:8443/x%20y?a=b&c=%2F"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/"),
    ],
)
def test_an_address_travels_in_ascii(typed, sent):
    assert outgoing._ascii(typed) == sent

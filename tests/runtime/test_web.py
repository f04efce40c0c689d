"""What reaches Django through the dispatcher: odd queries, headers and bodies."""

import contextlib
import http.client
import json
import socket

import pytest

EVENT = json.dumps({"routing_key": "0" * 32, "event_action": "trigger", "payload": {"summary": "é" * 40_000}}).encode()


def posted(stack, body, **options):
    client = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    try:
        client.request("POST", "/v2/enqueue", body=body, headers={"Content-Type": "application/json"}, **options)
        answer = client.getresponse()
        return answer.status, answer.read()
    finally:
        client.close()


@pytest.mark.parametrize(("query", "status"), [(b"q=caf\xc3\xa9&b=1", 200), (b"q=\xe9\xff", 400)])
def test_a_query_that_is_not_ascii_is_no_error_of_ours(shared_stack, query, status):
    with socket.create_connection(("127.0.0.1", shared_stack.port), timeout=10) as line:
        line.sendall(b"GET /healthz?" + query + b" HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n")
        assert line.recv(100).startswith(f"HTTP/1.1 {status}".encode())


def test_a_chunked_body_is_read_like_any_other(shared_stack):
    pieces = (EVENT[start : start + 1000] for start in range(0, len(EVENT), 1000))

    chunked = posted(shared_stack, pieces, encode_chunked=True)

    assert chunked == posted(shared_stack, EVENT)
    assert chunked != posted(shared_stack, b"")


def test_an_endless_chunked_body_is_cut_off(shared_stack):
    with contextlib.suppress(ConnectionError):  # we are still sending when it hangs up
        status, _ = posted(shared_stack, (b"x" * 100_000 for _ in range(100)), encode_chunked=True)
        assert status == 413

    assert shared_stack.is_ready()


def test_a_header_with_an_underscore_cannot_pass_for_one_with_a_dash():
    from config.asgi import plain

    scope = {"query_string": b"", "headers": [(b"x_forwarded_for", b"evil"), (b"x-forwarded-for", b"proxy")]}
    assert plain(scope)["headers"] == [(b"x-forwarded-for", b"proxy")]

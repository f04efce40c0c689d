"""Lets a library that calls out through `requests` call only as `oncall/outgoing.py` allows.

It decides where, how long and how often one delivery may call, whatever the library does: every request goes through
the guarded connections, no proxy and no redirect leads round them, and what a time limit or a private address stopped
is known afterwards. Nothing else in this program uses `requests`, so its session is replaced for all of it.
"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import requests.adapters
import requests.sessions
import urllib3

from oncall import outgoing

# Seconds for all requests of one delivery: some services want a sign-in first.
PATIENCE = 45.0
MOST_CALLS = 8
# The body is whole and as it is: these would have it decoded again.
FRAMING = {"content-length", "transfer-encoding"}


@dataclass(slots=True)
class Calls:
    """What came of the requests of one delivery."""

    ends: float
    statuses: list[int] = field(default_factory=list)
    fault: outgoing.Blocked | outgoing.Failed | None = None
    count: int = 0


_calls: ContextVar[Calls | None] = ContextVar("calls", default=None)


@contextmanager
def watched() -> Iterator[Calls]:
    """Within, `requests` may call out, and what came of it is noted."""
    calls = Calls(time.monotonic() + PATIENCE)
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


class _Adapter(requests.adapters.HTTPAdapter):
    """Hands each request to `outgoing.exchange`; time-outs and trust are its own, not the library's."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        calls = _calls.get()
        if calls is None or calls.count >= MOST_CALLS or time.monotonic() > calls.ends:
            raise requests.ConnectionError("Not within a delivery, or it takes too long.")
        calls.count += 1
        try:
            answer = outgoing.exchange(request.method or "GET", request.url or "", _body(request), _headers(request))
        except outgoing.Unanswered as fault:
            calls.fault = fault
            raise requests.ReadTimeout("No answer in time.") from fault
        except (outgoing.Blocked, outgoing.Failed) as fault:
            calls.fault = fault
            raise requests.ConnectionError("Could not be called.") from fault
        calls.statuses.append(answer.status)
        headers = urllib3.HTTPHeaderDict([one for one in answer.headers if one[0].lower() not in FRAMING])
        raw = urllib3.HTTPResponse(io.BytesIO(answer.body), headers, answer.status, preload_content=False)
        return self.build_response(request, raw)


def _body(request: requests.PreparedRequest) -> bytes:
    body: Any = request.body or b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body)


def _headers(request: requests.PreparedRequest) -> dict[str, str]:
    sent = {
        name: value.decode("latin-1") if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    return {**sent, "Accept-Encoding": "identity"}


class _Session(requests.Session):
    """Every session of the library: it reads no proxies and passwords of the machine, and follows no redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.mount("https://", _Adapter())
        self.mount("http://", _Adapter())


requests.sessions.Session = _Session  # type: ignore[misc]
requests.Session = _Session  # type: ignore[misc]

"""Outgoing HTTP that people outside may aim: never into private networks, never through redirects.

It decides which address a name may lead to. What is sent and what an answer means is the channel's business.
"""

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpcore2
from django.conf import settings

# Seconds for connecting, for each read and write, and for a free connection.
TIMEOUT = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}
# Seconds for a look-up of a name: the system's own patience is a minute, and longer with several name servers.
LOOK_UP_SECONDS = 5.0
# Look-ups under way; those given up linger until the system gives up too.
LOOK_UPS = threading.BoundedSemaphore(64)
# Seconds for all of it with the look-up: a receiver that answers a byte at a time would else hold a sender for days.
DEADLINE = 20.0
# What is read of an answer: enough for an error message, too little to hurt.
MOST_READ = 64 * 1024
# RFC 6052: IPv4 addresses inside these IPv6 prefixes lead into IPv4 networks.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All that IANA gives out for the public; what lies outside may lead to ourselves in ways nobody thought of.
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
# RFC 3986: what may stand in a path or query as it is, the percent sign for what is encoded already.
URL_SAFE = "/?&=+$,:;@!~*'()%-._"

type_address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Blocked(Exception):
    """The address is not one that this installation may call; the message says why."""


class Failed(Exception):
    """No answer: not resolved, not connected, not in time, or not HTTP."""


class Unanswered(Failed):
    """The request went out and no answer came: whether it was taken is not known."""


def check_url(url: str) -> None:
    """Refuse at once what can never be called.

    Raises Blocked with a sentence for the person who typed it, and Failed when the name leads nowhere.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Blocked("This address cannot be read: check its host and port.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Blocked("A webhook needs an address that starts with https:// or http://.")
    if parts.username or parts.password:
        raise Blocked("A webhook address cannot hold a user name or password.")
    _allowed_addresses(parts.hostname, port or 443)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: of the body the first part only."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """POST the body; returns status and the first part of the answer as text. Raises as `exchange` does."""
    answer = exchange("POST", url, body, headers)
    return answer.status, answer.body.decode(errors="replace")


def exchange(method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One request and its answer.

    Raises Blocked for addresses outside the allowed networks, Failed when it cannot be sent, Unanswered when it was
    and no answer came. Redirects are answers, not followed: a redirect could lead where the check did not look.
    """
    request: dict[str, Any] = {"headers": list(headers.items()), "content": body, "extensions": {"timeout": TIMEOUT}}
    try:
        with _pool().stream(method, _ascii(url), **request) as answer:
            return Answer(answer.status, _as_text(answer.headers), _beginning(answer.iter_stream()))
    except (httpcore2.ReadTimeout, httpcore2.ReadError, httpcore2.RemoteProtocolError) as error:
        raise Unanswered(str(error) or type(error).__name__) from error
    except (
        httpcore2.NetworkError,
        httpcore2.TimeoutException,
        httpcore2.ProtocolError,
        httpcore2.UnsupportedProtocol,
        ValueError,
    ) as error:
        raise Failed(str(error) or type(error).__name__) from error


def _ascii(url: str) -> str:
    """The URL as it travels: other scripts in the host by IDNA, elsewhere percent-encoded. Raises ValueError."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else parts.hostname
    place = f"[{host}]" if ":" in (host or "") else host or ""
    place = f"{place}:{parts.port}" if parts.port else place
    return urlunsplit((parts.scheme, place, quote(parts.path, URL_SAFE), quote(parts.query, URL_SAFE), ""))


def _as_text(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _beginning(chunks: Iterable[bytes]) -> bytes:
    """The first part of an answer whose status is known; one that breaks off is an answer all the same."""
    read = b""
    try:
        for chunk in chunks:
            read += chunk
            if len(read) >= MOST_READ:
                break
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError):
        pass  # the status says whether it was taken; the rest is only for people
    return read[:MOST_READ]


@lru_cache(maxsize=1)
def _pool() -> httpcore2.ConnectionPool:
    """One pool a process. It reads no proxy settings, so nothing goes round the check.

    No connection is kept: each has one deadline, and one that the other side has closed meanwhile costs no page.
    """
    return httpcore2.ConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=50,
        max_keepalive_connections=0,
        network_backend=_Guarded(),
        retries=0,
    )


class _Guarded(httpcore2.NetworkBackend):
    """Resolves once, checks, and connects to the address that was checked: no second look-up may say otherwise."""

    def __init__(self) -> None:
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        ends = time.monotonic() + DEADLINE
        addresses = _allowed_addresses(host, port)

        def connected(address: str) -> httpcore2.NetworkStream:
            left = _left(ends, timeout, httpcore2.ConnectTimeout)
            return _Timed(self._inner.connect_tcp(address, port, left, local_address, socket_options), ends)

        for address in addresses[:-1]:
            try:
                return connected(address)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue  # a name with an IPv6 address on a machine without IPv6, for instance
        return connected(addresses[-1])


class _Timed(httpcore2.NetworkStream):
    """A connection that ends with its deadline, however slowly the other side writes or reads."""

    def __init__(self, inner: httpcore2.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._ends, timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._ends, timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(self._ends, timeout, httpcore2.ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(ends: float, timeout: float | None, late: type[httpcore2.TimeoutException]) -> float:
    """Seconds for the next step: its own, or what is left until the end. Raises `late` when nothing is."""
    left = ends - time.monotonic()
    if left <= 0:
        raise late(f"not done within {DEADLINE:.0f} seconds")
    return min(left, timeout or left)


def _allowed_addresses(host: str, port: int) -> list[str]:
    """Every address of the host; raises Blocked when one of them may not be called, Failed when there is none."""
    try:
        found = _looked_up(host, port)
    except (OSError, UnicodeError) as error:
        raise Failed(f"The name {host} cannot be resolved.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not _may_call(ipaddress.ip_address(address.partition("%")[0])):
            raise Blocked(f"{host} leads to {address}, which is not a public address. An administrator may allow it.")
    return addresses


def _looked_up(host: str, port: int) -> list[Any]:
    """What the system's directory says, asked in a thread, because nothing else can be left when it does not answer.

    Raises Failed when it takes too long, and what `socket.getaddrinfo` raises.
    """
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            LOOK_UPS.release()

    if not LOOK_UPS.acquire(timeout=LOOK_UP_SECONDS):
        raise Failed(f"The name {host} cannot be resolved now: too many names are being looked up.")
    # A daemon, so that a look-up that hangs does not keep a worker from ending.
    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=LOOK_UP_SECONDS)
    except queue.Empty:
        raise Failed(f"The name {host} was not resolved within {LOOK_UP_SECONDS:.0f} seconds.") from None
    if isinstance(found, Exception):
        raise found
    return found


def _may_call(address: type_address) -> bool:
    address = _unmapped(address)
    if any(address in ipaddress.ip_network(network) for network in settings.ERRATA_ALLOWED_NETWORKS):
        return True
    if isinstance(address, ipaddress.IPv6Address) and address not in PUBLIC_IPV6:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unmapped(address: type_address) -> type_address:
    """The IPv4 address that an IPv6 one carries, if it carries one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address

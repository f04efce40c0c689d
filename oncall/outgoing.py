"""Outgoing HTTP that people outside may aim: never into private networks, never through redirects.

It decides which address a name may lead to. What is sent and what an answer means is the channel's business.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

import httpcore2
from django.conf import settings

# Seconds for connecting, for each read and write, and for a free connection.
TIMEOUT = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}
# What is read of an answer: enough for an error message, too little to hurt.
MOST_READ = 64 * 1024
# RFC 6052: IPv4 addresses inside these IPv6 prefixes lead into IPv4 networks.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

type_address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Blocked(Exception):
    """The address is not one that this installation may call; the message says why."""


class Failed(Exception):
    """No answer: not resolved, not connected, not in time, or not HTTP."""


def check_url(url: str) -> None:
    """Refuse at once what can never be called; raises Blocked with a sentence for the person who typed it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Blocked("A webhook needs an address that starts with https:// or http://.")
    if parts.username or parts.password:
        raise Blocked("A webhook address cannot hold a user name or password.")
    try:
        port = parts.port
    except ValueError as error:
        raise Blocked("The port of this address is not a number up to 65535.") from error
    _allowed_addresses(parts.hostname, port or 443)


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """POST the body; returns status and the first part of the answer as text.

    Raises Blocked for addresses outside the allowed networks and Failed when no answer comes. Redirects are answers,
    not followed: a redirect could lead where the check did not look.
    """
    try:
        with _pool().stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": TIMEOUT}
        ) as answer:
            return answer.status, _beginning(answer.iter_stream())
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
        raise Failed(str(error) or type(error).__name__) from error


def _beginning(chunks: Iterable[bytes]) -> str:
    read = b""
    for chunk in chunks:
        read += chunk
        if len(read) >= MOST_READ:
            break
    return read[:MOST_READ].decode(errors="replace")


@lru_cache(maxsize=1)
def _pool() -> httpcore2.ConnectionPool:
    """One pool a process. It reads no proxy settings, so nothing goes round the check."""
    return httpcore2.ConnectionPool(
        ssl_context=ssl.create_default_context(), max_connections=50, network_backend=_Guarded(), retries=0
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
        address = _allowed_addresses(host, port)[0]
        return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)


def _allowed_addresses(host: str, port: int) -> list[str]:
    """Every address of the host; raises Blocked when one of them may not be called, Failed when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(f"The name {host} cannot be resolved.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not _may_call(ipaddress.ip_address(address.partition("%")[0])):
            raise Blocked(f"{host} leads to {address}, which is not a public address. An administrator may allow it.")
    return addresses


def _may_call(address: type_address) -> bool:
    address = _unmapped(address)
    if any(address in ipaddress.ip_network(network) for network in settings.ERRATA_ALLOWED_NETWORKS):
        return True
    return address.is_global and not address.is_multicast


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

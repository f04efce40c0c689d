"""Any other service that the library Apprise knows, by its URLs (discord://, pover://, matrix://, …).

It decides which of its services may be used: those that are called over HTTP, never those that run something on this
machine, read its files or open connections of their own. The URL holds secrets: it is kept sealed, and what is shown
is its scheme. Apprise says only whether it worked; there is no name of the message.
"""

import logging
import re
from functools import lru_cache
from types import ModuleType
from typing import Any

from oncall import outgoing
from oncall.channels import posting
from oncall.channels.apprise_schemes import SCHEMES
from oncall.channels.message import Channel, DeliveryFailed, DeliveryUncertain, Message, Receipt
from oncall.sealing import digest
from oncall.shortening import cut_bytes, one_line

BY = "The service"
MOST_BYTES = 4000


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Have Apprise send it to the URL in the secret. Raises DeliveryFailed and DeliveryUncertain."""
    from oncall.channels import requesting

    try:
        service = _service(secret)
    except ValueError as error:
        raise DeliveryFailed(str(error), is_permanent=True) from error
    with requesting.watched() as calls:
        title, body = cut_bytes(one_line(message.subject), 250), cut_bytes(message.text.strip(), MOST_BYTES)
        if service.notify(body=body, title=title, body_format="text", overflow="truncate"):
            return Receipt()
    if isinstance(calls.fault, outgoing.Blocked):
        raise DeliveryFailed(
            "The address of this service may not be called.", is_permanent=True, detail=str(calls.fault)
        )
    if isinstance(calls.fault, outgoing.Unanswered):
        raise DeliveryUncertain(f"{BY} did not answer in time.")
    if calls.fault or not calls.statuses:
        raise DeliveryFailed(f"{BY} could not be reached.")
    status = calls.statuses[-1]
    is_permanent = 300 <= status < 500 and status not in posting.PASSING
    raise DeliveryFailed(f"{BY} answered {status}.", is_permanent=is_permanent)


@lru_cache(maxsize=1)
def _library() -> ModuleType:
    """Apprise, loaded when it is needed first: with all its services it takes 0.4 s and 18 MB."""
    import apprise

    from oncall.channels import requesting  # noqa: F401 - replaces what Apprise calls out with

    # Its log names hosts and answers, which may hold what the URL holds.
    logging.getLogger("apprise").disabled = True
    return apprise


def _service(url: str) -> Any:
    """The service of this URL, ready to send. Raises ValueError with a sentence that repeats nothing of the URL."""
    scheme = _scheme(url)
    if scheme not in SCHEMES:
        raise ValueError(f"{scheme}:// is not among the services that can be used here.")
    apprise = _library()
    asset = apprise.AppriseAsset(
        async_mode=False,
        allow_templates=False,
        http_redirects=False,
        secure_logging=True,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    service: Any = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise ValueError(f"This is not a complete {scheme}:// address: a part is missing, or not as it should be.")
    if isinstance(getattr(service, "template", None), apprise.AppriseAttachment) and len(service.template):
        raise ValueError("An address cannot name a template: it would be read from this machine.")
    return service


def _scheme(url: str) -> str:
    found = re.match(r"\s*([a-z0-9]{1,20})://", url, re.IGNORECASE)
    if not found:
        raise ValueError("This is not the URL of a service: it starts with a name and ://, like discord://.")
    return found[1].lower()


def read_address(typed: str) -> str:
    """A harmless name for the URL. Raises ValueError for services that may not be used or are incomplete."""
    url = typed.strip()
    service = _service(url)
    if host := _host_of(service):
        posting.read_url(f"http://{host}:{service.port or 443}/")
    return f"{_scheme(url)}://… ({digest(url)[:8]})"


def _host_of(service: Any) -> str:
    """The server that the URL names; nothing where a token or topic of a known service may stand in its place.

    A token is looked up nowhere. What is overlooked here is refused when connecting.
    """
    host = str(service.host or "")
    names = ["{host}" in template for template in service.templates]
    is_host = all(names) or (any(names) and ("." in host or ":" in host))
    return (f"[{host}]" if ":" in host else host) if is_host else ""


def secret_in(typed: str) -> str:
    """All of the URL: tokens and passwords are parts of it."""
    return typed.strip()


CHANNEL = Channel(
    name="apprise",
    send=send,
    read_address=read_address,
    secret_in=secret_in,
    hint="The URL of a service as Apprise writes it, such as discord://… or pover://…; it is kept sealed.",
)

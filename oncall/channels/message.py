"""What every channel is given and gives back. What a page says is decided by `oncall/composing.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message in every form a channel may need.

    `kind` is page, bundle (one message about many incidents), room (a word to a team's room), test, verification or
    alarm (about this installation itself, to its administrators), or coe (a word about a Correction of Errors).
    `short` fits an SMS (160 characters), `facts` is for machines and must be serialisable as JSON. `link` leads to the
    screen a person opens. `token` lets whoever holds it act for the person paged (`oncall/answering.py`); it is empty
    where nothing can be done, and in rooms, where nobody in particular reads.
    """

    kind: str
    subject: str
    short: str
    text: str
    html: str
    facts: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    token: str = ""
    # Of a mail, beside those that every one has: how to unsubscribe, for instance.
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message; its own name for it, as far as it gives one."""

    provider_id: str = ""


class DeliveryFailed(Exception):
    """The provider did not take it. `is_permanent` means that trying the same again is useless.

    The reason is a sentence that everybody who sees the incident may read; `detail` is for the ledger. `is_gone` means
    that the address itself is no more: its contact method counts again only after another code came back.
    """

    def __init__(self, reason: str, *, is_permanent: bool = False, is_gone: bool = False, detail: str = "") -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent or is_gone
        self.is_gone = is_gone
        self.detail = detail
        # How long the provider asks us to wait before the next try.
        self.wait: timedelta | None = None

    def reworded(self, reason: str, *, detail: str, is_permanent: bool | None = None) -> "DeliveryFailed":
        """The same failure in other words."""
        kind = DeliveryUncertain if isinstance(self, DeliveryUncertain) else DeliveryFailed
        permanent = self.is_permanent if is_permanent is None else is_permanent
        other = kind(reason, is_permanent=permanent, is_gone=self.is_gone, detail=detail)
        other.wait = self.wait
        return other


class DeliveryUncertain(DeliveryFailed):
    """The provider was given the message and did not say in time whether it took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way a message goes out.

    `send(message, address, key, secret)` hands it to the provider and raises DeliveryFailed or DeliveryUncertain.
    `read_address` gives an address as typed in the form in which it is kept, and raises ValueError with a sentence.
    `missing` names the settings that this installation lacks for it; empty when it can be used.
    """

    name: str
    send: Callable[[Message, str, str, str], Receipt]
    read_address: Callable[[str], str]
    # What a person is asked for, on the form.
    hint: str
    missing: Callable[[], str] = lambda: ""
    # Makes what is kept sealed beside the address and shown once, such as a signing secret.
    make_secret: Callable[[], str] = lambda: ""
    # What of an address as typed is secret itself: kept sealed, while `read_address` gives a harmless name for it.
    secret_in: Callable[[str], str] = lambda typed: ""
    # Whether the person may bring a secret of their own, such as an access token, and whether the address is typed at
    # all rather than given by a browser.
    takes_secret: bool = False
    is_typed: bool = True
    # Whether a person may be called by it, and whether a room of a team may be told.
    calls_people: bool = True
    tells_rooms: bool = True
    # Many pages to one address at once become one message. Machines want each by itself.
    bundles: bool = True

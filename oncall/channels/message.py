"""What every channel is given and gives back. What a page says is decided by `oncall/composing.py`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message in every form a channel may need.

    `short` fits an SMS (160 characters), `facts` is for machines and must be serialisable as JSON.
    """

    kind: str
    subject: str
    short: str
    text: str
    html: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message; its own name for it, as far as it gives one."""

    provider_id: str = ""


class DeliveryFailed(Exception):
    """The provider did not take it. `is_permanent` means that trying the same again is useless.

    The reason is a sentence that everybody who sees the incident may read; `detail` is for the ledger.
    """

    def __init__(self, reason: str, *, is_permanent: bool = False, detail: str = "") -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent
        self.detail = detail


class DeliveryUncertain(DeliveryFailed):
    """The provider was given the message and did not say in time whether it took it."""

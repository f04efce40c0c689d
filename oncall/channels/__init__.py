"""The ways a page goes out: one file per channel, and this registry.

A channel is a function `send(message, address, key, secret) -> Receipt` that raises DeliveryFailed. Adding one is a
file, a line here, a member of `ContactMethod.Channel`, a test file and a row in `docs/operating.md`.
"""

from collections.abc import Callable

from oncall.channels import email, webhook
from oncall.channels.message import DeliveryFailed, DeliveryUncertain, Message, Receipt

SEND: dict[str, Callable[[Message, str, str, str], Receipt]] = {
    "email": email.send,
    "webhook": webhook.send,
}

__all__ = ["SEND", "DeliveryFailed", "DeliveryUncertain", "Message", "Receipt"]

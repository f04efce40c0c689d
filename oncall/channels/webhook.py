"""Signed outgoing webhook, by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

import secrets
from base64 import b64encode
from datetime import UTC, datetime

import orjson
from standardwebhooks.webhooks import Webhook

from oncall.channels import posting
from oncall.channels.message import Channel, Message, Receipt


def send(message: Message, address: str, key: str, secret: str) -> Receipt:
    """POST the facts, signed with the contact method's secret. The key is the webhook-id: receivers drop repetitions.

    Raises DeliveryFailed: permanent for addresses we may not call and for 4xx answers other than 408, 425 and 429.
    Raises DeliveryUncertain when the receiver was given all of it and did not answer in time.
    """
    body = orjson.dumps({"type": f"errata.{message.kind}", "data": message.facts})
    signed_at = datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Errata",
        "webhook-id": key,
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(key, signed_at, body.decode()),
    }
    posting.deliver(address, body, headers, by="The receiver")
    return Receipt(key)


def read_address(typed: str) -> str:
    """The URL. Raises ValueError for one that leads where we may not call, or nowhere."""
    return posting.read_url(typed)


def make_secret() -> str:
    """A signing secret in the form of the specification."""
    return "whsec_" + b64encode(secrets.token_bytes(24)).decode()


CHANNEL = Channel(
    name="webhook",
    send=send,
    read_address=read_address,
    hint="The URL of a receiver of signed webhooks.",
    make_secret=make_secret,
    bundles=False,
)
